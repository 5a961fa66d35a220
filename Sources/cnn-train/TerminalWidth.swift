// The room that text takes in a terminal, where Chinese characters, kana and emoji are as wide as two letters.
extension String {
  /// The number of columns that the text takes.
  var terminalWidth: Int { reduce(0) { $0 + $1.terminalWidth } }

  /// As many of the first characters as fit into the columns.
  func cut(toTerminalWidth width: Int) -> String {
    var room = width
    return String(
      prefix {
        room -= $0.terminalWidth
        return room >= 0
      })
  }
}

extension Character {
  // The blocks that are wide or fullwidth throughout (Unicode Standard Annex #11).
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
    0xff01...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f900...0x1f9ff, 0x20000...0x3fffd,
  ]

  fileprivate var terminalWidth: Int {
    let code = unicodeScalars.first?.value ?? 0
    return Self.wide.contains { $0.contains(code) } ? 2 : 1
  }
}
