extension String {
  /// The text without what a terminal would obey and without what breaks or turns lines: each such scalar is U+FFFD instead. Names of
  /// files and what files say may hold anything.
  ///
  /// It walks over scalars: a control may be part of a Character that begins with another scalar.
  package var printable: String {
    guard unicodeScalars.contains(where: { $0.isObeyed }) else { return self }
    return String(String.UnicodeScalarView(unicodeScalars.map { $0.isObeyed ? "\u{fffd}" : $0 }))
  }
}

extension Unicode.Scalar {
  /// Whether text that holds it does more than to be read: controls, ends of lines, and turns of the writing direction (UAX #9).
  fileprivate var isObeyed: Bool {
    switch value {
    case 0..<0x20, 0x7f..<0xa0, 0x2028, 0x2029, 0x202a...0x202e, 0x2066...0x2069: true
    default: false
    }
  }
}
