import Foundation
import KobaiData
import TestSupport
import Testing

/// `cnn-train` from outside.
@Suite struct CommandTests {
  static func run(
    _ arguments: [String], environment: [String: String] = [:], interruptWhen isReady: (() -> Bool)? = nil
  ) throws -> Command {
    try Command.run("cnn-train", arguments, environment: environment, interruptWhen: isReady)
  }

  private static let quick = ["--data", "embedded", "--model", "softmax", "--epochs", "2", "--no-augment"]

  @Test func trainsAndReports() throws {
    let folder = try TemporaryFolder()
    let (weights, metrics) = (folder / "model.safetensors", folder / "metrics.jsonl")
    let run = try Self.run(Self.quick + ["--save", weights, "--metrics", metrics, "--threads", "1", "--seed", "3"])
    #expect(run.code == 0 && run.errors.isEmpty, "\(run.errors)")
    let lines = run.output.split(separator: "\n").map(String.init)
    #expect(lines[0] == "data       embedded digits: 4,000 images to train, 1,000 to test; 10 classes of 28×28")
    #expect(lines[1].hasPrefix("machine    ") && lines[1].hasSuffix(", 1 thread, precision highest"))
    #expect(
      lines.contains("training   2 epochs in batches of 100, adam 0.003 one-cycle, seed 3"), "\(run.output)")
    #expect(lines.contains("affine1  Affine 10  10           7,850"))
    #expect(lines.count { $0.hasPrefix("epoch ") } == 2)
    #expect(lines.count { $0.hasPrefix("test accuracy ") } == 1)
    #expect(lines.contains("weights    saved to \(weights)"))
    #expect(!run.output.contains("\u{1b}"), "no colours and no bar outside a terminal")

