import ArgumentParser
import Kobai
import KobaiData
import KobaiTraining

/// A training as its configuration describes it: data in batches, network, loss, optimizer and trainer, all built and not
/// yet begun.
struct ConfiguredTraining {
  let configuration: TrainingConfiguration
  let data: Dataset
  /// The indices of the images that are trained on.
  let trainingIndices: [Int32]
  /// The number of images that are set aside to validate on; where there are none, epochs are evaluated on the test images.
  let validationCount: Int
  let test: Batches
  let network: Network
  let trainer: Trainer

  init(_ configuration: TrainingConfiguration, _ data: Dataset, _ kernels: Kernels) throws {
    (self.configuration, self.data) = (configuration, data)
    validationCount = configuration.validationCount(of: data.trainingSize)
    let (training, validation) = data.train.split(
      validation: validationCount, train: configuration.images, seed: configuration.seed)
    trainingIndices = training
    network = try configuration.makeNetwork(for: data, kernels)
    try configuration.freezeParameters(of: network)
    test = configuration.batches(of: data.test)
    let evaluated = validation.isEmpty ? test : configuration.batches(of: data.train, at: validation)
    trainer = Trainer(
      network, loss: configuration.makeLoss(), optimizer: configuration.makeOptimizer(),
      train: configuration.trainingBatches(of: data.train, at: training), validation: evaluated,
      validationLoss: SoftmaxCrossEntropy(),
      options: configuration.trainerOptions(evaluatingOn: validation.isEmpty ? .test : .validation))
  }

  /// What saved weights say of their network.
  var metadata: [String: String] {
    SavedModel(
      name: configuration.model, input: network.input, classes: data.classNames,
      standardizes: configuration.standardize
    ).metadata
  }
}

extension TrainingConfiguration {
  /// The network for the data's images; where they are too small for it, an error names those that take them.
  func makeNetwork(for data: Dataset, _ kernels: Kernels) throws -> Network {
    let (channels, size) = (data.train.channels, data.train.size)
    func build(_ model: NetworkName, batch: Int, dropout: Float?) throws(BuildError) -> Network {
      try Network(
        input: [channels, size.height, size.width], batch: batch,
        model.architecture(classes: data.classes, dropout: dropout), seed: self.seed, kernels: kernels)
    }
    do {
      return try build(self.model, batch: self.batchSize, dropout: self.dropout)
    } catch {
      let fitting = NetworkName.allCases.filter { (try? build($0, batch: 1, dropout: nil)) != nil }.map(\.rawValue)
      throw ValidationError(
        "--model \(self.model.rawValue): images of \(size) are too small for it (\(error)); for these there are "
          + fitting.joined(separator: ", "))
    }
  }

  /// Leaves out of the training what is to stay as it is.
  func freezeParameters(of network: Network) throws {
    guard let prefixes = self.freeze else { return }
    for prefix in prefixes {
      do { try network.parameters.setTrainable(false, prefix: prefix) } catch {
        throw ValidationError("--freeze \(prefix): \(error.reason)")
      }
    }
    guard network.parameters.trainableCount > 0 else {
      throw ValidationError("--freeze \(prefixes.joined(separator: ",")): that leaves nothing to train")
    }
  }

  func makeLoss() -> SoftmaxCrossEntropy {
    SoftmaxCrossEntropy(labelSmoothing: self.labelSmoothing, classWeights: self.classWeights?.values)
  }

  func makeOptimizer() -> any Optimizer {
    let (rate, decay) = (self.learningRate, self.weightDecay)
    let betas = (self.betas ?? .standard).values
    let momentum = self.momentum ?? Momentum().momentum
    return switch self.optimizer {
    case .sgd: SGD(learningRate: rate, weightDecay: decay)
    case .momentum: Momentum(learningRate: rate, momentum: momentum, weightDecay: decay)
    case .nesterov: Nesterov(learningRate: rate, momentum: momentum, weightDecay: decay)
    case .adagrad: AdaGrad(learningRate: rate, weightDecay: decay)
    case .rmsprop: RMSProp(learningRate: rate, weightDecay: decay)
    case .adam: Adam(learningRate: rate, betas: betas, weightDecay: decay)
    case .adamw: AdamW(learningRate: rate, betas: betas, weightDecay: decay)
    case .muon: Muon(learningRate: rate, weightDecay: decay)
    }
  }

  func trainerOptions(evaluatingOn set: EvaluationSet) -> Trainer.Options {
    Trainer.Options(
      epochs: self.epochs, schedule: learningRateSchedule, warmupSteps: self.warmup, patience: self.patience,
      accumulate: self.accumulate ?? 1, clipping: clipping, averageDecay: self.ema, evaluationSet: set)
  }

  /// Images in batches for an evaluation; all of a set unless indices are given.
  func batches(of set: ImageSet, at indices: [Int32]? = nil) -> Batches {
    Batches(set, indices: indices, batchSize: self.batchSize, normalization: normalization)
  }

  func trainingBatches(of set: ImageSet, at indices: [Int32]) -> Batches {
    Batches(
      set, indices: indices, batchSize: self.batchSize, shuffles: true,
      augmentation: augmentation, normalization: normalization, seed: self.seed)
  }
}
