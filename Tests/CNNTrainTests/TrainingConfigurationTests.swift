import ArgumentParser
import Foundation
import Kobai
import KobaiData
import KobaiTraining
import Testing

@testable import cnn_train

/// What arguments come to for a task of ten classes.
func configuration(_ arguments: String, images: Int = 60_000) throws -> TrainingConfiguration {
  let options = try ConfigurationOptions.parse(arguments.split(separator: " ").map(String.init))
  return try TrainingConfiguration(
    typed: options.typed(), preset: options.preset,
    data: DataSize(images: images, classes: 10, input: [1, 28, 30]))
}

/// The table of fields, and what goes through it.
@Suite("A training's configuration")
struct TrainingConfigurationTests {
  private func values(_ configuration: TrainingConfiguration) -> [String: String] {
    Dictionary(uniqueKeysWithValues: configuration.options.map { ($0.name, $0.value) })
  }

  @Test("an error shows what a file says, of which a terminal obeys nothing") func printableErrors() {
    #expect(Failure("trained on a\u{8}b\u{1b}[2J").description == "trained on a\u{fffd}b\u{fffd}[2J")
  }

  @Test("every field has a name and a key of its own; what has no default may stay unset") func table() throws {
    let fields = TrainingFields.all
    #expect(fields.count == Mirror(reflecting: TrainingFields.table).children.count, "every property is a field")
    #expect(Set(fields.map(\.name)).count == fields.count && Set(fields.map(\.key.stringValue)).count == fields.count)
    let help = ConfigurationOptions.helpMessage()
    for field in fields { #expect(help.contains("--\(field.name)")) }
    _ = try JSONEncoder().encode(configuration(""))  // which has a value for each that is not optional
  }

  @Test("the book's training on many images, and what few images change") func book() throws {
    let book = try configuration("")
    #expect(book.summary == "20 epochs in batches of 100, adam 0.001 constant, seed 0")
    #expect(
      values(book) == [
        "orientation": "auto", "class-names": "those of the data", "target": "found by its name", "ignore": "none",
        "task": "classification", "image-size": "that of most pictures", "skip-unreadable": "not", "model": "simple",
        "network": "none", "epochs": "20", "images": "all",
        "batch-size": "100", "accumulate": "1", "shards": "none", "optimizer": "adam",
        "learning-rate": "0.001", "base-batch-size": "that of the steps", "betas": "0.9,0.999",
        "momentum": "0.9", "schedule": "constant", "pct-start": "0.3", "anneal-strategy": "cos", "warmup": "0",
        "weight-decay": "0.0", "clip-norm": "none",
        "clip-value": "none",
        "ema": "none", "label-smoothing": "0.0", "class-weights": "none", "dropout": "none", "freeze": "none",
        "augment": "false", "flip": "false", "crop": "0", "padding-mode": "constant", "cutout": "0",
        "standardize": "false", "seed": "0", "validation-split": "0.0", "patience": "none", "precision": "highest",
      ])
    #expect(try configuration("--recipe book").options.map(\.value) == book.options.map(\.value))
    let few = try configuration("", images: 9_999)
    #expect(few.summary == "40 epochs in batches of 100, adam 0.003 one-cycle, augmented, seed 0")
    #expect(try configuration("", images: 10_000).summary == book.summary)
  }

