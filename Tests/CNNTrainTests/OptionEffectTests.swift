import Kobai
import KobaiData
import KobaiTraining
import Testing

@testable import cnn_train

/// Each option that is about a training changes the weights that it ends with, and does so as it says: where two ways of saying
/// something mean the same, they end with the same bits.
@Suite("What each option changes")
struct OptionEffectTests {
  /// The digest of the weights of a short training, on images that are part of the program.
  private func digest(_ arguments: String, base: String = Self.base) throws -> String {
    let training = try training("\(base) \(arguments)")
    try training.trainer.run(observers: [])
    return training.network.weightsSHA256
  }

  private func training(_ words: String) throws -> ConfiguredTraining {
    let options = try ConfigurationOptions.parse(words.split(separator: " ").map(String.init))
    let data = TrainingData(try .embedded())
    let configuration = try TrainingConfiguration(
      typed: options.typed(), preset: options.preset, data: data.trainingSize)
    return try ConfiguredTraining(configuration, data, Kernels(threads: 1))
  }

  /// The classes of the first samples that a training sees.
  private func firstClasses(_ words: String) throws -> [Int32] {
    let training = try training(words)
    let batches = training.configuration.trainingBatches(
      of: training.data.train, at: training.trainingIndices, training.normalization)
    batches.startEpoch(0, on: training.network.kernels)
    var classes = [Int32](repeating: -1, count: 50)
    try batches.loadClasses(0..<50, into: classes.mutableSpan)
    return classes
  }

