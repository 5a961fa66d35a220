import Foundation
import KobaiFiles
import TestSupport
import Testing

/// Letters from training to an answer.
@Suite("cnn-train on EMNIST") struct EMNISTTests {
  @Test("images are turned upright, classes have names wherever they are shown, and pictures are read")
  func letters() throws {
    let folder = try TemporaryFolder()
    try EMNISTFixture.write(to: folder)
    let weights = folder / "w.safetensors"
    let training = try Command.run(
      "cnn-train",
      [
        "--data", folder.path, "--epochs", "5", "--save", weights, "--report", folder / "r.html", "--log-dir",
        folder / "log",
      ])
    #expect(training.code == 0, "\(training.errors)")
    #expect(
      training.lines.first
        == "\(folder.path): its images are stored transposed, as EMNIST's are, and were turned upright")
    #expect(training.lines.contains { $0.hasSuffix("; 10 classes (A, B, C, D, E, F, …, J) of 28×28") })
    #expect(training.lines.contains("label │  A  B  C  D  E  F  G  H  I  J  recall"), "no class 0")
    let accuracy = try #require(training.lines.first { $0.hasPrefix("test accuracy") })

    // Ten upright pictures, of which 1 was read correctly when images were trained on as they are stored.
    let pictures = try (0..<10).map { i in
      try folder.write(EMNISTFixture.picture(i).bytes, to: "\(i).png")
      return folder / "\(i).png"
    }
    let predictions = try Command.run("cnn-train", ["predict", "--weights", weights, "--quiet"] + pictures)
    let labels = zip(pictures, EMNISTFixture.letters).map { "\($0): \($1)" }
    #expect(zip(predictions.lines, labels).count { $0 == $1 } >= 9, "\(predictions.lines)")
    let drawn = try Command.run("cnn-train", ["predict", "--weights", weights, pictures[1]])
    #expect(drawn.lines.last?.contains(/^  B  \d+\.\d\d %   [A-J]  \d+\.\d\d %/) == true, "\(drawn.output)")
    // The set's own file, turned as well.
    let file = folder / "emnist-letters-test-images-idx3-ubyte"
    let images = try Command.run("cnn-train", ["predict", "--weights", weights, "--quiet", file])
    #expect(images.lines.prefix(100).enumerated().count { $1.hasSuffix(": \(EMNISTFixture.letters[$0 % 10])") } >= 90)

    let evaluation = try Command.run("cnn-train", ["eval", "--weights", weights, "--data", folder.path])
    #expect(evaluation.lines.contains(accuracy), "\(evaluation.output)")
    // The same digits under other names, in the same order.
    let digits = try Command.run("cnn-train", ["eval", "--weights", weights, "--data", "embedded", "--quiet"])
    #expect(digits.lines == [accuracy])

