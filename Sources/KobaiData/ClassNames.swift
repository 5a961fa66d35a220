import Foundation
import KobaiFiles

/// The names of the classes of a set of images, and of the outputs of a network, in order.
public struct ClassNames: Sendable, Equatable {
  /// One name for each class.
  public let names: [String]

  /// Names as they are given.
  ///
  /// - Throws: ``Problem`` where one is empty, too long for a table, occurs twice, or has characters that a terminal would
  ///   obey.
  public init(_ names: [String]) throws(Problem) {
    var seen: Set<String> = []
    for name in names {
      guard !name.isEmpty, name.count <= Self.longest, name == name.printable else {
        let shown = name.count <= Self.longest ? name : "\(name.prefix(40))…"
        throw Problem("\(shown.debugDescription) is no name; it takes 1 to \(Self.longest) printable characters")
      }
      guard seen.insert(name).inserted else { throw Problem("\(name) occurs twice") }
    }
    guard !names.isEmpty else { throw Problem("there are no names") }
    self.names = names
  }

  /// The names of classes that have none of their own: their numbers.
  public init(count: Int) { names = (0..<count).map(String.init) }

  /// Names as they are typed: with commas between them, or a file with one a line, or a mapping file of EMNIST's kind.
  ///
  /// - Throws: ``Problem``, or `FileError` where the file cannot be read.
  public init(typed text: String) throws {
    if text.contains(",") {
      try self.init(text.split(separator: ",", omittingEmptySubsequences: false).map(Self.trimmed))
      return
    }
    guard try fileStatus(text) != nil else {
      throw Problem("\(text) is no file; it takes names with commas between them, or a file with one a line")
    }
    let lines = try textLines(of: text).map(Self.trimmed)
    let names = lines.filter { !$0.isEmpty }
    do {
      self = try EMNIST.mapping(names)?.names ?? ClassNames(names)
    } catch let problem as Problem {
      throw FileError(path: text, reason: problem.description)
    }
  }

  /// Why names are refused.
  public struct Problem: Error, Equatable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
  }

  private static let longest = 100
  private static func trimmed(_ text: some StringProtocol) -> String { text.trimmingCharacters(in: .whitespaces) }

  /// The number of classes.
  public var count: Int { names.count }

  /// The name of a class.
  public subscript(label: Int) -> String { names[label] }

  /// Whether the names are the numbers of the classes, as where nobody gave others.
  public var areNumbers: Bool { self == ClassNames(count: count) }
}

extension [String] {
  /// "A, B, C, D, E, F, …, Z": all of them, or as many as a line holds.
  package var listed: String {
    (count > 8 ? prefix(6) + ["…", self[count - 1]] : self[...]).joined(separator: ", ")
  }
}
