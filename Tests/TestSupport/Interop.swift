import Foundation
import Synchronization

/// Checks by other software, scripts in Tests/Interop. They run where KOBAI_PYTHON names a Python that has the packages
/// which they import.
public enum Interop {
  public static let python = ProcessInfo.processInfo.environment["KOBAI_PYTHON"]
  private static let idle = Mutex<[Interpreter]>([])

  /// Runs one of the scripts to its end. There must be a ``python``.
  public static func run(_ script: String, _ arguments: [String]) throws -> Command {
    let interpreter = try idle.withLock { $0.popLast() } ?? Interpreter(python ?? "")
    let command = try interpreter.run(script, arguments)
    idle.withLock { $0.append(interpreter) }
    return command
  }
}

/// A Python that runs one script after the other (Tests/Interop/interpreter.py). It ends with the tests.
private final class Interpreter: @unchecked Sendable {  // one test at a time has it
  private let requests = Pipe()
  private let answers = Pipe()
  private var unread = Data()

  private struct Request: Encodable {
    let script: String
    let arguments: [String]
  }

  private struct Answer: Decodable {
    let code: Int32
    let output: String
    let errors: String
  }

  init(_ python: String) throws {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Interop/interpreter.py")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [script.path]
    (process.standardInput, process.standardOutput) = (requests, answers)
    try process.run()
    try answers.fileHandleForWriting.close()  // so that its end is the end of the answers
  }

  func run(_ script: String, _ arguments: [String]) throws -> Command {
    let request = try JSONEncoder().encode(Request(script: script, arguments: arguments))
    try requests.fileHandleForWriting.write(contentsOf: request + [UInt8(ascii: "\n")])
    while !unread.contains(UInt8(ascii: "\n")) {
      let data = answers.fileHandleForReading.availableData
      guard !data.isEmpty else { return Command(code: -1, output: "", errors: "Python ended without an answer") }
      unread.append(data)
    }
    let line = unread.prefix { $0 != UInt8(ascii: "\n") }
    let answer = try JSONDecoder().decode(Answer.self, from: line)
    unread = Data(unread.dropFirst(line.count + 1))
    return Command(code: answer.code, output: answer.output, errors: answer.errors)
  }
}
