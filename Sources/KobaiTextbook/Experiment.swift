import KobaiReport

/// One experiment of the book. Its type's name is that of the book's script, and so is its file's.
public protocol Experiment: Sendable {
  var about: About { get }
  /// Does it: prints what the book's script prints, and returns its figures and pictures.
  func run(_ lab: Lab) throws -> Outcome
}

/// What is known of an experiment before it runs.
public struct About: Sendable {
  /// "ch06/optimizer-compare-naive"
  public let id: String
  public let section: Section
  /// What it shows, in one line.
  public let summary: Words
  /// Whether it works on handwritten digits.
  public let usesDigits: Bool
  /// The source file, as in "Chapter06/OptimizerCompareNaive.swift".
  public let source: String

  init(
    _ id: String, _ section: Section, en: String, ja: String, usesDigits: Bool = false, file: String = #fileID,
    path: String = #filePath
  ) {
    (self.id, self.section, summary, self.usesDigits) = (id, section, Words(en: en, ja: ja), usesDigits)
    source = path.split(separator: "/").suffix(2).joined(separator: "/")
  }

  public var chapter: Int { section.chapter }
}

/// What came out of an experiment.
public struct Outcome: Sendable {
  /// The numbers that the experiment is about, by name; tests assert them.
  public var figures: [String: [Double]]
  public var pictures: [Picture]

  public init(_ figures: [String: [Double]] = [:], pictures: [Picture] = []) {
    (self.figures, self.pictures) = (figures, pictures)
  }

  /// The first number of that name.
  public subscript(name: String) -> Double { figures[name]?.first ?? .nan }
}

/// A picture under the name of its file, without ending.
public struct Picture: Sendable {
  public let name: String
  public let figure: Figure

  public init(_ name: String, _ figure: Figure) { (self.name, self.figure) = (name, figure) }
}

/// Words in both languages.
public struct Words: Sendable, Equatable {
  public let en: String
  public let ja: String

  public init(en: String, ja: String) { (self.en, self.ja) = (en, ja) }

  public func callAsFunction(_ language: Language) -> String { language == .ja ? ja : en }
}

public enum Language: String, Sendable, CaseIterable {
  case en, ja

  /// What `LC_ALL`, `LC_MESSAGES` or `LANG` asks for; English unless that is Japanese.
  public static func from(environment: [String: String]) -> Language {
    let wish = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    return wish?.hasPrefix("ja") == true ? .ja : .en
  }
}