  @Test("an option has the value of the uppermost layer that sets it") func layers() throws {
    #expect(
      try configuration("--recipe sprint").summary
        == "1 epoch in batches of 96, adam 0.04 triangular, 36,000 images, betas 0.7,0.9, label smoothing 0.12, seed 0")
    #expect(
      try configuration("--recipe sprint", images: 4_000).summary
        == "9 epochs in batches of 96, adam 0.04 triangular, betas 0.7,0.9, label smoothing 0.12, seed 0")
    let typed = try configuration("--recipe sprint --optimizer sgd --epochs 3 --augment --seed 7", images: 4_000)
    #expect(
      typed.summary == "3 epochs in batches of 96, sgd 0.04 triangular, label smoothing 0.12, augmented, seed 7",
      "betas do not go with sgd")
    #expect(values(typed)["model"] == "sprint" && values(typed)["standardize"] == "true")
    let rate = try configuration("--no-augment --schedule cosine --optimizer rmsprop", images: 4_000)
    #expect(rate.summary == "40 epochs in batches of 100, rmsprop 0.001 cosine, seed 0")
    let cifar = try configuration("--recipe cifar", images: 50_000)
    #expect(
      cifar.summary
        == "18 epochs in batches of 256, nesterov 0.4 one-cycle, pct-start 0.25, linear annealing, weight decay 0.0005, "
        + "label smoothing 0.1, flipped, cropped by 4, reflect padding, seed 0")
    #expect(values(cifar)["model"] == "resnet" && values(cifar)["standardize"] == "true")
    let long = try configuration("--recipe sprint-99.5 --seed 3")
    #expect(
      long.summary
        == "4 epochs in batches of 128, adam 0.02 triangular, betas 0.7,0.9, label smoothing 0.1, augmented, seed 3")
    #expect(values(long)["model"] == "that of --network" && values(long)["network"] == "sprint-99.5")
    #expect(try configuration("--recipe sprint-99.5", images: 6_000).epochs == 40, "as many steps")
    let tiny = try configuration("--recipe tiny-99")
    #expect(
      tiny.summary == "30 epochs in batches of 128, adam 0.02 triangular, betas 0.8,0.95, augmented, seed 0")
    #expect(values(tiny)["network"] == "tiny-99" && values(tiny)["standardize"] == "true")
    let named = try configuration("--recipe sprint-99.5 --model lenet")
    #expect(values(named)["model"] == "lenet" && values(named)["network"] == "none")
    let small = #expect(throws: ValidationError.self) {
      try TrainingConfiguration(
        typed: ConfigurationLayer(), preset: .longSprint,
        data: DataSize(images: 60_000, classes: 10, input: [1, 8, 8]))
    }
    #expect(
      small?.message
        == "--recipe sprint-99.5: its network does not take images of 1×8×8 (conv2: 3×3 kernel exceeds its 2×2 input; add "
        + "padding ≥ 1); name another with --model")
    #expect(try configuration("--images 30").batchSize == 30)
    #expect(try configuration("--recipe sprint --validation-split 0.99", images: 4_000).batchSize == 40)
  }

  @Test("every option that changes a training is in the line about it") func summary() throws {
    let all = try configuration(
      "--images 500 --betas 0.8,0.9 --warmup 5 --weight-decay 0.01 --clip-norm 2 --ema 0.99 --label-smoothing 0.1 "
        + "--class-weights 1,1,1,1,1,1,1,1,1,2.5 --augment --seed 9")
    #expect(
      all.summary
        == "20 epochs in batches of 100, adam 0.001 constant, 500 images, betas 0.8,0.9, warm-up 5 steps, "
        + "weight decay 0.01, norm at most 2.0, averaged by 0.99, label smoothing 0.1, weighted classes, augmented, "
        + "seed 9")
    #expect(try configuration("--clip-value 0.5").summary.contains(", gradients within ±0.5, "))
    #expect(values(all)["class-weights"] == "1,1,1,1,1,1,1,1,1,2.5")
  }

  @Test("a problem names the option that was typed, its value and the reason") func problems() throws {
    for (arguments, problem) in [
      ("--warmup -1", "--warmup -1: it must not be negative"),
      ("--clip-norm 1 --clip-value 2", "--clip-norm 1.0: it excludes --clip-value; give one of them"),
      ("--validation-split 0.99999 --images 5", "--images 5: there are only 1 images to train on"),
      ("--validation-split 0.999999", "--validation-split 0.999999: of 60000 images that leaves none to train on"),
      (
        "--class-weights 0,0,0,0,0,0,0,0,0,0",
        "--class-weights 0,0,0,0,0,0,0,0,0,0: 10 numbers are needed, none negative, not all zero"
      ),
      ("--class-weights 1,a", "--class-weights 1,nan: 10 numbers are needed, none negative, not all zero"),
      ("--betas 0.5,0.5 --optimizer nesterov", "--betas 0.5,0.5: nesterov has none; adam and adamw do"),
    ] {
      let error = #expect(throws: ValidationError.self) { try configuration(arguments) }
      #expect(error?.message == problem)
    }
  }

  @Test("--momentum is PyTorch's, for the optimizers that have one") func momentum() throws {
    let nesterov = try configuration("--optimizer nesterov --momentum 0.5")
    #expect((nesterov.makeOptimizer() as? Nesterov)?.momentum == 0.5)
    #expect(nesterov.summary == "20 epochs in batches of 100, nesterov 0.01 constant, momentum 0.5, seed 0")
    let read = try JSONDecoder().decode(TrainingConfiguration.self, from: JSONEncoder().encode(nesterov))
    #expect(read.momentum == 0.5)
    let standard = try configuration("--optimizer momentum")
    #expect((standard.makeOptimizer() as? Momentum)?.momentum == 0.9)
    #expect(try standard.conflicts(with: ConfigurationOptions.parse(["--momentum", "0.9"]).typed()) == [])
    #expect(
      try standard.conflicts(with: ConfigurationOptions.parse(["--momentum", "0"]).typed())
        == ["--momentum 0.0, not 0.9"])
    for (arguments, problem) in [
      ("--momentum 1 --optimizer momentum", "--momentum 1.0: it must be at least 0 and less than 1"),
      ("--momentum 0.9", "--momentum 0.9: adam has none; momentum and nesterov do"),
    ] {
      let error = #expect(throws: ValidationError.self) { try configuration(arguments) }
      #expect(error?.message == problem)
    }
  }

  @Test("--flip, --crop, --padding-mode and --cutout change training images as torchvision does") func augmentation()
    throws
  {
    let all = try configuration("--flip --crop 4 --padding-mode reflect --cutout 8")
    #expect(
      all.augmentation
        == Augmentation(
          shift: 0, rotation: 0, scale: 0, horizontalFlip: 0.5, crop: 4, padding: .reflect, cutout: 8))
    #expect(
      all.summary
        == "20 epochs in batches of 100, adam 0.001 constant, flipped, cropped by 4, reflect padding, cutout 8, seed 0")
    let read = try JSONDecoder().decode(TrainingConfiguration.self, from: JSONEncoder().encode(all))
    #expect(read.augmentation == all.augmentation && read.options.map(\.value) == all.options.map(\.value))
    #expect(
      try all.conflicts(with: ConfigurationOptions.parse(["--no-flip", "--crop", "2"]).typed())
        == ["--flip false, not true", "--crop 2, not 4"])
    #expect(try configuration("").augmentation == nil)
    #expect(try configuration("--augment").augmentation == .digits)
    var both = Augmentation.digits
    both.horizontalFlip = 0.5
    #expect(try configuration("--augment --flip").augmentation == both)
    #expect(
      try configuration("--flip", images: 4_000).augment == false, "few images are changed as was asked for alone")
    for (arguments, problem) in [
      ("--crop -1", "--crop -1: it must not be negative"),
      ("--cutout -2", "--cutout -2: it must not be negative"),
      ("--cutout 29", "--cutout 29: the images are only 28×30"),
      ("--crop 28", "--crop 28: images of 28×30 take 27 at most"),
      ("--padding-mode edge", "--padding-mode edge: it needs --crop, the pixels to put around images"),
      (
        "--augment --crop 2 --padding-mode edge",
        "--augment: what is rotated has black beyond its edge; leave it out, or --padding-mode edge"
      ),
    ] {
      let error = #expect(throws: ValidationError.self) { try configuration(arguments) }
      #expect(error?.message == problem)
    }
    #expect(try configuration("--crop 28 --padding-mode symmetric").crop == 28)
  }

  @Test("--pct-start and --anneal-strategy are PyTorch's OneCycleLR") func schedule() throws {
    let linear = try configuration("--schedule one-cycle --pct-start 0.25 --anneal-strategy linear")
    #expect(
      linear.summary
        == "20 epochs in batches of 100, adam 0.003 one-cycle, pct-start 0.25, linear annealing, seed 0")
    let wanted = Schedule.oneCycle(warmup: 0.25, annealing: .linear)
    for step in [0, 10, 25, 60, 99] {
      #expect(
        linear.learningRateSchedule.rate(1, step: step, perEpoch: 10, total: 100)
          == wanted.rate(1, step: step, perEpoch: 10, total: 100))
    }
    let read = try JSONDecoder().decode(TrainingConfiguration.self, from: JSONEncoder().encode(linear))
    #expect(read.pctStart == 0.25 && read.annealStrategy == .linear)
    for (arguments, problem) in [
      ("--pct-start 0.25", "--pct-start 0.25: constant has none; one-cycle and triangular do"),
      ("--pct-start 1 --schedule one-cycle", "--pct-start 1.0: it must be at least 0 and less than 1"),
      (
        "--anneal-strategy linear --schedule triangular",
        "--anneal-strategy linear: triangular has none; one-cycle does"
      ),
    ] {
      let error = #expect(throws: ValidationError.self) { try configuration(arguments) }
      #expect(error?.message == problem)
    }
  }

  @Test("--accumulate, --freeze and --optimizer muon") func fineTuning() throws {
    let all = try configuration("--accumulate 4 --freeze conv,affine1.bias --optimizer muon")
    #expect(
      all.summary
        == "20 epochs in batches of 100, muon 0.02 constant, 4 batches a step, conv,affine1.bias frozen, seed 0")
    #expect(all.makeOptimizer() is Muon && all.trainerOptions(evaluatingOn: .test).accumulate == 4)
    let read = try JSONDecoder().decode(TrainingConfiguration.self, from: JSONEncoder().encode(all))
    #expect(read.freeze == ["conv", "affine1.bias"] && read.accumulate == 4 && read.optimizer == .muon)
    #expect(
      try all.conflicts(with: ConfigurationOptions.parse(["--freeze", "conv"]).typed()) == [
        "--freeze conv, not conv,affine1.bias"
      ])
    for (arguments, problem) in [
      ("--accumulate 0", "--accumulate 0: at least one batch is needed"),
      ("--freeze ,", "--freeze : at least one name, or its beginning, is needed"),
      ("--optimizer muon --momentum 0.9", "--momentum 0.9: muon's is always 0.95"),
      ("--optimizer muon --betas 0.9,0.9", "--betas 0.9,0.9: muon has none; adam and adamw do"),
    ] {
      let error = #expect(throws: ValidationError.self) { try configuration(arguments) }
      #expect(error?.message == problem)
    }
    let digits = try Dataset.embedded()
    for (prefixes, problem) in [
      (
        "dense",
        "--freeze dense: no parameter's name begins like that; they are affine1.weight, affine1.bias, affine2.weight, affine2.bias, …"
      ),
      (
        "affine,norm",
        "--freeze norm: no parameter's name begins like that; they are affine1.weight, affine1.bias, affine2.weight, affine2.bias, …"
      ),
      ("a", "--freeze a: that leaves nothing to train"),
    ] {
      let asked = try configuration("--model mlp --freeze \(prefixes)")
      let error = #expect(throws: ValidationError.self) {
        try ConfiguredTraining(asked, TrainingData(digits), .default)
      }
      #expect(error?.message == problem)
    }
    let training = try ConfiguredTraining(try configuration("--freeze conv"), TrainingData(digits), .default)
    #expect(training.network.parameters.trainableCount == 433_110)
  }

  @Test("a request to stop that comes while an epoch is evaluated is met before another step") func stops() throws {
    final class Clock: TrainingObserver {
      var isLate = false
      var steps = 0
      func stepEnded(_ step: Trainer.Step, _ trainer: Trainer) { steps += 1 }
      func epochEnded(_ epoch: EpochRecord, _ trainer: Trainer) { isLate = true }
    }
    let training = try ConfiguredTraining(
      try configuration("--model softmax --epochs 3 --images 200 --batch-size 50"), TrainingData(.embedded()), .default)
    let clock = Clock()
    let result = try training.trainer.run(observers: [clock, StopsWhenInterrupted(isRequested: { clock.isLate })])
    #expect(result.ending == .stopped && clock.steps == 4 && result.epochs == 1)
  }

  @Test("what is typed for a resumed training has to be what it was made with") func conflicts() throws {
    let made = try configuration("--recipe sprint", images: 4_000)
    func conflicts(_ arguments: String) throws -> [String] {
      try made.conflicts(with: ConfigurationOptions.parse(arguments.split(separator: " ").map(String.init)).typed())
    }
    #expect(try conflicts("--data elsewhere --betas 0.7,0.9 --label-smoothing 0.12 --standardize --seed 0") == [])
    #expect(
      try conflicts("--no-standardize --betas 0.9,0.999 --label-smoothing 0 --ema 0.9 --class-names a,b")
        == [
          "--class-names a,b, not those of the data", "--betas 0.9,0.999, not 0.7,0.9", "--ema 0.9, not none",
          "--label-smoothing 0.0, not 0.12", "--standardize false, not true",
        ])
    #expect(try configuration("").conflicts(with: ConfigurationOptions.parse(["--betas", "0.9,0.999"]).typed()) == [])
  }
}

