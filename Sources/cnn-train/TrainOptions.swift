import ArgumentParser
import Kobai
import KobaiCommand
import KobaiData
import KobaiTraining

/// The options of a training, as typed. What is left out comes from the ``Recipe``.
struct TrainOptions: ParsableArguments {
  @OptionGroup(title: "What is trained")
  var recipe: RecipeOptions
  @OptionGroup(title: "What is kept")
  var output: OutputOptions
  @OptionGroup(title: "How it runs")
  var machine: MachineOptions
  @Flag(help: "Print the test accuracy alone.")
  var quiet = false
}

/// Options that decide what comes out, to the bit. A resumed training has those of its checkpoint.
struct RecipeOptions: ParsableArguments {
  @Option(help: "What the options below are unless given: the book's, or those of a sprint to 99 %. (default: book)")
  var recipe: RecipeName?
  @Option(
    help:
      "What to train on: auto (cached or fetched MNIST, else embedded), embedded, or a folder of IDX files. (default: auto)",
    transform: expandingTilde)
  var data: String?
  @Option(help: "\(orientationHelp) (default: auto)")
  var orientation: StoredOrientation?
  @Option(help: classNamesHelp, transform: expandingTilde)
  var classNames: String?
  @Option(help: "The network. (default: simple)")
  var model: Model?
  @Option(parsing: .unconditional, help: "Passes over the training images. (default: 20; 40 on few images)")
  var epochs: Int?
  @Option(parsing: .unconditional, help: "Train on so many of the images, chosen at random. (default: all)")
  var images: Int?
  @Option(parsing: .unconditional, help: "Images in a step. (default: 100)")
  var batchSize: Int?
  @Option(help: "The update rule. (default: adam)")
  var optimizer: OptimizerName?
  @Option(
    parsing: .unconditional,
    help:
      "The highest learning rate. (default: 0.001 for adam, adamw and rmsprop, else 0.01; adam's 0.003 on one-cycle)")
  var learningRate: Float?
  @Option(help: "Shares of Adam's two means that stay from step to step. (default: 0.9,0.999)")
  var betas: Betas?
  @Option(help: "How the learning rate changes. (default: constant; one-cycle on few images)")
  var schedule: ScheduleName?
  @Option(parsing: .unconditional, help: "Steps in which the rate rises to the highest first. (default: 0)")
  var warmup: Int?
  @Option(parsing: .unconditional, help: "L2 penalty on weights, not on biases and normalisation. (default: 0)")
  var weightDecay: Float?
  @Option(parsing: .unconditional, help: "Scale gradients down to this norm where theirs is larger.")
  var clipNorm: Float?
  @Option(parsing: .unconditional, help: "Limit every gradient to plus or minus this.")
  var clipValue: Float?
  @Option(
    parsing: .unconditional,
    help: "Evaluate and keep a moving average of the weights that decays by this factor a step, such as 0.999.")
  var ema: Float?
  @Option(parsing: .unconditional, help: "Share of each target spread over all classes. (default: 0)")
  var labelSmoothing: Float?
  @Option(help: "How much each class counts, as in 1,1,2,…; one number a class.")
  var classWeights: String?
  @Option(
    parsing: .unconditional,
    help: "Dropout rate before the last layer, after each hidden layer of mlp. (default: 0.5 for deep, else 0)")
  var dropout: Float?
  @Flag(inversion: .prefixedNo, help: "Shift, rotate and scale the training images at random. (default: on few images)")
  var augment: Bool?
  @Flag(
    inversion: .prefixedNo,
    help: "Scale inputs to mean 0 and deviation 1 (0.1307, 0.3081) instead of 0 to 1. (default: not)")
  var standardize: Bool?
  @Option(
    parsing: .unconditional, help: "Seed of the first weights, the shuffling, dropout and augmentation. (default: 0)")
  var seed: UInt64?
  @Option(
    parsing: .unconditional,
    help: "Share of the training images set aside to validate on, 0 to less than 1. (default: 0)")
  var validationSplit: Double?
  @Option(
    parsing: .unconditional,
    help: "Stop after this many epochs without a better validation accuracy; needs --validation-split.")
  var patience: Int?
  @Option(help: "\(precisionHelp) (default: highest)")
  var precision: Precision?

