/// What went wrong, as a line of its own.
public struct TextbookError: Error, Equatable, CustomStringConvertible {
  /// What went wrong, in both languages.
  public let words: Words
  public var description: String { words.en }

  /// An error that reads as given, in every language.
  public init(_ description: String) { self.init(en: description, ja: description) }

  /// Two errors are the same where they say the same in English.
  public static func == (a: TextbookError, b: TextbookError) -> Bool { a.description == b.description }

  /// An error in both languages.
  public init(en: String, ja: String) { words = Words(en: en, ja: ja) }
}
