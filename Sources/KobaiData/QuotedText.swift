/// What a file says, for an error: in quotes, on one line, without what a terminal would obey, and cut where it is long.
func quoted(_ text: String) -> String {
  let longest = 40
  let scalars = text.unicodeScalars.prefix(longest)
  let printable = scalars.map { $0.properties.generalCategory.isPrintable ? String($0) : "\u{fffd}" }.joined()
  return "\"\(printable)\(text.unicodeScalars.count > longest ? "…" : "")\""
}

extension Unicode.GeneralCategory {
  fileprivate var isPrintable: Bool {
    switch self {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
    default: true
    }
  }
}
