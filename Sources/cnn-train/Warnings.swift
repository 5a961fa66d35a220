import KobaiCommand

/// A line on standard error for what a person should know and that ends nothing. Standard output stays as scripts expect it.
func notice(_ text: String) { say("notice", text) }

/// The same for what may be wrong.
func warning(_ text: String) { say("warning", text) }

/// The same for what is wrong with one of several things; the command goes on with the others.
func complaint(_ text: String) { say("error", text) }

private func say(_ kind: String, _ text: String) {
  let line = text.split(separator: "\n").joined(separator: " ")
  StandardError.write("\(kind): \(line)\n")
}
