import Foundation
import TestSupport
import Testing

/// Tables from CSV files: trained on, gone on with, tested and used from the weights alone.
@Suite("cnn-train with tables")
struct TablesTests {
  private let folder: TemporaryFolder
  init() throws {
    folder = try TemporaryFolder()
    var rows = ["a,b,colour,sum,up,red"]
    for i in 0..<160 {
      let (a, b) = (3 * sin(Double(i) * 12.9), 2 * cos(Double(i) * 7.7))
      let colour = ["red", "green", "blue"][i % 3]
      rows.append("\(a),\(b),\(colour),\(sin(a) + b),\(a > 0 ? 1 : 0),\(colour == "red" ? 1 : 0)")
    }
    try folder.write(Array(rows.joined(separator: "\n").utf8), to: "t.csv")
  }

  private var table: String { folder / "t.csv" }
  private static let wine = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Interop/wine.csv").path

  private func train(_ options: String...) throws -> Command { try Command.run("cnn-train", options) }
  private func digest(_ run: Command) -> String? { run.lines.last { $0.hasPrefix("sha256") } }

  @Test("wine is learned, tested on the rows that were set aside, and predicted row by row")
  func wine() throws {
    let weights = folder / "wine.safetensors"
    let run = try train(
      "--data", Self.wine, "--save", weights, "--metrics", folder / "m", "--report", folder / "r.html")
    #expect(run.code == 0 && run.errors.isEmpty, "\(run.errors)")
    #expect(
      run.lines[0]
        == "data       \(Self.wine): a CSV file, 142 rows to train, 36 to test; 13 columns, 3 classes "
        + "(class_0, class_1, class_2)")
    #expect(
      run.lines[1]
        == "target     cultivar: classification of 3 classes (--target names another column, --task another task)")
    let accuracy = try #require(run.lines.first { $0.hasPrefix("test accuracy") })
    let share = try #require(accuracy.firstMatch(of: /accuracy ([\d.]+) %/)).1
    #expect((Double(share) ?? 0) >= 95, "\(accuracy)")
    let tested = try train("eval", "--weights", weights, "--data", Self.wine)
    #expect(tested.lines.contains(accuracy) && tested.output.contains(": 36 test rows"), "\(tested.errors)")
    // Other rows are tested on as they are.
    let lines = try String(contentsOfFile: Self.wine, encoding: .utf8).split(separator: "\n")
    try folder.write(Array((lines[...0] + lines[60...69]).joined(separator: "\n").utf8), to: "ten.csv")
    let ten = try train("eval", "--weights", weights, "--data", folder / "ten.csv", "--quiet")
    #expect(ten.output.contains("of 10)"), "\(ten.output)\(ten.errors)")
    try folder.write(Array(lines[...1].joined(separator: "\n").utf8), to: "one.csv")
    let one = try train("eval", "--weights", weights, "--data", folder / "one.csv", "--quiet")
    #expect(one.output.contains("(1 of 1)"), "\(one.output)\(one.errors)")

    // Columns may stand in another order, and the target may be missing.
    let columns = lines[0].split(separator: ",").dropLast()
    let rows = lines[1...2].map { $0.split(separator: ",").dropLast().reversed().joined(separator: ",") }
    try folder.write(
      Array(([columns.reversed().joined(separator: ",")] + rows).joined(separator: "\n").utf8), to: "rows.csv")
    let rowsFile = folder / "rows.csv"
    let quiet = try train("predict", "--weights", weights, rowsFile, "--quiet")
    #expect(quiet.output == "\(rowsFile)[0]: class_0\n\(rowsFile)[1]: class_0\n", "\(quiet.errors)")
    let long = try train("predict", "--weights", weights, rowsFile)
    #expect(long.lines[0].contains(#/\[0\]  class_0  \d+\.\d\d %   class_\d/#), "\(long.output)")
    let export = try train("export", "--weights", weights, "--onnx", folder / "w.onnx")
    #expect(export.output.hasSuffix("w.onnx: mlp, 32,003 parameters, input 13\n"), "\(export.output)\(export.errors)")
    #expect(
      try train("predict", "--weights", folder / "w.onnx", rowsFile, "--quiet").output == quiet.output)
    let summary = try train("summary", "--weights", weights)
    #expect(summary.output.contains("affine5      Affine 3    3"), "\(summary.output)")
    let metrics = try String(contentsOfFile: folder / "m", encoding: .utf8)
    #expect(metrics.contains(#""task":"classification""#))
  }

  @Test(
    "a training of any task that is broken off goes on to the same bits, and is tested and used from its file alone",
    arguments: [
      (["--target", "sum"], "test RMSE", #"\[0\]: -?[\d.]+"#, "test_rmse"),
      (["--target", "up,red"], "test macro F1", #"\[0\]: (up|red|up red)?"#, "test_macro_f1"),
      (["--target", "colour"], "test accuracy", #"\[0\]: (red|green|blue)"#, "test_accuracy"),
      (["--task", "reconstruction"], "test MSE", #"\[0\]: -?[\d.e-]+( -?[\d.e-]+){7}"#, "test_mse"),
    ])
  func tasks(_ options: [String], _ metric: String, _ prediction: String, _ key: String) throws {
    let (weights, checkpoints) = (folder / "w.safetensors", folder / "c")
    let training = ["--data", table, "--schedule", "constant", "--validation-split", "0.2"] + options
    let whole = try Command.run(
      "cnn-train",
      training + [
        "--epochs", "4", "--save", weights, "--metrics", folder / "m", "--log-dir", folder / "log", "--report",
        folder / "r.html",
      ])
    #expect(whole.code == 0 && whole.errors.isEmpty, "\(whole.errors)")
    let begun = try Command.run("cnn-train", training + ["--epochs", "2", "--checkpoint-dir", checkpoints])
    #expect(begun.code == 0 && digest(begun) != digest(whole), "\(begun.errors)")
    let resumed = try train("--resume", checkpoints, "--epochs", "4")
    #expect(resumed.code == 0 && digest(resumed) == digest(whole), "\(resumed.errors)")
    let result = try #require(whole.lines.first { $0.hasPrefix(metric) })
    let tested = try train("eval", "--weights", weights, "--data", table)
    #expect(tested.lines.contains(result), "\(tested.output)\(tested.errors)")
    let predicted = try train("predict", "--weights", weights, table, "--quiet")
    #expect(predicted.code == 0 && predicted.lines.count == 160, "\(predicted.errors)")
    #expect(try predicted.lines.first?.contains(Regex(prediction)) == true, "\(predicted.lines.first ?? "")")
    let metrics = try String(contentsOfFile: folder / "m", encoding: .utf8)
    #expect(metrics.contains("\"\(key)\":"), "\(metrics)")
    let other = try train("--resume", checkpoints, "--task", "classification", "--target", "a")
    #expect(other.code == 1 && other.errorLines.count == 1, "\(other.errors)")
  }

  @Test("a search for options follows the task's metric")
  func tuning() throws {
    let run = try train(
      "--data", table, "--target", "sum", "--tune", "learning-rate=0.0001..0.01", "--trials", "2", "--epochs", "2")
    #expect(run.code == 0 && run.output.contains(/best: trial \d with RMSE \d/), "\(run.output)\(run.errors)")
    #expect(run.output.contains("of the rows set aside"))
  }

  @Test("what a table, a task or a row cannot be is one line")
  func refusals() throws {
    func lineOf(_ run: Command, _ code: Int32) -> String {
      #expect(run.code == code && run.errorLines.count == 1, "\(run.errors)")
      return run.errors.replacing(folder.path, with: "DIR").replacing(
        " (cnn-train --help shows the options)\n", with: ""
      )
      .replacing("\n", with: "")
    }
    func refusal(_ options: [String], _ code: Int32 = 64) throws -> String {
      lineOf(try Command.run("cnn-train", ["--data", table, "--target", "sum"] + options), code)
    }
    #expect(
      try refusal(["--label-smoothing", "0.1"])
        == "error: --label-smoothing 0.1: it is for classes, and the task is regression")
    #expect(
      try refusal(["--class-weights", "1,2"])
        == "error: --class-weights 1,2: it is for classes, and the task is regression")
    #expect(
      try refusal(["--augment"]) == "error: --augment: only images are augmented, and the samples are none")
    #expect(
      try refusal(["--model", "simple"])
        == "error: --model simple: it takes images, and samples of 7 are none; mlp and softmax take them")
    #expect(try refusal(["--image-size", "8"]) == "error: --image-size 8: it is for pictures in folders")
    #expect(
      try refusal(["--class-names", "a,b"])
        == "error: --class-names: the targets of DIR/t.csv are neither classes nor labels, which alone have names")
    #expect(
      try refusal(["--task", "multi-label"], 1).hasPrefix("error: DIR/t.csv: line 2, column 4 (sum): "))
    #expect(
      try refusal(["--ignore", "nix"], 1)
        == "error: DIR/t.csv: has no column \"nix\"; it has \"a\", \"b\", \"colour\", \"sum\", \"up\", \"red\"")

    for (text, line) in [
      ("a,b\n1,2\n3\n", "line 3, column 1: the line has one field, but the first one 2"),
      ("a,b\n1,\n3,4\n", "line 2, column 2 (b): is empty; fill it in, or leave out the line or the column"),
      ("a,b\n1,2\nx,4\n", "line 3, column 1 (a): \"x\" is no number; correct it, or take the column as categories"),
      ("a,b\n", "has a line with the names of columns, but none below it"),
      ("a,b\n1,\"2\n", "line 2, column 2: the quote that begins here never ends"),
      ("b\n1\n2\n", "has no column that is an input; name one"),
    ] {
      try folder.write(Array(text.utf8), to: "bad.csv")
      #expect(lineOf(try train("--data", folder / "bad.csv"), 1) == "error: DIR/bad.csv: \(line)")
    }

    let weights = folder / "w.safetensors"
    _ = try train("--data", table, "--target", "sum", "--ignore", "up,red", "--epochs", "1", "--save", weights)
    for (text, line) in [
      (
        "a,b,colour\n1,2,red\n1,2,violet\n",
        "line 3, column 3 (colour): \"violet\" is none of the categories that were learned: \"blue\", \"green\", \"red\""
      ),
      ("a,colour\n1,red\n", "has no column \"b\"; it has \"a\", \"colour\""),
      (
        "a,b,colour\n1,?,red\n",
        "line 2, column 2 (b): \"?\" is no value; fill it in, or leave out the line or the column"
      ),
    ] {
      try folder.write(Array(text.utf8), to: "rows.csv")
      #expect(
        lineOf(try train("predict", "--weights", weights, folder / "rows.csv"), 1) == "error: DIR/rows.csv: \(line)")
    }
    #expect(
      lineOf(try train("eval", "--weights", weights), 64).hasPrefix(
        "error: --data auto: the network of DIR/w.safetensors takes rows of a table; name a CSV file"))
    try folder.write(Array("a,b,colour\n1,2,red\n".utf8), to: "rows.csv")
    let targetless = try train("eval", "--weights", weights, "--data", folder / "rows.csv")
    #expect(
      lineOf(targetless, 1)
        == "error: DIR/rows.csv: has no column \"sum\"; it has \"a\", \"b\", \"colour\"")
  }
}
