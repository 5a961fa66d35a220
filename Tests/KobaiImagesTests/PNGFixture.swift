import CZlib
import TestSupport

@testable import KobaiImages

/// Whether libpng is installed: without it there is nothing to test but what is said then.
let hasLibpng: Bool = {
  do {
    _ = try PNGFile.decode(PNGFixture(width: 1, height: 1) { _, _ in [0] }.bytes, path: "fixture")
    return true
  } catch ImageError.missingPNGLibrary { return false } catch { return true }
}()

/// Small PNG files of every kind, written from the specification (ISO/IEC 15948): nothing in them is compressed cleverly or
/// filtered.
struct PNGFixture {
  enum Color: UInt8 {
    case gray = 0
    case rgb = 2
    case palette = 3
    case grayAlpha = 4
    case rgba = 6
  }

  var width: Int
  var height: Int
  var bits = 8
  var color = Color.gray
  var isInterlaced = false
  /// Chunks between header and pixels, such as a palette.
  var chunks: [(name: String, contents: [UInt8])] = []
  /// The samples of the pixel at a position.
  var samples: (_ x: Int, _ y: Int) -> [Int]

  var bytes: [UInt8] {
    let header = Self.number(width) + Self.number(height) + [UInt8(bits), color.rawValue, 0, 0, isInterlaced ? 1 : 0]
    return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + Self.chunk("IHDR", header)
      + chunks.flatMap { Self.chunk($0.name, $0.contents) }
      + Self.chunk("IDAT", Self.deflated(passes.flatMap(rows))) + Self.chunk("IEND", [])
  }

  private typealias Pass = (x: Int, y: Int, dx: Int, dy: Int)

  /// The whole picture at once, or Adam7's seven passes over it (section 8.2).
  private var passes: [Pass] {
    isInterlaced
      ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
      : [(0, 0, 1, 1)]
  }

  private func rows(_ pass: Pass) -> [UInt8] {
    stride(from: pass.y, to: height, by: pass.dy).flatMap { y -> [UInt8] in
      let row = stride(from: pass.x, to: width, by: pass.dx).flatMap { samples($0, y) }
      return row.isEmpty ? [] : [0] + packed(row)  // 0: no filter
    }
  }

  /// Samples as bits, the first in the highest.
  private func packed(_ row: [Int]) -> [UInt8] {
    if bits == 16 { return row.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] } }
    let perByte = 8 / bits
    return stride(from: 0, to: row.count, by: perByte).map { start in
      (0..<perByte).reduce(0) { $0 << bits | (start + $1 < row.count ? UInt8(row[start + $1]) : 0) }
    }
  }

  static func number(_ value: Int) -> [UInt8] { UInt32(value).bigEndianBytes }

  static func chunk(_ name: String, _ contents: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + contents
    let sum = unsafe body.withUnsafeBufferPointer { unsafe crc32(0, $0.baseAddress, UInt32($0.count)) }
    return number(contents.count) + body + number(Int(sum))
  }

  private static func deflated(_ raw: [UInt8]) -> [UInt8] {
    var size = compressBound(UInt(raw.count))
    var packed = [UInt8](repeating: 0, count: Int(size))
    let status = unsafe raw.withUnsafeBufferPointer { from in
      unsafe packed.withUnsafeMutableBufferPointer { to in
        unsafe compress(to.baseAddress, &size, from.baseAddress, UInt(from.count))
      }
    }
    precondition(status == Z_OK)
    return Array(packed[..<Int(size)])
  }
}
