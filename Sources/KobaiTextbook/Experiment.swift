import Foundation
import KobaiFiles
import KobaiReport

/// One experiment of the book. Its type's name is that of the book's script, and so is its file's.
public protocol Experiment: Sendable {
  /// The description of the experiment.
  var about: About { get }
  /// The experiment as in the book: every ``Setting`` has the value that it is declared with.
  init()
  /// Runs the experiment: prints what the book's script prints, and returns its figures and pictures.
  func run(_ lab: Lab) throws -> Outcome
}

/// The description of an experiment, which is known before it runs.
public struct About: Sendable {
  /// The name of the experiment, such as "ch06/optimizer-compare-naive".
  public let id: String
  /// The section of the book that it belongs to.
  public let section: Section
  /// What it shows, in one line.
  public let summary: Words
  /// What a reader of the book asks there, and the answer in two sentences; nil where the summary says enough.
  public let question: Question?
  /// Whether it works on handwritten digits.
  public let usesDigits: Bool
  /// The source file in its package, as in "Sources/KobaiTextbook/Chapter06/OptimizerCompareNaive.swift".
  public let source: String
  private let path: String

  /// - Parameters:
  ///   - id: the name of the experiment, with the chapter: "ch06/optimizer-compare-naive".
  ///   - section: the section of the book that it belongs to.
  ///   - en: what it shows, in one line of English.
  ///   - ja: the same in Japanese.
  ///   - usesDigits: whether it works on handwritten digits.
  ///   - question: what a reader of the book asks there, with the answer.
  ///   - path: the source file, which is where the description is written.
  public init(
    _ id: String, _ section: Section, en: String, ja: String, usesDigits: Bool = false, question: Question? = nil,
    path: String = #filePath
  ) {
    self.question = question
    (self.id, self.section, summary, self.usesDigits) = (id, section, Words(en: en, ja: ja), usesDigits)
    self.path = path
    let folders = path.split(separator: "/")
    let package = folders.lastIndex { $0 == "Sources" || $0 == "Tests" }
    source = folders[(package ?? max(0, folders.count - 2))...].joined(separator: "/")
  }

  /// The text of the source file; nil where the checkout that this was built from is no longer there.
  public var sourceText: String? { (try? readFile(path)).flatMap { String(validating: $0, as: UTF8.self) } }

  /// The chapter of the book.
  public var chapter: Int { section.chapter }
}

/// A question that the book leaves open, and the experiment's answer.
public struct Question: Sendable {
  /// The question, one sentence.
  public let text: Words
  /// The answer, two sentences.
  public let answer: Words

  /// - Parameters:
  ///   - en: the question in English.
  ///   - ja: the question in Japanese.
  ///   - answerEn: the answer in English.
  ///   - answerJa: the answer in Japanese.
  public init(en: String, ja: String, answerEn: String, answerJa: String) {
    (text, answer) = (Words(en: en, ja: ja), Words(en: answerEn, ja: answerJa))
  }
}

/// The outcome of an experiment.
public struct Outcome: Sendable {
  /// The numbers that the experiment is about, by name. Tests check them.
  public var figures: [String: [Double]]
  /// The pictures that it drew.
  public var pictures: [Picture]

  /// Figures by name, and pictures.
  public init(_ figures: [String: [Double]] = [:], pictures: [Picture] = []) {
    (self.figures, self.pictures) = (figures, pictures)
  }

  /// The first number of that name.
  public subscript(name: String) -> Double { figures[name]?.first ?? .nan }
}

/// A picture under the name of its file, without ending.
public struct Picture: Sendable {
  /// Unique within its experiment.
  public let name: String
  /// The figure that the picture shows.
  public let figure: any Drawable

  /// A figure under a name.
  public init(_ name: String, _ figure: any Drawable) { (self.name, self.figure) = (name, figure) }
}

/// Words in both languages.
public struct Words: Sendable, Equatable {
  /// The words in English.
  public let en: String
  /// The words in Japanese.
  public let ja: String

  /// The same in both languages.
  public init(en: String, ja: String) { (self.en, self.ja) = (en, ja) }

  /// The words in that language.
  public func callAsFunction(_ language: Language) -> String { language == .ja ? ja : en }
}

/// A language that the experiments speak.
public enum Language: String, Sendable, CaseIterable {
  /// English.
  case en
  /// Japanese.
  case ja

  /// What `LC_ALL`, `LC_MESSAGES` or `LANG` asks for; English unless that is Japanese.
  public static func from(environment: [String: String]) -> Language {
    let wish = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    return wish?.hasPrefix("ja") == true ? .ja : .en
  }
}