  func validate() throws {
    if let epochs {
      try require(epochs > 0, "--epochs \(epochs): at least one epoch is needed")
      try require(epochs <= 1_000_000, "--epochs \(epochs): at most 1,000,000")
    }
    if let images { try require(images > 0, "--images \(images): at least one image is needed") }
    if let batchSize { try require(batchSize > 0, "--batch-size \(batchSize): at least one image is needed") }
    if let rate = learningRate {
      try require(rate > 0 && rate.isFinite, "--learning-rate \(rate): it must be positive")
    }
    if let warmup { try require(warmup >= 0, "--warmup \(warmup): it must not be negative") }
    if let decay = weightDecay {
      try require(decay >= 0 && decay.isFinite, "--weight-decay \(decay): it must not be negative")
    }
    for (name, limit) in [("--clip-norm", clipNorm), ("--clip-value", clipValue)] {
      if let limit { try require(limit > 0 && limit.isFinite, "\(name) \(limit): it must be positive") }
    }
    try require(clipNorm == nil || clipValue == nil, "--clip-norm and --clip-value: one of them")
    if let ema { try require(ema >= 0 && ema < 1, "--ema \(ema): it must be at least 0 and less than 1") }
    if let smoothing = labelSmoothing {
      try require(
        smoothing >= 0 && smoothing <= 1, "--label-smoothing \(smoothing): it must be at least 0 and at most 1")
    }
    if let dropout {
      try require(dropout >= 0 && dropout < 1, "--dropout \(dropout): it must be at least 0 and less than 1")
    }
    if let split = validationSplit {
      try require(
        split >= 0 && split < 1, "--validation-split \(split): it must be at least 0 and less than 1")
    }
    if let patience { try require(patience > 0, "--patience \(patience): at least one epoch is needed") }
  }
}

/// Options that say what stays of a training.
struct OutputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Save the weights as safetensors, which PyTorch reads too.", valueName: "file"),
    transform: expandingTilde)
  var save: String?
  @Option(
    help: ArgumentHelp("Write one JSON object a line: one for each epoch, then the result.", valueName: "file"),
    transform: expandingTilde)
  var metrics: String?
  @Option(help: ArgumentHelp("Write what TensorBoard shows.", valueName: "folder"), transform: expandingTilde)
  var logDir: String?
  @Option(
    help: ArgumentHelp("Write a page with curves, mistakes and all that was asked for.", valueName: "file.html"),
    transform: expandingTilde)
  var report: String?
  @Option(
    help: ArgumentHelp("Keep checkpoints there, from which --resume goes on.", valueName: "folder"),
    transform: expandingTilde)
  var checkpointDir: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("A checkpoint every so many steps as well as after each epoch.", valueName: "steps"))
  var checkpointEvery: Int?
  @Option(parsing: .unconditional, help: "How many of the last checkpoints stay, besides the best.")
  var keepCheckpoints = 3
  @Option(
    help: ArgumentHelp(
      """
      Go on from the newest whole checkpoint in a folder, or from the one named, to the same bits as without a break; \
      with --epochs for longer.
      """,
      valueName: "folder"), transform: expandingTilde)
  var resume: String?

  func validate() throws {
    let files = [save, metrics, report].compactMap(\.self)
    try require(Set(files).count == files.count, "--save, --metrics and --report need files of their own")
    if let every = checkpointEvery {
      try require(every > 0, "--checkpoint-every \(every): at least one step is needed")
      try require(
        checkpointDir != nil || resume != nil, "--checkpoint-every needs --checkpoint-dir, the folder to write to")
    }
    try require(keepCheckpoints > 0, "--keep-checkpoints \(keepCheckpoints): at least one has to be kept")
  }
}

/// How the machine is used.
struct MachineOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "Threads. (default: OMP_NUM_THREADS, or all processors, or as many as a container's CPU quota is)")
  var threads: Int?

  func validate() throws {
    if let threads { try require(threads > 0, "--threads \(threads): at least one thread is needed") }
  }

  func kernels(_ precision: Precision) throws -> Kernels {
    try Kernels.fromEnvironment(precision: precision, threads: threads)
  }
}

extension Kernels {
  /// What a person should know of how they run, for it is not what was asked for.
  func notices(wanted: Precision) -> [String] {
    let started = startThreads()
    let missing =
      started == threads
      ? nil : "only \(started) of \(threads) threads: the system starts no more (ulimit -u, OMP_THREAD_LIMIT)"
    let fallback =
      precision == wanted ? nil : "precision \(wanted.rawValue) is not to be had here: highest (fp32) instead"
    return [missing, fallback].compactMap(\.self)
  }
}

let precisionHelp =
  "Precision of the products: highest (fp32), high, medium (bf16); highest where a processor lacks it."

private func require(_ condition: Bool, _ message: String) throws {
  if !condition { throw ValidationError(message) }
}
