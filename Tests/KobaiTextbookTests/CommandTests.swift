import Foundation
import KobaiTextbook
import TestSupport
import Testing

/// `textbook` from outside.
@Suite("The textbook command")
struct CommandTests {
  private func textbook(_ arguments: String..., environment: [String: String] = ["LANG": "C", "LC_ALL": ""]) throws
    -> Command
  {
    try Command.run("textbook", arguments, environment: environment)
  }

  @Test("list shows every experiment by chapter, in the language of LANG or of --language")
  func list() throws {
    let english = try textbook("list")
    #expect(english.code == 0)
    #expect(english.lines.count { $0.hasPrefix("Chapter ") } == 8)
    #expect(english.lines.count { $0.hasPrefix("  ch0") } == Textbook.experiments.count)
    #expect(
      english.lines.contains(
        "  ch02/xor-gate                          2.5.2  XOR from NAND, OR and AND: two layers do what one cannot"))
    let japanese = try textbook("list", environment: ["LC_ALL": "", "LANG": "ja_JP.UTF-8"])
    #expect(japanese.lines.contains("6章 学習に関するテクニック"))
    #expect(try textbook("list", "--language", "ja").output == japanese.output)
    #expect(try textbook("--language", "ja", "list").output == japanese.output)
    #expect(try textbook("--language=ja", "list").output == japanese.output)
  }

  @Test("in Japanese help and errors are Japanese as well, from LANG or --language")
  func japanese() throws {
    let help = try textbook("run", "--help", "--language", "ja")
    #expect(help.code == 0)
    for words in [
      "概要: 実験を実行し、書籍のスクリプトと同じ内容を表示して、図をSVGで保存する。", "使い方: textbook run [<names> ...]", "オプション:",
      "すべての乱数のシード。 (既定値: 0)", "このヘルプを表示する。",
    ] { #expect(help.output.contains(words), "\(words)") }
    let japanese = ["LC_ALL": "", "LANG": "ja_JP.UTF-8"]
    for (arguments, code, line) in [
      (["run"], 64, "エラー：実験名か--allを指定してください（オプションの一覧は textbook --help）"),
      (["run", "--lr", "1"], 64, "エラー：「--lr」というオプションはありません。「--all」のことですか？（オプションの一覧は textbook --help）"),
      (["list", "--seed"], 64, "エラー：「--seed」というオプションはありません（オプションの一覧は textbook --help）"),
      (
        ["run", "xor-gat"], 64,
        "エラー：「xor-gat」という実験はありません。似た名前：ch02/xor-gate、ch01/man、ch03/relu（オプションの一覧は textbook --help）"
      ),
      (
        ["run", "ch04/gradient-method", "--set", "lr=1000"], 64,
        "エラー：lr=1000：ch04/gradient-methodで指定できるのは0 … 100の数値です（オプションの一覧は textbook --help）"
      ),
    ] as [([String], Int32, String)] {
      let run = try Command.run("textbook", arguments, environment: japanese)
      #expect(run.code == code && run.errors == line + "\n", "\(run.errors)")
    }
    let run = try textbook("run", "ch03/mnist-show", "--data", "embedded", "--language", "ja")
    #expect(run.lines.contains("3.6.1 MNISTデータセット：ch03/mnist-show"))
    #expect(run.lines.contains("データ：組み込みの手書き数字（訓練画像 4000枚、テスト画像 1000枚）、シード 0"))
  }

  @Test("run prints the figures, names data and seed, and writes pictures, figures and an index")
  func run() throws {
    let folder = try TemporaryFolder()
    let out = folder / "deep/er"
    let run = try textbook(
      "run", "ch04/gradient-1d", "ch03/mnist-show", "--data", "embedded", "--seed", "7", "--out", out)
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.lines.contains("4.3.2 Numerical differentiation: ch04/gradient-1d"))
    #expect(run.lines.contains("seed 7"))
    #expect(run.lines.contains("central, h = 1e-4:  0.1999999999990898 0.2999999999986347"))
    #expect(run.lines.contains("data: embedded digits, 4000 images to train, 1000 to test; seed 7"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: out).sorted() == [
        "ch03-mnist-show-mnist-show.svg", "ch04-gradient-1d-gradient-1d.svg", "figures.json", "index.html",
      ])
    let figures = try RunOutput(folder: out).figures
    #expect(figures["ch04/gradient-1d"]?["central"] == [0.1999999999990898, 0.2999999999986347])
    let page = try String(contentsOfFile: "\(out)/index.html", encoding: .utf8)
    for words in [
      "<h2 id=\"ch3\">Chapter 3: Neural networks</h2>", "<article id=\"ch03-mnist-show\"",
      "Sources/KobaiTextbook/Chapter04/Gradient1D.swift", "4.3.2 Numerical differentiation",
    ] { #expect(page.contains(words), "\(words)") }
  }

  @Test("closed and full streams end nothing; output that is lost is an error, pictures are written nevertheless")
  func streams() throws {
    let folder = try TemporaryFolder()
    let name = try #require(Textbook.experiments.first).about.id
    let run = ["run", name, "--out", folder.path]
    for streams in Redirection.all {
      for arguments in [["list"], ["--help"], run] {
        let outcome = try streams.run("textbook", arguments)
        #expect(
          outcome.code == streams.code && outcome.errors == streams.errors, "\(arguments) \(streams): \(outcome.errors)"
        )
      }
      #expect(try folder.contents().contains("figures.json"))
      #expect(try streams.run("textbook", ["run", "nothing"]).code == 64)
    }
  }

  @Test("an unknown experiment's name lists the near ones")
  func unknown() throws {
    let typing = try textbook("run", "ch06/optimiser-compare-naive")
    #expect(typing.code == 64 && typing.output.isEmpty)
    #expect(
      typing.errors
        == "error: no experiment \"ch06/optimiser-compare-naive\"; near it are ch06/optimizer-compare-naive, "
        + "ch06/optimizer-compare-mnist, ch03/sig-step-compare (textbook --help shows the options)\n")
    let short = try textbook("run", "train-neuralnet")
    #expect(
      short.errors.hasPrefix(
        "error: no experiment \"train-neuralnet\"; near it are ch04/train-neuralnet, ch05/train-neuralnet, "))
  }

  @Test("an unwritable --out says so before any work")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    try folder.write([], to: "file")
    let run = try textbook("run", "--all", "--data", "embedded", "--out", folder / "file/pictures")
    #expect(run.code == 1 && run.output.isEmpty)
    #expect(run.errors == "error: \(folder / "file/pictures"): no folder can be made there: File exists\n")
  }

  @Test("wrong options get one line and exit code 64")
  func options() throws {
    for (arguments, line) in [
      (["run"], "error: name an experiment, or say --all (textbook --help shows the options)\n"),
      (
        ["run", "ch02/xor-gate", "--all"],
        "error: --all goes without names (textbook --help shows the options)\n"
      ),
    ] {
      let run = try Command.run("textbook", arguments)
      #expect(run.code == 64 && run.errors == line)
    }
    let data = try textbook("run", "ch03/mnist-show", "--data", "/nowhere")
    #expect(data.code == 1 && data.errorLines.count == 1, "\(data.errors)")
  }
}
