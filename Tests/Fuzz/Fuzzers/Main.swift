import Foundation
import TestSupport

/// `fuzz <fuzzer> [libFuzzer's options] [corpus…]`: runs one of the fuzzers. `fuzz --list` names them, `fuzz --write <folder>` writes
/// those files of the corpora that Kobai makes.
@main enum Main {
  /// The fuzzer that runs; libFuzzer's callback captures nothing.
  nonisolated(unsafe) private static var fuzzer: any Fuzzer = KernelFuzzer()

  static func main() throws {
    let arguments = CommandLine.arguments
    let names = fuzzers.map(\.name)
    switch arguments.dropFirst().first {
    case "--list": return print(names.joined(separator: "\n"))
    case "--write": return try writeCorpus(in: arguments[2])
    default: break
    }
    guard let make = fuzzers.first(where: { $0.name == arguments.dropFirst().first })?.make else {
      FileHandle.standardError.write(Data("usage: fuzz \(names.joined(separator: "|")) [option…] [corpus…]\n".utf8))
      exit(64)
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kobai-fuzz-\(getpid())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    unsafe fuzzer = try make(folder)
    var count = CommandLine.argc - 1
    var values = unsafe CommandLine.unsafeArgv.advanced(by: 1)
    let code = unsafe runDriver(&count, &values) { bytes, count in
      unsafe Main.fuzzer.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
      return 0
    }
    try FileManager.default.removeItem(atPath: folder)
    exit(code)
  }
}

/// libFuzzer's loop: calls the function with one input after the other.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
