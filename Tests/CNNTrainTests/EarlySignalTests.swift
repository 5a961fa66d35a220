import Foundation
import KobaiFiles
import TestSupport
import Testing

/// Signals before there is a training that could stop after a step: one line, the exit code that a shell expects, and nothing left.
@Suite struct EarlySignalTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let line = "error: interrupted; nothing is left half written\n"
  private static let japanese = "エラー：中断しました。書きかけのファイルは残っていません\n"

  @Test("while data are loaded", arguments: [("INT", 130), ("TERM", 143), ("HUP", 129)])
  func loading(_ signal: String, _ code: Int32) throws {
    let pipe = folder / "data.csv"
    let run = try Command.interrupted(
      "cnn-train", by: signal, readingFrom: pipe, ["--data", pipe, "--save", folder / "w", "--metrics", folder / "m"])
    #expect(run.code == code && run.errors == Self.line, "\(run.code) \(run.errors)")
    #expect(try folder.contents() == ["data.csv"])
  }

  @Test("while weights are read, before the first step", arguments: [("INT", 130), ("TERM", 143)])
  func starting(_ signal: String, _ code: Int32) throws {
    let pipe = folder / "start"
    let run = try Command.interrupted(
      "cnn-train", by: signal, readingFrom: pipe,
      ["--data", "embedded", "--model", "softmax", "--initial-weights", pipe, "--save", folder / "w"])
    #expect(run.code == code && run.errors == Self.line, "\(run.code) \(run.errors)")
    #expect(try folder.contents() == ["start"])
  }

  @Test("in commands that do not train") func others() throws {
    let pipe = folder / "weights"
    let run = try Command.interrupted(
      "cnn-train", by: "TERM", readingFrom: pipe, ["eval", "--weights", pipe, "--save", folder / "copy"])
    #expect(run.code == 143 && run.errors == Self.line, "\(run.code) \(run.errors)")
    #expect(try folder.contents() == ["weights"])
  }

  @Test("in commands that measure", arguments: [("INT", 130), ("TERM", 143)])
  func measuring(_ signal: String, _ code: Int32) throws {
    let pipe = folder / "weights"
    let run = try Command.interrupted(
      "kernel-bench", by: signal, readingFrom: pipe, ["serve", "--weights", pipe, "--json", folder / "json"])
    #expect(run.code == code && run.errors == Self.line, "\(run.code) \(run.errors)")
    #expect(try folder.contents() == ["weights"])
  }

  @Test("in experiments, in the reader's language", arguments: [("en", Self.line), ("ja", Self.japanese)])
  func experiments(_ language: String, _ line: String) throws {
    let pipe = folder / "sample_weight.pkl"
    let run = try Command.interrupted(
      "textbook", by: "TERM", readingFrom: pipe,
      ["run", "ch03/neuralnet-mnist", "--data", "embedded", "--book-weights", folder.path, "--out", folder / "out"]
        + ["--language", language])
    #expect(run.code == 143 && run.errors == line, "\(run.code) \(run.errors)")
    let left = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0 != "out" }
    #expect(left == ["sample_weight.pkl"])
  }
}
