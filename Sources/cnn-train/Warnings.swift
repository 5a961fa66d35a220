import KobaiCommand
import KobaiFiles

/// Tells a person on standard error what they should know and what ends nothing. Standard output stays as scripts expect it.
func notice(_ text: String) { say("notice", text) }

/// Tells a person what may be wrong.
func warning(_ text: String) { say("warning", text) }

/// Tells a person what is wrong with one of several things; the command goes on with the others.
func complaint(_ text: String) { say("error", text) }

private func say(_ kind: String, _ text: String) {
  let line = text.split(separator: "\n").joined(separator: " ").printable
  StandardError.write("\(kind): \(line)\n")
}