    let page = try String(contentsOfFile: folder / "r.html", encoding: .utf8)
    #expect(page.contains("<th scope=\"col\">A</th><th scope=\"col\">B</th>"))
    #expect(page.contains(/alt="[A-J] predicted as [A-J]"/))
    let log = try #require(try FileManager.default.contentsOfDirectory(atPath: folder / "log").first)
    let events = String(decoding: try readFile(folder / "log/\(log)"), as: UTF8.self)
    #expect(events.contains(/misclassified\/1_is_[A-J]_not_[A-J]/))
    let export = try Command.run("cnn-train", ["export", "--weights", weights, "--onnx", folder / "w.onnx"])
    #expect(export.code == 0)
    let model = String(decoding: try readFile(folder / "w.onnx"), as: UTF8.self)
    #expect(model.contains("class_names") && model.contains(#"["A","B","C","D","E","F","G","H","I","J"]"#))
    #expect(model.contains("orientation") && model.contains("upright"))
  }

  /// Weights of a network that was trained on EMNIST as it is stored, without a word about it.
  private func silentWeights(_ folder: TemporaryFolder) throws -> (path: String, accuracy: String) {
    try EMNISTFixture.write(to: folder, prefix: "")
    let path = folder / "w.safetensors"
    let training = try Command.run(
      "cnn-train",
      ["--data", folder.path, "--orientation", "upright", "--epochs", "4", "--no-augment", "--save", path])
    #expect(training.lines.first?.hasSuffix("10 classes (1, 2, 3, 4, 5, 6, …, 10) of 28×28") == true)
    try folder.write(SavedWeights.silenced(readFile(path)), to: "w.safetensors")
    return (path, try #require(training.lines.first { $0.hasPrefix("test accuracy") }))
  }

  @Test("weights that do not say how their images stood are given them as they are stored")
  func oldWeights() throws {
    let folder = try TemporaryFolder()
    let (weights, accuracy) = try silentWeights(folder)
    let letters = try TemporaryFolder()
    try EMNISTFixture.write(to: letters, images: 100)
    let evaluation = try Command.run(
      "cnn-train",
      ["eval", "--weights", weights, "--model", "simple", "--normalize", "unit", "--data", letters.path])
    #expect(
      evaluation.errors
        == "notice: \(weights) has no SHA-256 of its contents: damage would go unnoticed\n"
        + "notice: \(weights) does not say how its training images stood: those of \(letters.path) are taken "
        + "transposed, as stored (--trained-on upright turns them)\n")
    #expect(evaluation.lines.contains(accuracy), "\(evaluation.output)")

    // Once it is told, pictures are turned for it, and what is saved again says so itself.
    let names = EMNISTFixture.letters.joined(separator: ",")
    let told = folder / "told.safetensors"
    let again = try Command.run(
      "cnn-train",
      [
        "eval", "--weights", weights, "--model", "simple", "--trained-on", "transposed", "--class-names", names,
        "--data", "embedded", "--quiet", "--save", told,
      ])
    #expect(again.lines == [accuracy], "\(again.errors)")
    let pictures = try (0..<10).map { i in
      try folder.write(EMNISTFixture.picture(i).bytes, to: "\(i).png")
      return folder / "\(i).png"
    }
    let predictions = try Command.run("cnn-train", ["predict", "--weights", told, "--quiet"] + pictures)
    let labels = zip(pictures, EMNISTFixture.letters).map { "\($0): \($1)" }
    #expect(zip(predictions.lines, labels).count { $0 == $1 } >= 8, "\(predictions.lines)")
  }

  @Test("classes are named by an option; names that do not fit are refused") func options() throws {
    let folder = try TemporaryFolder()
    let names = "zero,one,two,three,four,five,six,seven,eight,nine"
    let quick = [
      "--data", "embedded", "--model", "softmax", "--epochs", "1", "--images", "500",
      "--checkpoint-dir", folder / "c",
    ]
    let training = try Command.run("cnn-train", quick + ["--class-names", names])
    #expect(training.lines.contains("label │  zero   one   two three  four  five   six seven eight  nine  recall"))
    let resumed = try Command.run("cnn-train", ["--resume", folder / "c"])
    #expect(resumed.lines.contains { $0.hasPrefix("label │  zero   one") }, "\(resumed.output)\(resumed.errors)")
    let other = try Command.run("cnn-train", ["--resume", folder / "c", "--class-names", "0,1,2,3,4,5,6,7,8,9"])
    #expect(
      other.errors
        == "error: the checkpoint was made with other options: --class-names 0,1,2,3,4,5,6,7,8,9, not \(names)\n"
    )
    for (arguments, message) in [
      (["--class-names", "a,b"], "--class-names: 2 names for the 10 classes of embedded digits"),
      (["--class-names", "a,a"], "--class-names: a occurs twice"),
      (
        ["--orientation", "transposed"],
        "--orientation transposed: the digits of --data embedded stand upright as they are"
      ),
    ] {
      let run = try Command.run("cnn-train", ["--data", "embedded"] + arguments)
      #expect(run.code == 64 && run.errors == "error: \(message) (cnn-train --help shows the options)\n")
    }
  }

  @Test("a class that is not trained on is a warning") func untrained() throws {
    let run = try Command.run(
      "cnn-train", ["--data", "embedded", "--model", "softmax", "--images", "5", "--epochs", "1"])
    #expect(run.code == 0, "\(run.errors)")
    let notices = run.lines.filter { $0.hasPrefix("no image of ") }
    #expect(notices.count == 1 && notices[0].contains(/^no image of \d(, \d)+ to train on, but \d+00 to test: they/))
  }
}
