import Foundation
import KobaiFiles

/// What libFuzzer's inputs are tried on. It ends the process where a promise is broken, which libFuzzer then reports.
protocol Fuzzer {
  func run(_ input: [UInt8])
}

/// Reads each input as a file: it loads, or an error of one printable line says why not.
///
/// The file is in memory (the folder of temporary files had better be), always the same one, and rewritten.
struct FileFuzzer: Fuzzer {
  private let path: String
  private let descriptor: CInt
  private let read: (String) throws -> Void

  /// - Parameters:
  ///   - name: the file's name.
  ///   - folder: where it is made.
  ///   - read: reads the file.
  init(_ name: String, in folder: String, _ read: @escaping (String) throws -> Void) throws {
    path = "\(folder)/\(name)"
    descriptor = unsafe open(path, O_RDWR | O_CREAT, 0o600)
    guard descriptor >= 0 else { throw FileError.unwritable(path, SystemError(number: errno)) }
    self.read = read
  }

  func run(_ input: [UInt8]) {
    guard ftruncate(descriptor, 0) == 0, unsafe pwrite(descriptor, input, input.count, 0) == input.count else {
      fatalError("\(path) cannot be written: \(errno)")
    }
    do { try read(path) } catch {
      let line = "\(error)"
      if line.isEmpty || line != line.printable {
        fatalError("an error of no printable line: \(line.debugDescription)")
      }
    }
  }
}

/// Numbers from an input's bytes, which are zeros where it is at its end.
struct InputBytes {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func byte() -> Int {
    defer { position += 1 }
    return position < bytes.count ? Int(bytes[position]) : 0
  }

  /// A number of the range, by one byte.
  mutating func number(_ range: ClosedRange<Int>) -> Int { range.lowerBound + byte() % range.count }
}