    let objects = try String(contentsOfFile: metrics, encoding: .utf8).split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(objects.count == 3)
    #expect(objects[0]["epoch"] as? Int == 1 && objects[1]["epoch"] as? Int == 2)
    for key in [
      "train_loss", "train_accuracy", "test_loss", "test_accuracy", "learning_rate", "seconds", "images_per_second",
    ] {
      #expect(objects[0][key] is Double || objects[0][key] is Int, "\(key)")
    }
    let result = objects[2]
    #expect((result["test_accuracy"] as? Double ?? 0) > 0.8)
    #expect((result["train_seconds"] as? Double ?? 0) > 0 && (result["images_per_second"] as? Double ?? 0) > 0)
    #expect(result["epochs"] as? Int == 2 && result["parameters"] as? Int == 7850 && result["threads"] as? Int == 1)
    #expect(result["precision"] as? String == "highest" && result["isa"] is String)
    let digest = try #require(result["weights_sha256"] as? String)
    #expect(digest.count == 64 && lines.contains("sha256     \(digest)"))
    #expect(try FileManager.default.attributesOfItem(atPath: weights)[.size] as? Int ?? 0 > 7850 * 4)
  }

  @Test func quietPrintsTheAccuracyAlone() throws {
    let run = try Self.run(Self.quick + ["--quiet"])
    #expect(run.code == 0 && run.output.hasPrefix("test accuracy ") && run.output.split(separator: "\n").count == 1)
  }

  @Test func aPresetIsWhatIsNotTyped() throws {
    let run = try Self.run(["--data", "embedded", "--recipe", "sprint"])
    #expect(run.code == 0, "\(run.errors)")
    #expect(
      run.lines.contains(
        "training   9 epochs in batches of 96, adam 0.04 triangular, betas 0.7,0.9, label smoothing 0.12, seed 0"))
    #expect(run.lines.contains("conv1    Conv2D 16 @ 5×5, padding -2×-2  16×20×20         416"))
    #expect(run.lines.contains { $0.hasPrefix("test accuracy 98") }, "\(run.output)")
    let typed = try Self.run([
      "--data", "embedded", "--recipe", "sprint", "--model", "softmax", "--epochs", "1", "--images", "1000",
      "--optimizer", "sgd", "--schedule", "constant", "--label-smoothing", "0", "--batch-size", "50",
    ])
    #expect(
      typed.lines.contains("training   1 epoch in batches of 50, sgd 0.04 constant, 1,000 images, seed 0"),
      "\(typed.output)\(typed.errors)")
    #expect(typed.lines.contains { $0.hasPrefix("trained on 1,000 images in 0.") })
    let book = try Self.run(Self.quick + ["--quiet"])
    #expect(try Self.run(Self.quick + ["--recipe", "book", "--quiet"]).output == book.output)
  }

  @Test func validatesAndStopsEarly() throws {
    let run = try Self.run([
      "--data", "embedded", "--model", "softmax", "--epochs", "30", "--no-augment", "--optimizer", "sgd",
      "--learning-rate", "1e-30", "--validation-split", "0.25", "--patience", "2",
    ])
    #expect(run.code == 0)
    #expect(run.output.contains("4,000 images to train, 1,000 of them to validate, 1,000 to test"))
    #expect(run.output.contains("  validation "))
    #expect(run.output.contains("no better since epoch 1, whose weights are kept"))
  }

  @Test func theEnvironmentChoosesTheKernels() throws {
    let run = try Self.run(Self.quick, environment: ["KOBAI_ISA": "portable", "OMP_NUM_THREADS": "1"])
    #expect(run.output.contains("machine    portable, 1 thread, precision highest"))
    let other = try Self.run(Self.quick, environment: ["OMP_NUM_THREADS": "3"])
    let digest = { (run: Command) in run.output.split(separator: "\n").last }
    #expect(digest(run) == digest(other), "and the weights are the same")
  }

  @Test("--flip, --crop and --cutout change what comes out, the same at every run; a resumed training keeps them")
  func changesImages() throws {
    func digest(_ options: [String]) throws -> String {
      let run = try Self.run(Self.quick + ["--images", "300"] + options)
      #expect(run.code == 0, "\(run.errors)")
      return try #require(run.lines.last)
    }
    let options = [
      [], ["--flip"], ["--crop", "2"], ["--crop", "2", "--padding-mode", "reflect"], ["--cutout", "8"],
      ["--flip", "--crop", "2", "--cutout", "8"],
    ]
    let digests = try options.map(digest)
    #expect(Set(digests).count == options.count && digests.allSatisfy { $0.hasPrefix("sha256 ") }, "\(digests)")
    let folder = try TemporaryFolder()
    let all = Self.quick.map { $0 == "2" ? "1" : $0 } + ["--images", "300", "--schedule", "constant"] + options[5]
    let half = try Self.run(all + ["--checkpoint-dir", folder / "c"])
    let whole = try Self.run(["--resume", folder / "c", "--epochs", "2"])
    #expect(half.code == 0 && whole.code == 0, "\(half.errors)\(whole.errors)")
    #expect(try digest(["--schedule", "constant"] + options[5]) == whole.lines.last)
  }

  @Test("OpenMP's variables: empty is unset, nonsense is one line")
  func threadVariables() throws {
    let empty = try Self.run(
      Self.quick, environment: ["OMP_NUM_THREADS": "", "KMP_BLOCKTIME": "garbage", "OMP_PLACES": "?"])
    #expect(empty.code == 0 && empty.errors.isEmpty, "\(empty.errors)")
    let nonsense = try Self.run(Self.quick, environment: ["OMP_NUM_THREADS": "auto"])
    #expect(nonsense.code == 1 && nonsense.output.isEmpty)
    #expect(
      nonsense.errors
        == "error: OMP_NUM_THREADS: \"auto\" is no number of threads; set it to 1 or more, or unset it\n")
    let policy = try Self.run(Self.quick, environment: ["OMP_WAIT_POLICY": "lazy"])
    #expect(policy.errors == "error: OMP_WAIT_POLICY: \"lazy\" is neither active nor passive\n")
  }

  @Test("fewer threads than asked for are said")
  func threadLimit() throws {
    let run = try Self.run(Self.quick + ["--threads", "3"], environment: ["OMP_THREAD_LIMIT": "2"])
    #expect(run.output.contains("only 2 of 3 threads: the system starts no more (ulimit -u, OMP_THREAD_LIMIT)"))
  }

  @Test(arguments: ["medium", "high"]) func fallsBackToAHigherPrecision(_ precision: String) throws {
    let run = try Self.run(Self.quick + ["--precision", precision], environment: ["KOBAI_ISA": "portable"])
    #expect(run.code == 0)
    #expect(run.output.contains("precision \(precision) would not be faster here: highest (fp32) is used"))
  }

  /// One clear line, exit code 64, and nothing written.
  @Test(arguments: [
    (["--epochs", "0"], "--epochs 0: at least one epoch is needed"),
    (["--learning-rate", "-0.1"], "--learning-rate -0.1: it must be positive"),
    (["--learning-rate", "nan"], "--learning-rate nan: it must be positive"),
    (["--batch-size", "0"], "--batch-size 0: at least one image is needed"),
    (["--batch-size", "5000"], "--batch-size 5000: there are only 4,000 images to train on"),
    (["--weight-decay", "-1"], "--weight-decay -1.0: it must not be negative"),
    (["--dropout", "1"], "--dropout 1.0: it must be at least 0 and less than 1"),
    (["--threads", "0"], "--threads 0: at least one thread is needed"),
    (["--validation-split", "1"], "--validation-split 1.0: it must be at least 0 and less than 1"),
    (["--patience", "3"], "--patience 3: it needs --validation-split, the images to watch"),
    (
      ["--model", "alexnet"],
      "The value 'alexnet' is invalid for '--model <model>'. Please provide one of 'simple', 'deep', 'sprint', 'mlp', 'softmax', 'lenet', 'resnet' or 'vgg'."
    ),
    (
      ["--recipe", "marathon"],
      "The value 'marathon' is invalid for '--recipe <recipe>'. Please provide one of 'book', 'sprint', 'sprint-99.5', 'tiny-99', 'tiny-99.5' or 'cifar'."
    ),
    (["--images", "0"], "--images 0: at least one image is needed"),
    (["--images", "5000"], "--images 5000: there are only 4,000 images to train on"),
    (["--images", "50", "--batch-size", "100"], "--batch-size 100: there are only 50 images to train on"),
    (["--epochs", "9223372036854775807"], "--epochs 9223372036854775807: at most 1,000,000"),
    (
      ["--validation-split", "0.00001", "--patience", "1"],
      "--validation-split 1e-05: of 4000 images that is none"
    ),
    (["--validation-split", "0.9999"], "--validation-split 0.9999: of 4000 images that leaves none to train on"),
    (["--dropout", "0.5", "--model", "softmax"], "--dropout 0.5: softmax has no layer for it"),
    (["--save", "a", "--report", "a"], "--save, --metrics and --report need files of their own"),
    (["--betas", "0.9"], "The value '0.9' is invalid for '--betas <betas>'"),
    (["--betas", "0.9,1"], "The value '0.9,1' is invalid for '--betas <betas>'"),
    (["--betas", "0.9,0.99", "--optimizer", "sgd"], "--betas 0.9,0.99: sgd has none; adam and adamw do"),
    (["--cutout", "29"], "--cutout 29: the images are only 28×28"),
    (["--crop", "-3"], "--crop -3: it must not be negative"),
    (
      ["--padding-mode", "mirror"],
      "The value 'mirror' is invalid for '--padding-mode <padding-mode>'. Please provide one of 'constant', 'edge', 'reflect' or 'symmetric'."
    ),
    (["--epochs", "many"], "The value 'many' is invalid for '--epochs <epochs>'"),
    (["--xyzzy"], "Unknown option '--xyzzy'"),
  ])
  func wrongOptionsGetOneLine(_ arguments: [String], _ message: String) throws {
    let run = try Self.run(["--data", "embedded"] + arguments)
    #expect(run.code == 64)
    #expect(run.errors == "error: \(message) (cnn-train --help shows the options)\n")
    #expect(run.output.isEmpty)
  }

  @Test("images that are too small for a network are said to be, with the networks that take them")
  func smallImages() throws {
    func run(_ height: Int, _ width: Int, _ model: String) throws -> Command {
      let folder = try TemporaryFolder()
      try writeImages(height, width, classes: 2, to: folder)
      return try Self.run(["--data", folder.path, "--model", model, "--epochs", "1", "--quiet"])
    }
    for (height, width, model, reason, fitting) in [
      (1, 1, "simple", "conv1: 5×5 kernel exceeds its 1×1 input; add padding ≥ 2", "mlp, softmax"),
      (3, 3, "deep", "pool3: 2×2 window exceeds its 1×1 input; pool less before it", "mlp, softmax"),
      (5, 5, "simple", "pool1: 2×2 window exceeds its 1×1 input; pool less before it", "deep, mlp, softmax"),
      (
        8, 8, "sprint",
        "conv1: 5×5 kernel exceeds the 4×4 that padding -2×-2 leaves of its 8×8 input; leave out at most 1",
        "simple, deep, mlp, softmax, resnet"
      ),
      (
        3, 28, "sprint",
        "conv1: 5×5 kernel exceeds the 0×24 that padding -2×-2 leaves of its 3×28 input; set padding ≥ 1",
        "mlp, softmax"
      ),
    ] {
      let refused = try run(height, width, model)
      #expect(refused.code == 64 && refused.output.isEmpty)
      #expect(
        refused.errors == "error: --model \(model): images of \(height)×\(width) are too small for it (\(reason)); "
          + "for these there are \(fitting) (cnn-train --help shows the options)\n")
      for name in fitting.components(separatedBy: ", ") {
        #expect(try run(height, width, name).code == 0, "\(name) takes \(height)×\(width)")
      }
    }
  }

  @Test("tables are as wide as the terminal; too many classes for it become the pairs that are confused most")
  func narrowTables() throws {
    let folder = try TemporaryFolder()
    try writeImages(4, 4, classes: 256, to: folder)
    let many = try Self.run(["--data", folder.path, "--model", "mlp", "--epochs", "1"])
    // A path is as long as it is.
    #expect(many.code == 0 && many.lines.allSatisfy { $0.count <= 132 || $0.contains(folder.path) }, "\(many.errors)")
    let start = try #require(many.lines.firstIndex(of: "most confused: label as prediction"))
    #expect(many.lines[start + 1].wholeMatch(of: /\d+× +\d+ as +\d+  \(recall of \d+: \d+\.\d\d %\)/) != nil)
    #expect(many.lines[start + 11].hasPrefix("weights    "), "ten pairs")
    let training = ["--data", "embedded", "--model", "sprint", "--epochs", "1", "--no-augment"]
    let narrow = try Self.run(training, environment: ["COLUMNS": "40"]).lines
    let table = try #require(narrow.firstIndex { $0.hasPrefix("layer ") })
    #expect(narrow[table] == "layer                         parameters")
    #expect(narrow[table + 1] == "conv1    Conv2D 16 @ 5×5, p…         416")
    #expect(narrow[table + 7] == "affine1  Affine 64                32,832")
    #expect(narrow[table + 11].trimmingCharacters(in: .whitespaces) == "42,282")
    let confused = try #require(narrow.firstIndex(of: "most confused: label as prediction"))
    #expect(narrow[(confused + 1)...(confused + 10)].allSatisfy { $0.count <= 40 && $0.contains(" as ") })
    #expect(narrow.contains { $0.wholeMatch(of: /epoch 1\/1  test \d+\.\d\d %/) != nil }, "\(narrow)")
    let wide = try Self.run(training, environment: ["COLUMNS": "80"]).lines
    #expect(wide.contains("conv1    Conv2D 16 @ 5×5, padding -2×-2  16×20×20         416"))
    #expect(wide.contains { $0.hasPrefix("label │") })
  }

  @Test("without --batch-size it is what there are images for") func fewImagesLeft() throws {
    for recipe in ["book", "sprint", "sprint-99.5", "tiny-99"] {
      let run = try Self.run(["--data", "embedded", "--recipe", recipe, "--epochs", "1", "--validation-split", "0.99"])
      #expect(run.code == 0 && run.output.contains(" in batches of 40, "), "\(run.errors)")
    }
  }

  @Test(
    "the tiny recipes' networks are as small as their documentation says",
    arguments: [("99", "1,898"), ("99.5", "4,922")])
  func tinyNetworks(_ percent: String, _ parameters: String) throws {
    let run = try Self.run(["--data", "embedded", "--recipe", "tiny-\(percent)", "--epochs", "1", "--images", "200"])
    let table = run.lines.map { $0.trimmingCharacters(in: .whitespaces) }
    #expect(run.code == 0 && table.contains(parameters), "\(run.output)")
  }

  /// Twice as many images as classes, of noise.
  private func writeImages(_ height: Int, _ width: Int, classes: Int, to folder: TemporaryFolder) throws {
    var random = TestRandom(4)
    let count = 2 * classes
    for name in ["train", "t10k"] {
      let pixels = (0..<count * height * width).map { _ in UInt8(truncatingIfNeeded: random.bits()) }
      try folder.write(
        IDXFile.images(count, height: height, width: width, pixels), to: "\(name)-images-idx3-ubyte")
      try folder.write(
        IDXFile.labels((0..<count).map { UInt8($0 % classes) }), to: "\(name)-labels-idx1-ubyte")
    }
  }

  @Test func wrongPathsGetOneLine() throws {
    let folder = try TemporaryFolder()
    try folder.write([1, 2, 3], to: "train-images-idx3-ubyte")
    for (arguments, message) in [
      (
        ["--data", folder / "none"],
        "\(folder / "none"): no such folder; name one that holds train-images-idx3-ubyte and its companions"
      ),
      (["--data", folder.path], "\(folder.path): holds no train-labels-idx1-ubyte (.gz or plain)"),
      (
        ["--data", "embedded", "--save", folder / "no/model"],
        "\(folder / "no/model"): cannot be written: No such file or directory"
      ),
      (["--data", "embedded", "--save", folder.path], "\(folder.path): is a directory; name a file in it"),
      (
        ["--data", "embedded", "--metrics", folder / "no/metrics"],
        "\(folder / "no/metrics"): cannot be written: No such file or directory"
      ),
    ] {
      let run = try Self.run(arguments)
      #expect(run.code == 1)
      #expect(run.errors == "error: \(message)\n")
      #expect(run.output.isEmpty)
    }
    #expect(try folder.contents() == ["train-images-idx3-ubyte"])
    let isa = try Self.run(["--data", "embedded"], environment: ["KOBAI_ISA": "mmx"])
    #expect(
      isa.code == 1
        && isa.errors.hasPrefix("error: KOBAI_ISA: \"mmx\" is no instruction set; this machine runs portable"))
  }

  @Test func wrongOptionsLeaveFilesAlone() throws {
    let folder = try TemporaryFolder()
    try folder.write([1, 2, 3], to: "m.jsonl")
    let run = try Self.run(["--data", "embedded", "--metrics", folder / "m.jsonl", "--batch-size", "100000"])
    #expect(run.code == 64)
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder / "m.jsonl")) == Data([1, 2, 3]))
  }

  @Test func aFullOutputIsSaidAtTheEnd() throws {
    let folder = try TemporaryFolder()
    let run = try Command.run("cnn-train", Self.quick + ["--save", folder / "w"], writingTo: "/dev/full")
    #expect(run.code == 1 && run.errors.hasPrefix("error: standard output: cannot be written"), "\(run.errors)")
    #expect(try folder.contents() == ["w"], "the training went on and was saved")
  }

  @Test func aDivergingTrainingKeepsTheLastGoodWeights() throws {
    let folder = try TemporaryFolder()
    let run = try Self.run(
      ["--data", "embedded", "--model", "mlp", "--optimizer", "sgd", "--learning-rate", "1e20", "--save", folder / "w"])
    #expect(run.code == 1)
    #expect(run.errorLines.count == 1)
    #expect(run.errors.hasPrefix("error: the loss is no longer a number at step "))
    #expect(run.errors.hasSuffix("lower the learning rate; they are in \(folder / "w")\n"))
    #expect(try folder.contents() == ["w"])
  }

  @Test("so does one whose last step diverges, which only the evaluation shows") func divergesAtTheEnd() throws {
    let folder = try TemporaryFolder()
    let run = try Self.run([
      "--data", "embedded", "--model", "mlp", "--images", "100", "--epochs", "1", "--optimizer", "sgd", "--schedule",
      "constant", "--learning-rate", "1e30", "--save", folder / "w", "--metrics", folder / "m",
    ])
    #expect(run.code == 1 && run.errorLines.count == 1, "\(run.errors)")
    #expect(
      run.errors == "error: the loss is no longer a number at step 1 (epoch 1); the weights after 0 steps are kept; "
        + "lower the learning rate; they are in \(folder / "w")\n")
  }

  @Test func interruptEndsAfterTheStepAndSaves() throws {
    let folder = try TemporaryFolder()
    let run = try Self.run(
      ["--data", "embedded", "--epochs", "10000", "--save", folder / "w", "--metrics", folder / "m"],
      interruptWhen: { (try? Data(contentsOf: URL(fileURLWithPath: folder / "m")))?.isEmpty == false })
    #expect(run.code == 130)
    #expect(run.output.contains(" steps, as asked"))
    #expect(run.output.contains("weights    saved to \(folder / "w")"))
    #expect(try folder.contents() == ["m", "w"])
  }

  @Test func helpNamesEveryOption() throws {
    let run = try Self.run(["--help"])
    #expect(run.code == 0)
    for option in [
      "--data", "--recipe", "--model", "--epochs", "--images", "--batch-size", "--betas", "--optimizer",
      "--learning-rate", "--schedule",
      "--weight-decay", "--dropout", "--augment", "--seed", "--threads", "--precision", "--validation-split",
      "--patience", "--save", "--metrics", "--quiet", "--checkpoint-dir", "--resume", "--ema", "--clip-norm",
    ] { #expect(run.output.contains(option)) }
  }
}
