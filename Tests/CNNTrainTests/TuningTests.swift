import Foundation
import KobaiTuning
import TestSupport
import Testing

@testable import cnn_train

@Suite("cnn-train --tune") struct TuningTests {
  private static let quick = ["--data", "embedded", "--model", "softmax", "--no-augment", "--schedule", "constant"]

  /// The lines of the table: trial, values, epochs, accuracy and so on.
  private func rows(_ output: String) -> [[String]] {
    output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      .filter { $0.count > 4 && Int($0[0]) != nil }
  }

  @Test("trials side by side have the accuracies that they have one by one, and alone")
  func sameBits() throws {
    let arguments =
      Self.quick + ["--epochs", "2", "--tune", "learning-rate=0.0001..1", "--tune", "optimizer=sgd|adam"]
      + ["--trials", "4"]
    let together = try CommandTests.run(arguments + ["--threads", "3"])
    let apart = try CommandTests.run(arguments + ["--threads", "1"])
    #expect(together.code == 0 && apart.code == 0, "\(together.errors)\(apart.errors)")
    func scores(_ run: Command) -> [String] {
      rows(run.output).sorted { Int($0[0])! < Int($1[0])! }.map { $0.prefix(6).joined(separator: " ") }
    }
    #expect(scores(together) == scores(apart) && scores(apart).count == 4)
    let best = try #require(rows(apart.output).max { Double($0[4])! < Double($1[4])! })
    let last = try #require(apart.output.split(separator: "\n").last.map(String.init))
    #expect(
      last
        == "cnn-train --data embedded --model softmax --epochs 2 --schedule constant --no-augment --validation-split 0.1 "
        + "--learning-rate \(best[1]) --optimizer \(best[2])")
    let alone = try CommandTests.run(last.split(separator: " ").dropFirst().map(String.init))
    #expect(alone.output.contains("validation \(best[4]) %"), "\(alone.output)")
  }

  @Test("a number of a search stands for a word or a number, all of them alike") func values() throws {
    let words = try TunedOption(argument: "optimizer=sgd|adam|muon")
    #expect([-0.5, 0, 0.6, 1.4, 1.6, 2.5].map(words.text) == ["sgd", "sgd", "adam", "adam", "muon", "muon"])
    #expect(words.parameter.range == -0.5...2.5 && words.parameter.isWhole && words.parameter.scale == .linear)
    #expect(words.names.map(\.name) == ["sgd", "adam", "muon"])
    for (argument, scale) in [
      ("learning-rate=0.0001..0.1", HyperParameter.Scale.logarithmic), ("dropout=0..0.9", .linear),
      ("learning-rate=0.01..0.09", .linear), ("batch-size=10..100", .logarithmic),
    ] { #expect(try TunedOption(argument: argument).parameter.scale == scale, "\(argument)") }
    #expect(try TunedOption(argument: "batch-size=10..100").text(of: 32) == "32")
    #expect(try TunedOption(argument: "momentum=0.5..0.99999").text(of: 0.99999) == "0.99999", "rounded it would be 1")
    #expect("a b".inShell == "'a b'" && "it's".inShell == #"'it'\''s'"# && "x/y-1.csv".inShell == "x/y-1.csv")
    let largest = try TunedOption(argument: "batch-size=1..9223372036854775807")
    #expect(largest.text(of: 0x1p63) == "9223372036854775807")
  }

  @Test("of a flag the command has the flag")
  func flags() throws {
    let run = try CommandTests.run(
      Self.quick + ["--epochs", "1", "--images", "200", "--tune", "flip=true|false", "--trials", "2", "--quiet"])
    #expect(run.code == 0 && run.output.contains(/--(no-)?flip\n$/), "\(run.output)\(run.errors)")
    let last = try #require(run.lines.last)
    let alone = try CommandTests.run(last.split(separator: " ").dropFirst().map(String.init))
    #expect(alone.code == 0, "\(alone.errors)")
  }

  @Test("halving trains many for a short time and the best on, as if they had never stopped")
  func halving() throws {
    let folder = try TemporaryFolder()
    let run = try CommandTests.run(
      Self.quick + ["--epochs", "3", "--tune", "learning-rate=0.0001..1", "--search", "halving", "--trials", "3"]
        + ["--tune-plot", folder / "trials.svg"])
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("search     5 for 1, the best 1 for 3 epochs\n"), "\(run.output)")
    let table = rows(run.output)
    #expect(table.map { $0[2] } == ["1", "1", "1", "1", "1", "3"])
    let first = try #require(table.prefix(5).max { Double($0[3])! < Double($1[3])! })
    #expect(table[5][0] == first[0] && table[5][1] == first[1])
    let last = try #require(run.output.split(separator: "\n").last.map(String.init))
    let alone = try CommandTests.run(last.split(separator: " ").dropFirst().map(String.init))
    #expect(alone.output.contains("validation \(table[5][3]) %"), "\(alone.output)")
    let plot = try String(contentsOfFile: folder / "trials.svg", encoding: .utf8)
    #expect(plot.contains("after 1 epoch<") && plot.contains("after 3 epochs<") && plot.contains("learning-rate<"))
  }

  @Test("halving goes on with those that have not diverged") func divergence() throws {
    let run = try CommandTests.run([
      "--data", "embedded", "--model", "mlp", "--images", "200", "--no-augment", "--schedule", "constant",
      "--optimizer", "sgd", "--epochs", "9", "--tune", "learning-rate=0.0001..1e20", "--trials", "4", "--search",
      "halving",
    ])
    #expect(run.code == 0 && run.output.contains("best: trial "), "\(run.output)\(run.errors)")
    let none = try CommandTests.run([
      "--data", "embedded", "--model", "mlp", "--images", "200", "--no-augment", "--schedule", "constant",
      "--optimizer", "sgd", "--epochs", "3", "--tune", "learning-rate=1e37..1e38", "--trials", "3", "--search",
      "halving",
    ])
    #expect(none.errors == "error: every training diverged; --tune needs smaller values\n")
  }

  @Test("Bayesian optimisation runs, and --quiet prints what trains the best alone")
  func bayes() throws {
    let run = try CommandTests.run(
      Self.quick + ["--epochs", "1", "--tune", "batch-size=20..200", "--search", "bayes", "--trials", "5", "--quiet"])
    #expect(run.code == 0 && run.output.split(separator: "\n").count == 1, "\(run.errors)")
    #expect(run.output.contains("--batch-size "))
  }

  @Test("what cannot be is refused in one line before the first training")
  func refusals() throws {
    for (arguments, reason) in [
      (
        ["foo"],
        "--tune foo: it takes an option and its values, as in learning-rate=0.0001..0.1 or optimizer=adam|momentum"
      ),
      (["epochs=1..2"], "--tune epochs=1..2: trials that differ in --epochs cannot be compared"),
      (["patience=1..2"], "--tune patience=1..2: trials that differ in --patience cannot be compared"),
      (
        ["learning-rate=0.1..1", "--patience", "1"],
        "--patience and --tune exclude each other: trials are compared after the same epochs"
      ),
      (["learning-rate=1..0.1"], "--tune learning-rate=1..0.1: the first number must be the smaller one"),
      (["learning-rate=-1..1"], "--tune learning-rate=-1..1: --learning-rate -1.0: it must be positive"),
      (["optimizer=a|b"], "--tune optimizer=a|b: a is no value of --optimizer"),
      (["optimizer=sgd|sgd"], "--tune optimizer=sgd|sgd: each value stands once"),
      (["optimizer=sgd"], "--tune optimizer=sgd: it takes LOW..HIGH for numbers, or values with | between them"),
      (
        ["weight-decay=0..1", "--weight-decay", "1"],
        "--tune weight-decay: --weight-decay is given, too; leave one of them out"
      ),
      (["weight-decay=0..1", "--tune", "weight-decay=0..2"], "--tune weight-decay: it is there twice"),
      (
        ["weight-decay=0..1", "--save", "x"],
        "--save is about one training, and --tune runs many; train the best one with it"
      ),
      (["weight-decay=0..1", "--trials", "0"], "--trials 0: at least one is needed"),
      (["batch-size=10..9999"], "--batch-size 9999: there are only 3,600 images to train on"),
    ] {
      let run = try CommandTests.run(Self.quick + ["--tune"] + arguments)
      #expect(
        run.code == 64 && run.errors == "error: \(reason) (cnn-train --help shows the options)\n", "\(run.errors)")
    }
    let alone = try CommandTests.run(Self.quick + ["--search", "bayes"])
    #expect(alone.errors.hasPrefix("error: --search belongs to --tune, the options to find values of"))
  }
}