/// What checkpoints carry, also those from before there was a table.
@Suite("The manifest of a run")
struct RunManifestTests {
  private let configuration = """
    {"validationSplit":0.25,"epochs":2,"warmup":0,"schedule":"one-cycle","betas":{"first":0.8,"second":0.99},\
    "classWeights":[1,1,1,1,1,1,1,1,1,2],"optimizer":"adam","learningRate":0.003,"model":"mlp","labelSmoothing":0.1,\
    "augments":true,"batchSize":100,"seed":18446744073709551615,"data":"embedded","clipNorm":2,"precision":"highest",\
    "weightDecay":0,"standardizes":false,"images":300}
    """

  private func decoded(_ text: String) throws -> TrainingConfiguration {
    try JSONDecoder().decode(TrainingConfiguration.self, from: Data(text.utf8))
  }

  @Test("one that was written before reads as it was") func earlier() throws {
    let text = """
      {"dataDigest":"2eda","dataName":"embedded digits","epochs":[{"learningRate":0.002435237,"validationLoss":2.25,\
      "trainAccuracy":0.125,"trainLoss":2.5,"seconds":0.5,"validationAccuracy":0.1875,"imagesPerSecond":600,"epoch":1}],\
      "recipe":\(configuration)}
      """
    let manifest = try JSONDecoder().decode(RunManifest.self, from: Data(text.utf8))
    #expect(manifest.dataName == "embedded digits" && manifest.dataDigest == "2eda")
    #expect(
      manifest.epochs == [
        EpochRecord(
          number: 1, trainLoss: 2.5, trainMetrics: ["accuracy": 0.125],
          evaluation: .init(on: .validation, loss: 2.25, metrics: ["accuracy": 0.1875]), learningRate: 0.002435237,
          seconds: 0.5, samples: 300)
      ])
    #expect(
      manifest.configuration.summary
        == "2 epochs in batches of 100, adam 0.003 one-cycle, 300 images, betas 0.8,0.99, norm at most 2.0, "
        + "label smoothing 0.1, weighted classes, augmented, seed 18446744073709551615")
    #expect(manifest.configuration.orientation == nil, "it is from before images were turned")
    // It is written as it was read.
    func object(_ data: Data) throws -> NSDictionary? { try JSONSerialization.jsonObject(with: data) as? NSDictionary }
    #expect(try object(JSONEncoder().encode(manifest)) == object(Data(text.utf8)))
  }

  @Test("a field that is younger than the file has its default; one that is not is missed") func missing() throws {
    let older = try decoded(configuration.replacing(#""labelSmoothing":0.1,"#, with: ""))
    #expect(older.labelSmoothing == 0)
    #expect(throws: DecodingError.self) { try decoded(configuration.replacing(#""learningRate":0.003,"#, with: "")) }
    #expect(throws: DecodingError.self) { try decoded(configuration.replacing(#""mlp""#, with: #""none""#)) }
  }

  @Test("what is read is checked as what is typed") func impossible() throws {
    let data = DataSize(images: 4_000, classes: 10)
    #expect(try decoded(configuration).problem(for: data) == nil)
    for (good, bad, problem) in [
      (#""epochs":2"#, #""epochs":0"#, "--epochs 0: at least one epoch is needed"),
      (
        #""validationSplit":0.25"#, #""validationSplit":2"#,
        "--validation-split 2.0: it must be at least 0 and less than 1"
      ),
      (#""optimizer":"adam""#, #""optimizer":"sgd""#, "--betas 0.8,0.99: sgd has none; adam and adamw do"),
      (#""images":300"#, #""images":3001"#, "--images 3001: there are only 3,000 images to train on"),
    ] {
      #expect(try decoded(configuration.replacing(good, with: bad)).problem(for: data) == problem)
    }
  }
}
