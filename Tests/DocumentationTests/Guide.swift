import Foundation
import TestSupport
import Testing

/// A guide of KobaiInference's documentation, as its article says it: a program in Swift, what it prints, the same task in PyTorch, and
/// a table of both.
struct Guide {
  /// The name of the article, of its program in Tests/Guides, and of what `guides` is told.
  let name: String
  /// The program in Swift: the block that stands in Tests/Guides.
  let swift: [String]
  /// What it prints: the block of text.
  let output: [String]
  /// The program with PyTorch.
  let python: [String]
  /// A row of the table: lines of code, and then the results.
  struct Row {
    let lines: Int?
    let results: [String]
  }
  let kobai: Row
  let pytorch: Row

  static let names = [
    "FromATableToAPrediction", "CrossValidation", "PicturesInFolders", "AResidualNetwork", "Regression",
    "AnAutoencoder", "SeveralLabels", "ServingFromManyTasks", "TransferLearning",
  ]

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  /// The lines of an article's blocks in a language, as they stand there.
  static func blocks(_ language: String, of article: String) -> [[String]] {
    article.components(separatedBy: "\n```\(language)\n").dropFirst().map {
      $0.components(separatedBy: "\n```")[0].components(separatedBy: "\n")
    }
  }

  static func article(_ name: String) throws -> String {
    try text("Sources/KobaiInference/KobaiInference.docc/\(name).md")
  }

  init(_ name: String) throws {
    let article = try Self.article(name)
    let program = try Self.program(name)
    self.name = name
    swift = try #require(
      Self.blocks("swift", of: article).first { Self.code($0).map(Self.trimmed) == program },
      "\(name): no block of the article is the program in Tests/Guides")
    output = try #require(Self.blocks("text", of: article).first)
    python = try #require(Self.blocks("python", of: article).first)
    func row(_ title: String) throws -> Row {
      let line = try #require(article.split(separator: "\n").first { $0.hasPrefix("| \(title) |") })
      let cells = line.split(separator: "|").map { Self.trimmed(String($0)) }
      return Row(lines: Int(cells[1]), results: Array(cells.dropFirst(2)))
    }
    (kobai, pytorch) = (try row("Kobai"), try row("PyTorch"))
  }

  /// The program in Tests/Guides without the function around it: what would be a file of its own.
  private static func program(_ name: String) throws -> [String] {
    code(try text("Tests/Guides/\(name).swift").components(separatedBy: "\n"))
      .filter { !$0.hasPrefix("func ") && $0 != "}" }.map(trimmed)
  }

  /// The lines that count: those that are neither empty nor a comment.
  static func code(_ lines: [String]) -> [String] {
    lines.filter { line in
      let line = trimmed(line)
      return !line.isEmpty && !line.hasPrefix("//") && !line.hasPrefix("#")
    }
  }

  private static func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespaces) }

  /// The numbers that a program prints: the last words of its lines, but for that of the prediction.
  static func results(_ output: [String]) -> [Double] {
    output.filter { !$0.hasPrefix("prediction") }.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
  }
}
