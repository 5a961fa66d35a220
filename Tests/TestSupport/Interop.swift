import Foundation

/// Checks by other software, scripts in Tests/Interop. They run where KOBAI_PYTHON names a Python that has the packages
/// which they import.
public enum Interop {
  public static let python = ProcessInfo.processInfo.environment["KOBAI_PYTHON"]

  /// Runs one of the scripts to its end. There must be a ``python``.
  public static func run(_ script: String, _ arguments: [String]) throws -> Command {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Interop")
    return try Command.run(
      URL(fileURLWithPath: python ?? ""), [folder.appendingPathComponent(script).path] + arguments)
  }
}
