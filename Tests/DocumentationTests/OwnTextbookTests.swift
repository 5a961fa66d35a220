import Foundation
import KobaiTextbook
import TestSupport
import Testing

/// The executable of the documentation's example, from outside: a reader's experiment beside the book's.
@Suite("A textbook command of one's own")
struct OwnTextbookTests {
  private func own(_ arguments: String..., language: String = "C") throws -> Command {
    try Command.run("own-textbook", arguments, environment: ["LANG": language, "LC_ALL": ""])
  }

  @Test("list has the reader's experiment in its chapter, among the book's")
  func list() throws {
    let lines = try own("list").lines
    #expect(lines.count { $0.hasPrefix("Chapter 4: ") } == 1)
    #expect(lines.count { $0.hasPrefix("  ch0") } == Textbook.experiments.count + 1)
    let place = try #require(lines.firstIndex { $0.hasPrefix("  ch04/square-root ") })
    #expect(lines[place] == "  ch04/square-root                       4.4.1  A square root by gradient descent")
    #expect(lines[place + 1] == "Chapter 5: Backpropagation")
  }

  @Test("show prints its parameters and where its source is; help and errors have the command's own name")
  func show() throws {
    let show = try own("show", "ch04/square-root")
    #expect(show.lines.contains("  steps  20    1 … 1000  steps"))
    #expect(show.lines.contains("source: Tests/OwnTextbook/SquareRoot.swift"))
    #expect(show.lines.contains("struct SquareRoot: Experiment {"))
    #expect(try own("run", "--help").output.contains("own-textbook run ch04/gradient-method --set lr=0.95"))
    let typing = try own("show", "square-rot", language: "ja_JP.UTF-8")
    #expect(typing.code == 64)
    #expect(
      typing.errors.hasPrefix("エラー：「square-rot」という実験はありません。似た名前：ch04/square-root、")
        && typing.errors.hasSuffix("（オプションの一覧は own-textbook --help）\n"), "\(typing.errors)")
  }

  @Test("run takes --set and --sweep, and writes pictures, figures and the page")
  func run() throws {
    let folder = try TemporaryFolder()
    let run = try own("run", "ch04/square-root", "--set", "a=9", "--set", "lr=0.01", "--set", "steps=100")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.lines.contains("4.4.1 Gradient descent: ch04/square-root"))
    #expect(run.lines.contains { $0.hasPrefix("the root of 9.0 is 3.00") || $0.hasPrefix("the root of 9.0 is 2.99") })
    let sweep = try own(
      "run", "ch04/square-root", "ch01/sin-graph", "--out", folder.path, language: "ja_JP.UTF-8")
    #expect(sweep.code == 0, "\(sweep.errors)")
    #expect(
      try folder.contents().sorted() == [
        "ch01-sin-graph-sin-graph.svg", "ch04-square-root-square-root.svg", "figures.json", "index.html",
      ])
    let page = try String(contentsOfFile: folder / "index.html", encoding: .utf8)
    #expect(page.contains("<code>Tests/OwnTextbook/SquareRoot.swift</code>"))
    let values = try own("run", "ch04/square-root", "--sweep", "lr=0.01,0.1")
    #expect(values.lines.contains { $0.hasPrefix("root ") && $0.split(separator: " ").count == 3 }, "\(values.output)")
  }
}
