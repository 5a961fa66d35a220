import Foundation
import KobaiData
import KobaiReport
import TestSupport
import Testing

/// Images of every kind of file.
@Suite("cnn-train --data with images")
struct AnyImagesTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func train(_ data: String, _ options: [String]) throws -> Command {
    try Command.run("cnn-train", ["--data", folder / data, "--epochs", "2"] + options)
  }

  private func digest(_ run: Command) -> String? { run.lines.last { $0.hasPrefix("sha256") } }

  @Test("MNIST as IDX, as Kaggle's CSV, as Keras' mnist.npz and as PNG files trains to the same weights")
  func sameDigits() throws {
    try DigitFiles.write(train: 240, test: 60, to: folder)
    for options in [["--model", "mlp"], ["--model", "simple", "--standardize"]] {
      let wanted = try train("idx", options)
      #expect(wanted.code == 0 && digest(wanted) != nil, "\(wanted.errors)")
      for (data, kind) in [
        ("csv", "CSV files to train and to test on"), ("mnist.npz", "a NumPy archive"),
        ("png", "pictures in a folder for each class"),
      ] {
        let run = try train(data, options)
        #expect(digest(run) == digest(wanted), "\(data) \(options): \(run.errors)")
        #expect(
          run.lines.first?.hasPrefix(
            "data       \(folder / data): \(kind), 240 images to train, 60 to test; 10 classes") == true,
          "\(run.lines.first ?? "")")
      }
    }
    // The digest of the data is the same, too: a checkpoint goes on with any of them.
    let options = ["--model", "softmax", "--schedule", "constant"]
    let whole = try Command.run("cnn-train", ["--data", folder / "idx", "--epochs", "3"] + options)
    let begun = try train("idx", options + ["--checkpoint-dir", folder / "c"])
    #expect(begun.code == 0, "\(begun.errors)")
    let resumed = try Command.run(
      "cnn-train", ["--resume", folder / "c", "--data", folder / "mnist.npz", "--epochs", "3"])
    #expect(digest(resumed) == digest(whole), "\(resumed.errors)")
  }

  @Test("JPEG files in folders train, are tested with, and reconstruct themselves; what cannot be read is named")
  func pictures() throws {
    for i in 0..<10 {
      try folder.write(JPEGFixture.gray, to: "p/gray/\(i).jpg")
      try folder.write(JPEGFixture.color, to: "p/red/\(i).jpg")
    }
    let weights = folder / "w.safetensors"
    let options = ["--model", "mlp", "--image-size", "16x8", "--standardize", "--save", weights]
    let run = try train("p", options)
    guard !run.errors.contains("libjpeg") else { return }
    #expect(run.code == 0, "\(run.errors)")
    #expect(
      run.output.contains(
        "\(folder / "p"): pictures in a folder for each class, 16 images to train, 4 to test; 2 classes (gray, red) "
          + "of 3×16×8"), "\(run.output)")
    let tested = try Command.run("cnn-train", ["eval", "--weights", weights, "--data", folder / "p", "--quiet"])
    #expect(tested.output == run.lines.first { $0.hasPrefix("test accuracy") }.map { "\($0)\n" }, "\(tested.errors)")
    let others = folder / "others"
    for name in ["gray", "red"] {
      try folder.write(name == "red" ? JPEGFixture.color : JPEGFixture.gray, to: "others/\(name)/a.jpg")
      try folder.write(name == "red" ? JPEGFixture.color : JPEGFixture.gray, to: "others/\(name)/b.jpg")
    }
    let all = try Command.run("cnn-train", ["eval", "--weights", weights, "--data", others, "--quiet"])
    #expect(all.output.contains("of 4)"), "\(all.output)\(all.errors)")
    let itself = try train("p", ["--model", "mlp", "--task", "reconstruction", "--image-size", "8"])
    #expect(itself.code == 0 && itself.output.contains("test MSE"), "\(itself.errors)")

    try folder.write(Array(JPEGFixture.gray.prefix(30)), to: "p/gray/3.jpg")
    let damaged = try train("p", options)
    #expect(damaged.code == 1 && damaged.errorLines.count == 1, "\(damaged.errors)")
    #expect(damaged.errors.hasPrefix("error: \(folder / "p/gray/3.jpg"): "))
    #expect(damaged.errors.hasSuffix("; mend it, or skip unreadable ones\n"), "\(damaged.errors)")
    let skipping = try train("p", options + ["--skip-unreadable"])
    #expect(skipping.code == 0, "\(skipping.errors)")
    #expect(skipping.output.contains("left out 1 of 20 pictures that cannot be read: \(folder / "p/gray/3.jpg")"))
  }

  @Test("what is no data, or not for such a task, ends in one line")
  func refusals() throws {
    try DigitFiles.write(train: 30, test: 10, to: folder)
    try folder.write(Array("PAR1".utf8), to: "x.parquet")
    try folder.write([0x80, 4, 0x95, 0], to: "x.pkl")
    try folder.write(Array("label,pixel0\n1,2\n".utf8), to: "one.csv")
    for (data, options, line, code) in [
      (
        "x.parquet", [],
        "\(folder / "x.parquet"): is a Parquet file, which is no data to train on; write it as CSV with pandas: "
          + "read_parquet, to_csv(index=False)", 1
      ),
      (
        "x.pkl", [],
        "\(folder / "x.pkl"): is a Python pickle, which is no data to train on; save its arrays with numpy.savez", 1
      ),
      (
        "one.csv", [],
        "\(folder / "one.csv"): holds one sample; it takes one to train on and one to test with at least", 1
      ),
      (
        "png", ["--task", "regression"],
        "\(folder / "png"): holds images with a class each; they are no values; take them as classes, or as targets of "
          + "themselves", 1
      ),
      (
        "idx", ["--target", "label"],
        "--target label: it names columns of a CSV file, and the data are none (cnn-train --help shows the options)", 64
      ),
      (
        "idx", ["--skip-unreadable"],
        "--skip-unreadable: it is for pictures in folders (cnn-train --help shows the options)", 64
      ),
      (
        "png", ["--orientation", "upright"],
        "--orientation upright: it is for images of IDX files (cnn-train --help shows the options)", 64
      ),
    ] as [(String, [String], String, Int32)] {
      let run = try train(data, options)
      #expect(run.code == code && run.errors == "error: \(line)\n", "\(run.errors)")
    }
  }
}

