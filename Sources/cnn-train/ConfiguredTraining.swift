import ArgumentParser
import Kobai
import KobaiData
import KobaiInference
import KobaiTraining

/// A training as its configuration describes it: data in batches, network, loss, optimizer and trainer, all built and not
/// yet begun.
struct ConfiguredTraining {
  let configuration: TrainingConfiguration
  let data: TrainingData
  let task: LearningTask
  /// How inputs are normalised.
  let normalization: Normalization
  /// The indices of the samples that are trained on.
  let trainingIndices: [Int32]
  /// The number of samples that are set aside to validate on; where there are none, epochs are evaluated on those to test.
  let validationCount: Int
  let test: Batches
  let network: Network
  let trainer: Trainer
  /// The network's part in a training whose batches have shards; nil where they have none.
  let sharded: ShardedNetwork?

  /// - Parameters:
  ///   - communicator: reaches the processes that share the training out.
  ///   - checkpoint: the one that the training is to go on from, which has to have the network's weights.
  init(
    _ configuration: TrainingConfiguration, _ data: TrainingData, _ kernels: Kernels,
    sharing communicator: any Communicator = SingleProcess(), resuming checkpoint: Checkpoint? = nil
  ) throws {
    (self.configuration, self.data, task) = (configuration, data, LearningTask(data))
    validationCount = configuration.validationCount(of: data.trainingSize)
    let (training, validation) = data.train.split(
      validation: validationCount, train: configuration.images, seed: configuration.seed)
    trainingIndices = training
    // Everything is known to fit, the data, the checkpoint and the machine, before anything is allocated.
    let blueprint = try configuration.planNetwork(
      for: data, batch: configuration.largestBatch(on: communicator), kernels)
    try checkpoint?.check(for: blueprint.design.tensors)
    try configuration.requireMemory(for: blueprint, data)
    network = try Network(blueprint)
    try configuration.freezeParameters(of: network)
    let (network, batch) = (network, configuration.batchSize)
    sharded = try configuration.shards.map { try ShardedNetwork(network, batch: batch, shards: $0, communicator) }
    normalization = try configuration.normalization(for: data, at: training, on: kernels)
    test = configuration.batches(of: data.test, normalization)
    let evaluated = validation.isEmpty ? test : configuration.batches(of: data.train, at: validation, normalization)
    trainer = Trainer(
      network, loss: configuration.makeLoss(for: task),
      optimizer: configuration.makeOptimizer(trainingOn: training.count),
      train: configuration.trainingBatches(of: data.train, at: training, normalization), validation: evaluated,
      validationLoss: task.makeLoss(), metrics: task.metrics,
      options: configuration.trainerOptions(evaluatingOn: validation.isEmpty ? .test : .validation),
      sharded: sharded)
  }

  /// What saved weights say of their network.
  var metadata: [String: String] {
    get throws {
      let card = ModelCard(
        input: network.input, task: task.kind, classNames: data.classNames, normalization: normalization,
        orientation: data.images == nil ? nil : .upright, encoding: data.encoding)
      var metadata = SavedModel(name: configuration.model, card: card).metadata
      // By this the samples that were set aside are found again in data that hold the others, too.
      if data.whole != nil { metadata[SavedModel.trainingDataKey] = try data.sha256 }
      return metadata
    }
  }

  /// Whether there are pictures of what the network gets wrong.
  var showsMistakes: Bool { data.images != nil && task.kind == .classification }
}

extension TrainingConfiguration {
  /// The network for the data's samples; where images are too small for it, an error names those that take them.
  ///
  /// - Parameter batch: the most samples that it gets at a time.
  func planNetwork(for data: TrainingData, batch: Int, _ kernels: Kernels) throws -> Network.Blueprint {
    if let file = self.network {
      return try file.planNetwork(for: data, batch: batch, seed: self.seed, kernels: kernels)
    }
    let (input, model) = (Shape(data.train.inputShape), self.model ?? .simple)
    let outputs = LearningTask(data).outputs(for: input)
    func plan(_ model: NetworkName, batch: Int, dropout: Float?) throws(BuildError) -> Network.Blueprint {
      try Network.Blueprint(
        Graph(of: model.architecture(classes: outputs, dropout: dropout), input: input), batch: batch, seed: self.seed,
        kernels: kernels)
    }
    do {
      return try plan(model, batch: batch, dropout: self.dropout)
    } catch {
      let fitting = NetworkName.allCases.filter { (try? plan($0, batch: 1, dropout: nil)) != nil }.map(\.rawValue)
      throw ValidationError(
        "--model \(model.rawValue): images of \(input.rank == 3 ? "\(input[1])×\(input[2])" : "\(input)") are too small for it (\(error)); for these there are "
          + fitting.joined(separator: ", "))
    }
  }

  /// How many samples of a batch one of several processes computes.
  func largestBatch(on communicator: any Communicator) throws -> Int {
    guard let shards = self.shards else {
      guard communicator.size == 1 else {
        throw Failure(
          "--distributed: the checkpoint was made without --shards, and \(communicator.size) processes cannot share that "
            + "training out; resume it without --distributed")
      }
      return self.batchSize
    }
    guard communicator.size <= shards else {
      throw ValidationError(
        "--shards \(shards): \(communicator.size) processes cannot share them out; let there be as many shards at least"
      )
    }
    return ShardTree(shards: shards).mostSamples(of: communicator.rank, among: communicator.size, in: self.batchSize)
  }

  /// Refuses a training that the machine has not the memory for, before it takes any.
  func requireMemory(for network: Network.Blueprint, _ data: TrainingData) throws {
    let memory = TrainingMemory(
      of: network, optimizer: makeOptimizer(), options: trainerOptions(evaluatingOn: .test))
    guard let problem = AvailableMemory.problem(with: memory.total) else { return }
    let what = self.network.map { "--network \($0.path)" } ?? "--model \((self.model ?? .simple).rawValue)"
    let smaller = data.kind == .imageFolders ? "smaller images (--image-size), " : ""
    throw Failure(
      "\(what): to train it on \(data.sampleName) of \(Shape(data.train.inputShape)) in batches of "
        + "\(self.batchSize.grouped) needs \(problem) (\(memory.text)); take \(smaller)a smaller --batch-size or another network"
    )
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

  func makeLoss(for task: LearningTask) -> any Loss {
    guard case .classification = task else { return task.makeLoss() }
    return SoftmaxCrossEntropy(labelSmoothing: self.labelSmoothing, classWeights: self.classWeights?.values)
  }

  func makeOptimizer(trainingOn samples: Int = .max) -> any Optimizer {
    let (rate, decay) = (scaledLearningRate(trainingOn: samples), self.weightDecay)
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

  /// Samples in batches for an evaluation; all of a set unless indices are given.
  func batches(of set: any SampleSource, at indices: [Int32]? = nil, _ normalization: Normalization) -> Batches {
    Batches(set, indices: indices, batchSize: self.batchSize, normalization: normalization)
  }

  func trainingBatches(of set: any SampleSource, at indices: [Int32], _ normalization: Normalization) -> Batches {
    Batches(
      set, indices: indices, batchSize: self.batchSize, shuffles: true,
      augmentation: augmentation, normalization: normalization, seed: self.seed)
  }
}
