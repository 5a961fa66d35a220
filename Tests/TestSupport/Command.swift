import Foundation

/// A command as people run it: as a process, from outside.
public struct Command {
  public let code: Int32
  public let output: String
  public let errors: String
  public var lines: [String] { output.split(separator: "\n").map(String.init) }
  public var errorLines: [Substring] { errors.split(separator: "\n") }

  /// Runs a product that was built with the tests, to its end.
  ///
  /// - Parameters:
  ///   - folder: the folder that it runs in; that of the tests unless given.
  ///   - isReady: asked again and again; once it says yes, or the product has ended, the product gets a Ctrl-C.
  ///   - killAfter: seconds after which it is killed, unless it has ended.
  ///   - device: where its output goes instead of into ``output``.
  public static func run(
    _ product: String, _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:],
    interruptWhen isReady: (() -> Bool)? = nil, killAfter deadline: Double? = nil, writingTo device: String? = nil
  ) throws -> Command {
    let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    return try run(
      products.appendingPathComponent(product), arguments, in: folder, environment: environment, interruptWhen: isReady,
      killAfter: deadline, writingTo: device)
  }

  /// Runs a script of the shell, which finds the product as "$0" and the arguments as "$@".
  public static func shell(
    _ script: String, _ product: String, _ arguments: [String] = [], environment: [String: String] = [:]
  ) throws -> Command {
    let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    return try run(
      URL(fileURLWithPath: "/bin/sh"), ["-c", script, products.appendingPathComponent(product).path] + arguments,
      environment: environment)
  }

  /// Signals do to commands what they do by default, also where the tests run behind `nohup` or in a shell's background, which
  /// ignore some: commands would go on ignoring them, and tests of signals would have no end.
  private static let listensToSignals: Void = {
    for one in [SIGHUP, SIGINT, SIGQUIT] { signal(one, SIG_DFL) }
  }()

  /// Runs any program to its end.
  public static func run(
    _ executable: URL, _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:],
    interruptWhen isReady: (() -> Bool)? = nil, killAfter deadline: Double? = nil, writingTo device: String? = nil
  ) throws -> Command {
    listensToSignals
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    if let device { process.standardOutput = FileHandle(forWritingAtPath: device) }
    try process.run()
    if device != nil { try output.fileHandleForWriting.close() }
    if let isReady {
      while process.isRunning && !isReady() { Thread.sleep(forTimeInterval: 0.01) }
      process.interrupt()
    }
    if let deadline {
      Thread.sleep(forTimeInterval: deadline)
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let trouble = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Command(code: process.terminationStatus, output: text, errors: trouble)
  }
}
