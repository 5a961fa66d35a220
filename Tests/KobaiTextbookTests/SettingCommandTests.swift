import Foundation
import TestSupport
import Testing

/// `textbook show`, `run --set` and `run --sweep` from outside.
@Suite("Settings on the command line")
struct SettingCommandTests {
  private func textbook(_ arguments: String..., language: String = "C") throws -> Command {
    try Command.run("textbook", arguments, environment: ["LANG": language, "LC_ALL": ""])
  }

  @Test("show prints what is asked, the parameters in both languages, and the source")
  func show() throws {
    let english = try textbook("show", "ch04/gradient-method")
    #expect(english.code == 0)
    #expect(
      english.lines.prefix(8) == [
        "ch04/gradient-method  4.4.1 Gradient descent",
        "Gradient descent with good and bad learning rates",
        "parameters: name, default, range and meaning (run --set and --sweep change them)",
        "  lr     0.1  0 … 100       learning rate η of the path from (x0, x1)",
        "  steps  20   1 … 10000     steps of every path",
        "  x0     -3   -1000 … 1000  x0 of the start",
        "  x1     4    -1000 … 1000  x1 of the start",
        "source: Sources/KobaiTextbook/Chapter04/GradientMethod.swift",
      ])
    #expect(english.lines.contains("public struct GradientMethod: Experiment {"))
    let japanese = try textbook("show", "ch07/train-convnet", language: "ja_JP.UTF-8")
    #expect(japanese.lines.contains("  epochs   20 (MNIST: 5)  1 … 1000   エポック数（書籍では20）"))
    #expect(try textbook("show", "ch05/graph-apples").lines[2] == "parameters: none")
    let asked = try textbook("show", "ch04/tangent").lines
    #expect(
      asked[2] == "What is a derivative, seen in a picture?" && asked[3].hasPrefix("It is the slope of the tangent."))
    #expect(try textbook("show", "ch04/tangent", language: "ja_JP.UTF-8").lines[2] == "微分を図で見ると何なのか？")
  }

  @Test("run says what was set, and keeps the book's picture and figures beside the new ones")
  func set() throws {
    let folder = try TemporaryFolder()
    #expect(try textbook("run", "ch04/gradient-method", "--out", folder.path).code == 0)
    #expect(try textbook("run", "ch04/gradient-1d", "--out", folder.path).code == 0)
    let run = try textbook(
      "run", "ch04/gradient-method", "--set", "lr=0.95", "--set", "steps=200", "--out", folder.path)
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.lines.contains("parameters: lr=0.95 (default 0.1), steps=200 (default 20)"))
    let sweep = try textbook(
      "run", "ch04/gradient-method", "--sweep", "lr=0.1,0.2", "--out", folder.path, language: "ja_JP.UTF-8")
    #expect(sweep.lines.contains("パラメータ：lr=0.1, 0.2（既定値 0.1）"))
    let figures = try RunOutput(folder: folder.path).figures
    #expect(
      figures.keys.sorted() == [
        "ch04/gradient-1d", "ch04/gradient-method", "ch04/gradient-method lr=0.95 steps=200",
        "ch04/gradient-method sweep-lr",
      ])
    #expect(figures["ch04/gradient-method"]?["path (3, 4)"]?.count == 2)
    let pictures = try folder.contents().filter { $0.hasPrefix("ch04-gradient-method") }.sorted()
    #expect(
      pictures == [
        "ch04-gradient-method-gradient-method-lr=0.95-steps=200.svg",
        "ch04-gradient-method-gradient-method-sweep-lr.svg", "ch04-gradient-method-gradient-method.svg",
      ])
  }

  @Test("figures.json of somebody else is not overwritten, and that is known before any work")
  func foreignFigures() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array("[1]".utf8), to: "figures.json")
    let run = try textbook("run", "ch02/xor-gate", "--out", folder.path)
    #expect(run.code == 1 && run.output.isEmpty)
    #expect(
      run.errors
        == "error: \(folder / "figures.json"): has no figures by experiment; remove it, or choose another folder\n")
  }

  @Test("unknown names and impossible values are one line and exit code 64, before any work")
  func errors() throws {
    let hint = " (textbook --help shows the options)\n"
    for (arguments, line) in [
      (
        ["show", "ch04/gradient-metod"],
        "no experiment \"ch04/gradient-metod\"; near it are ch04/gradient-method, ch04/gradient-1d, ch04/gradient-2d"
      ),
      (
        ["run", "ch04/gradient-method", "--set", "rate=1"],
        "ch04/gradient-method has no parameter \"rate\"; near it are lr, steps, x0"
      ),
      (
        ["run", "ch04/gradient-method", "--sweep", "lr=1,1000"],
        "lr=1000: ch04/gradient-method takes a number in 0 … 100"
      ),
      (
        ["run", "ch05/graph-apples", "ch04/gradient-method", "--set", "lr=1"],
        "ch05/graph-apples has no parameters to set, and so no \"lr\""
      ),
      (
        ["run", "ch04/gradient-method", "--set", "lr=1", "--sweep", "lr=1,2"],
        "--sweep lr=1,2: --set has a value for lr already; give one of them"
      ),
      (["run", "--all", "--set", "lr=1"], "--set goes with names of experiments, not with --all"),
    ] {
      let run = try Command.run("textbook", arguments)
      #expect(run.code == 64 && run.output.isEmpty && run.errors == "error: \(line)\(hint)", "\(run.errors)")
    }
  }
}