  private static let base = "--model mlp --epochs 1 --images 200 --batch-size 50 --no-augment"
  private static let optimizers = ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "muon"]

  @Test("every optimizer trains other weights, and so does each of them at another rate and with weight decay")
  func optimizers() throws {
    var digests: [String] = []
    for optimizer in Self.optimizers {
      for more in ["", " --learning-rate 0.007", " --weight-decay 0.2"] {
        digests.append(try digest("--schedule constant --optimizer \(optimizer)\(more)"))
      }
      #expect(try digest("--schedule constant --optimizer \(optimizer) --weight-decay 0") == digests[digests.count - 3])
    }
    // Without decay, AdamW is Adam.
    #expect(digests[18] == digests[15] && Set(digests).count == digests.count - 2)
  }

  @Test("every schedule trains other weights, and so do its options") func schedules() throws {
    // A step comes after ten epochs.
    func run(_ arguments: String) throws -> String {
      try digest(
        "--epochs 11 --optimizer sgd \(arguments)", base: "--model mlp --images 100 --batch-size 50 --no-augment"
      )
    }
    let digests = try [
      "--schedule constant", "--schedule constant --warmup 3", "--schedule step", "--schedule cosine",
      "--schedule triangular",
      "--schedule one-cycle", "--schedule one-cycle --pct-start 0.5", "--schedule one-cycle --anneal-strategy linear",
      "--schedule triangular --pct-start 0.6",
    ].map(run)
    #expect(Set(digests).count == digests.count)
    #expect(try run("--schedule one-cycle --pct-start 0.3") == digests[5])
    #expect(try run("--schedule one-cycle --anneal-strategy cos") == digests[5])
    #expect(try run("--schedule constant --warmup 0") == digests[0])
  }

  @Test(
    "every other option trains other weights, and at the value that changes nothing those of without it",
    arguments: [
      ("--optimizer momentum", "--momentum 0.5", "--momentum 0.9"),
      ("--optimizer nesterov", "--momentum 0.5", "--momentum 0.9"),
      ("--optimizer adam", "--betas 0.8,0.999", "--betas 0.9,0.999"),
      ("--optimizer adam", "--betas 0.9,0.9", "--betas 0.9,0.999"),
      ("--optimizer adamw", "--betas 0.8,0.9", "--betas 0.9,0.999"),
      ("", "--clip-norm 0.1", "--clip-norm 1e9"), ("", "--clip-value 0.001", "--clip-value 1e9"),
      ("", "--ema 0.9", ""), ("", "--label-smoothing 0.3", "--label-smoothing 0"),
      ("", "--class-weights 1,1,9,1,1,1,1,1,1,1", ""), ("", "--dropout 0.4", "--dropout 0"),
      ("", "--freeze affine2", ""), ("", "--flip", "--no-flip"), ("", "--crop 3", "--crop 0"),
      ("--crop 3", "--padding-mode edge", "--padding-mode constant"), ("", "--cutout 9", "--cutout 0"),
      ("", "--standardize", "--no-standardize"), ("", "--seed 4", "--seed 0"),
      ("", "--validation-split 0.5", "--validation-split 0"), ("", "--accumulate 2", "--accumulate 1"),
      ("", "--shards 3", "--shards 1"), ("--warmup 0", "--base-batch-size 10", "--base-batch-size 50"),
      ("", "--base-batch-size 50", "--base-batch-size 50 --warmup 0"),
    ])
  func others(_ given: String, _ change: String, _ nothing: String) throws {
    let plain = try digest("--schedule constant \(given)")
    #expect(try digest("--schedule constant \(given) \(change)") != plain, "\(change) is ignored")
    #expect(try digest("--schedule constant \(given) \(nothing)") == plain, "\(nothing) changes something")
  }

  @Test("the seed is that of the first weights, of the order of samples, and of what is set aside") func seeds() throws
  {
    let words = "\(Self.base) --seed"
    #expect(try training("\(words) 4").network.weightsSHA256 != training("\(words) 5").network.weightsSHA256)
    // Of all images: which ones --images takes depends on the seed, too.
    let all = "--model mlp --epochs 1 --batch-size 50 --no-augment --seed"
    #expect(try firstClasses("\(all) 4") != firstClasses("\(all) 5"))
    #expect(try firstClasses("\(all) 4") == firstClasses("\(all) 4"))
    let split = "\(Self.base) --validation-split 0.5 --seed"
    #expect(try Set(training("\(split) 4").trainingIndices) != Set(training("\(split) 5").trainingIndices))
  }

  @Test("evaluations are on what is set aside, and their losses without what the training's asks for besides")
  func evaluations() throws {
    func evaluation(_ more: String) throws -> EpochRecord.Score? {
      var evaluation: EpochRecord.Score?
      try training("\(Self.base) --optimizer sgd --learning-rate 1e-30 \(more)").trainer.run(onEpoch: { record in
        evaluation = record.evaluation
      })
      return evaluation
    }
    let (plain, smoothed) = (try evaluation(""), try evaluation("--label-smoothing 0.4"))
    #expect(plain?.loss == smoothed?.loss && plain?.set == .test)
    let weighted = try evaluation("--class-weights 1,1,9,1,1,1,1,1,1,1")
    #expect(weighted?.loss == plain?.loss)
    let validation = try evaluation("--validation-split 0.5")
    #expect(validation?.set == .validation && validation?.loss != plain?.loss)
  }

  @Test("sizes, the network and augmentation as well; parts of a batch are the batch") func sizes() throws {
    let (model, images, batch) = ("--model mlp", "--images 200", "--batch-size 50")
    func run(_ words: String...) throws -> String {
      try digest("--schedule constant", base: words.joined(separator: " "))
    }
    let digests = try [
      run(model, images, batch, "--epochs 1 --no-augment"), run(model, images, batch, "--epochs 2 --no-augment"),
      run("--model softmax", images, batch, "--epochs 1 --no-augment"),
      run(model, "--images 150", batch, "--epochs 1 --no-augment"),
      run(model, images, "--batch-size 100", "--epochs 1 --no-augment"),
      run(model, images, batch, "--epochs 1 --augment"),
    ]
    #expect(Set(digests).count == digests.count)
    #expect(try run(model, images, "--batch-size 25 --accumulate 4", "--epochs 1 --no-augment") == digests[4])
  }
}
