import ArgumentParser
import Kobai
import KobaiData
import KobaiTraining

/// The options of a training, as typed. What is left out comes from the ``Recipe``.
struct TrainOptions: ParsableArguments {
  @Option(help: "What to train on: auto (cached or fetched MNIST, else embedded), embedded, or a folder of IDX files.")
  var data = "auto"
  @Option(help: "The network.")
  var model = Model.simple
  @Option(parsing: .unconditional, help: "Passes over the training images. (default: 20; 40 on few images)")
  var epochs: Int?
  @Option(parsing: .unconditional, help: "Images in a step.")
  var batchSize = 100
  @Option(help: "The update rule.")
  var optimizer = OptimizerName.adam
  @Option(
    parsing: .unconditional,
    help: "The highest learning rate. (default: 0.001 for adam, adamw and rmsprop, else 0.01; 0.003 on few images)")
  var learningRate: Float?
  @Option(help: "How the learning rate changes. (default: constant; one-cycle on few images)")
  var schedule: ScheduleName?
  @Option(parsing: .unconditional, help: "L2 penalty on weights.")
  var weightDecay: Float = 0
  @Option(
    parsing: .unconditional,
    help: "Dropout rate before the last layer, after each hidden layer of mlp. (default: 0.5 for deep, else 0)")
  var dropout: Float?
  @Flag(inversion: .prefixedNo, help: "Shift, rotate and scale the training images at random. (default: on few images)")
  var augment: Bool?
  @Flag(help: "Scale inputs to mean 0 and deviation 1 (0.1307, 0.3081) instead of 0 to 1.")
  var standardize = false
  @Option(parsing: .unconditional, help: "Seed of the first weights, the shuffling, dropout and augmentation.")
  var seed: UInt64 = 0
  @Option(parsing: .unconditional, help: "Threads. (default: OMP_NUM_THREADS, or all processors)")
  var threads: Int?
  @Option(help: "Precision of the products: highest (fp32), high, medium; each falls back to the next higher one.")
  var precision = Precision.highest
  @Option(parsing: .unconditional, help: "Share of the training images set aside to validate on, 0 to less than 1.")
  var validationSplit: Double = 0
  @Option(
    parsing: .unconditional,
    help: "Stop after this many epochs without a better validation accuracy; needs --validation-split.")
  var patience: Int?
  @Option(help: ArgumentHelp("Save the weights as safetensors, which PyTorch reads too.", valueName: "file"))
  var save: String?
  @Option(help: ArgumentHelp("Write one JSON object a line: one for each epoch, then the result.", valueName: "file"))
  var metrics: String?
  @Flag(help: "Print the test accuracy alone.")
  var quiet = false

  func validate() throws {
    func require(_ condition: Bool, _ message: String) throws {
      if !condition { throw ValidationError(message) }
    }
    if let epochs { try require(epochs > 0, "--epochs \(epochs): at least one epoch is needed") }
    try require(batchSize > 0, "--batch-size \(batchSize): at least one image is needed")
    if let rate = learningRate {
      try require(rate > 0 && rate.isFinite, "--learning-rate \(rate): it must be positive")
    }
    try require(weightDecay >= 0 && weightDecay.isFinite, "--weight-decay \(weightDecay): it must not be negative")
    if let dropout {
      try require(dropout >= 0 && dropout < 1, "--dropout \(dropout): it must be at least 0 and less than 1")
    }
    if let threads { try require(threads > 0, "--threads \(threads): at least one thread is needed") }
    try require(
      validationSplit >= 0 && validationSplit < 1,
      "--validation-split \(validationSplit): it must be at least 0 and less than 1")
    if let patience {
      try require(patience > 0, "--patience \(patience): at least one epoch is needed")
      try require(validationSplit > 0, "--patience needs --validation-split, the images to watch")
    }
  }
}

enum Model: String, CaseIterable, ExpressibleByArgument {
  case simple, deep, mlp, softmax

  /// The network for so many classes.
  func architecture(classes: Int, dropout: Float?) -> any Architecture {
    switch self {
    case .simple: SimpleConvNet(classes: classes, dropout: dropout ?? 0)
    case .deep: DeepConvNet(classes: classes, dropout: dropout ?? 0.5)
    case .mlp: MultiLayerNet(classes: classes, dropout: dropout ?? 0)
    case .softmax: SoftmaxRegression(classes: classes)
    }
  }
}

enum OptimizerName: String, CaseIterable, ExpressibleByArgument {
  case sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw

  var defaultRate: Float {
    switch self {
    case .sgd, .momentum, .nesterov, .adagrad: 0.01
    case .rmsprop, .adam, .adamw: 0.001
    }
  }

  func make(learningRate rate: Float, weightDecay decay: Float) -> any Optimizer {
    switch self {
    case .sgd: SGD(learningRate: rate, weightDecay: decay)
    case .momentum: Momentum(learningRate: rate, weightDecay: decay)
    case .nesterov: Nesterov(learningRate: rate, weightDecay: decay)
    case .adagrad: AdaGrad(learningRate: rate, weightDecay: decay)
    case .rmsprop: RMSProp(learningRate: rate, weightDecay: decay)
    case .adam: Adam(learningRate: rate, weightDecay: decay)
    case .adamw: AdamW(learningRate: rate, weightDecay: decay)
    }
  }
}

enum ScheduleName: String, CaseIterable, ExpressibleByArgument {
  case constant, step, cosine
  case oneCycle = "one-cycle"

  var schedule: Schedule {
    switch self {
    case .constant: .constant
    case .step: .step()
    case .cosine: .cosine
    case .oneCycle: .oneCycle()
    }
  }
}

/// PyTorch's names for the precision of matrix products.
enum Precision: String, CaseIterable, ExpressibleByArgument {
  case highest, high, medium
}
