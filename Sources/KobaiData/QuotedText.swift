import KobaiFiles

/// What a file says, for an error: in quotes, on one line, without what a terminal would obey, and cut where it is long.
func quoted(_ text: String) -> String {
  let longest = 40
  let start = String(text.unicodeScalars.prefix(longest))
  return "\"\(start.printable)\(text.unicodeScalars.count > longest ? "…" : "")\""
}