/// A class of which there are images to test with alone.
@Suite("cnn-train with a class that is not trained on") struct UntrainedClassTests {
  @Test("it has an output and a name, wherever it stands among them", arguments: ["a", "c"])
  func untrained(missing: String) throws {
    let folder = try TemporaryFolder()
    for (i, name) in ["a", "b", "c", "d"].enumerated() {
      for n in 0..<4 {
        let image = (0..<64).map { UInt8(truncatingIfNeeded: $0 * (i + 2) + n) }
        let png = PNGImage(width: 8, height: 8, gray: image).bytes
        try folder.write(png, to: "data/test/\(name)/\(n).png")
        if name != missing && name != "d" { try folder.write(png, to: "data/train/\(name)/\(n).png") }
      }
    }
    let weights = folder / "w"
    let run = try Command.run(
      "cnn-train", ["--data", folder / "data", "--model", "softmax", "--epochs", "1", "--save", weights])
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.lines[0].contains("4 classes (a, b, c, d)"), "\(run.lines[0])")
    let tested = try Command.run("cnn-train", ["eval", "--weights", weights, "--data", folder / "data", "--quiet"])
    #expect(tested.code == 0 && run.lines.contains(tested.lines[0]), "\(tested.output)\(tested.errors)")
  }
}

/// Folders as people have them.
@Suite("cnn-train with pictures in folders of any name") struct PictureFolderNameTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func write(_ classes: [String], _ count: Int = 5) throws {
    for (i, name) in classes.enumerated() {
      for n in 0..<count {
        let image = (0..<64).map { UInt8(truncatingIfNeeded: $0 * (i + 2) + n) }
        try folder.write(PNGImage(width: 8, height: 8, gray: image).bytes, to: "\(name)/\(n).png")
      }
    }
  }

  @Test("a class may be called train, and have joiners in its name") func names() throws {
    let persian = "می\u{200c}خواهم"
    try write(["bus", "train", persian])
    let run = try Command.run(
      "cnn-train", ["--data", folder.path, "--model", "softmax", "--epochs", "1", "--save", folder / "w"])
    #expect(run.code == 0 && run.output.contains("3 classes (bus, train, \(persian))"), "\(run.output)\(run.errors)")
    try folder.write([1, 2, 3], to: "bus/._0.png")
    let predicted = try Command.run("cnn-train", ["predict", "--weights", folder / "w", folder / "bus", "--quiet"])
    #expect(predicted.code == 0 && predicted.lines.count == 5, "\(predicted.output)\(predicted.errors)")
  }

  @Test("one picture is tested on as it is, and loose pictures in train are an error") func one() throws {
    try write(["all/a", "all/b"])
    let weights = folder / "w"
    #expect(
      try Command.run(
        "cnn-train", ["--data", folder / "all", "--model", "softmax", "--epochs", "1", "--save", weights]
      ).code == 0)
    try write(["single/a"], 1)
    let tested = try Command.run("cnn-train", ["eval", "--weights", weights, "--data", folder / "single", "--quiet"])
    #expect(tested.output.contains("of 1)"), "\(tested.output)\(tested.errors)")
    try write(["loose/train", "loose/val"])
    let loose = try Command.run("cnn-train", ["--data", folder / "loose", "--model", "softmax"])
    #expect(loose.errors.contains("loose/train: holds pictures, but no classes"), "\(loose.errors)")
  }
}

/// The same digits, of those that are part of the program, in files of several kinds.
enum DigitFiles {
  static func write(train: Int, test: Int, to folder: TemporaryFolder) throws {
    let digits = try Dataset.embedded()
    var arrays: [(name: String, shape: [Int], bytes: [UInt8])] = []
    for (name, set, count) in [("train", digits.train, train), ("test", digits.test, test)] {
      let span = set.pixels
      let pixels = unsafe span.withUnsafeBufferPointer { unsafe Array($0.prefix(784 * count)) }
      let labels = set.labels.prefix(count).map { UInt8($0) }
      let idx = name == "train" ? "train" : "t10k"
      try folder.write(
        IDXFile.images(count, height: 28, width: 28, pixels), to: "idx/\(idx)-images-idx3-ubyte")
      try folder.write(IDXFile.labels(labels), to: "idx/\(idx)-labels-idx1-ubyte")
      arrays += [("x_\(name)", [count, 28, 28], pixels), ("y_\(name)", [count], labels)]
      var lines = ["label," + (0..<784).map { "pixel\($0)" }.joined(separator: ",")]
      for (i, label) in labels.enumerated() {
        let image = Array(pixels[784 * i..<784 * (i + 1)])
        lines.append("\(label)," + image.map { String($0) }.joined(separator: ","))
        try folder.write(
          PNGImage(width: 28, height: 28, gray: image).bytes, to: "png/\(name)/\(label)/\(100_000 + i).png")
      }
      try folder.write(Array(lines.joined(separator: "\n").utf8), to: "csv/\(name).csv")
    }
    try folder.write(ZipFixture.npz(arrays), to: "mnist.npz")
  }
}
