import ArgumentParser
import CMallocCounter
import Foundation
import Kobai

enum BenchModel: String, CaseIterable, ExpressibleByArgument {
  case simple, deep, mlp

  var architecture: any Architecture {
    switch self {
    case .simple: SimpleConvNet()
    case .deep: DeepConvNet()
    case .mlp: MultiLayerNet()
    }
  }
}

/// A network with a batch of random images, ready to take training steps.
final class TrainingStep {
  private let network: Network
  private let loss: SoftmaxCrossEntropy
  /// So small a rate that one batch is not learnt by heart: gradients stay those of a network in training.
  private var optimizer = Adam(learningRate: 1e-6)
  private let images: Tensor
  private let labels: Labels
  private var step = 0

  init(_ model: BenchModel, batch: Int, _ kernels: Kernels) throws {
    network = try Network(input: [1, 28, 28], batch: batch, model.architecture, kernels: kernels)
    loss = SoftmaxCrossEntropy(kernels: kernels)
    images = randomFloats(batch * 784, 5).reshaped([batch, 1, 28, 28])
    labels = Labels((0..<batch).map { $0 % 10 })
  }

  /// Forward, loss, backward and update.
  func train() throws {
    step += 1
    let outputs = try network.forward(images, .training(step: step))
    _ = try loss.evaluate(outputs, labels, gradient: network.outputGradient)
    try network.backward()
    try optimizer.step(network.parameters)
  }

  /// Weights stay as they are from here on.
  func freeze() throws { try network.freeze() }
  func infer() throws { _ = try network.forward(images, .inference) }
}

/// The most memory that this process has held, in MB.
func residentMegabytes() -> Double {
  var usage = rusage()
  unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return Double(usage.ru_maxrss) / 1024
}

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Whole training steps: forward, loss, backward, Adam.")
  @Option(help: "The networks, with commas: simple, deep, mlp.")
  var model = "simple,deep,mlp"
  @Option(help: "Images in a step.")
  var batch = 100
  @Option(help: "Steps in a round.")
  var steps = 20
  @OptionGroup var options: BenchOptions

  func run() throws {
    if options.roundsOnStdin {
      let (model, kernels) = (try models(model)[0], try options.kernels()[0])
      return try serveRounds(
        kernels.instructionSet.rawValue, of: TrainingStep(model, batch: batch, kernels).train)
    }
    var table = Table(["model", "batch", "threads", "best", "median", "worst", "ms a step", "allocations", "MB"])
    var records: [Record] = []
    for model in try models(model) {
      for kernels in try options.kernels() {
        let training = try TrainingStep(model, batch: batch, kernels)
        for _ in 0..<3 { try training.train() }
        var times = Times()
        var allocations = 0
        for _ in 0..<options.rounds {
          let (start, before) = (ContinuousClock.now, malloc_counter())
          for _ in 0..<steps { try training.train() }
          allocations += malloc_counter() - before
          times.append((ContinuousClock.now - start) / .seconds(1) / Double(steps))
        }
        let perStep = Double(allocations) / Double(options.rounds * steps)
        var record = Record.rate(
          "train", work: Double(batch), unit: "images/s", times, on: kernels)
        (record.model, record.batch) = (model.rawValue, batch)
        (record.allocationsPerStep, record.residentMb) = (perStep, residentMegabytes())
        records.append(record)
        table.append([
          model.rawValue, String(batch), record.setting, record.best.short, record.median.short,
          record.worst.short, (times.median * 1e3).short, String(format: "%.1f", perStep), residentMegabytes().short,
        ])
      }
    }
    table.print()
    print("images/s; rounds of \(steps) steps")
    let series = records.uniqueSeries
    let names = try models(model).map(\.rawValue)
    try options.finish(
      records,
      plot: barFigure(
        title: "Training steps, batch \(batch)", axis: "images/s", series: series,
        groups: names.map { name in
          (name, series.map { s in records.first { $0.model == name && $0.series == s }?.median })
        }))
  }
}

struct InferCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "infer", abstract: "Inference: latency and images/s.")
  @Option(help: "The networks, with commas: simple, deep, mlp.")
  var model = "simple,deep,mlp"
  @Option(help: "Batch sizes, with commas.")
  var batch = CountList([1, 100, 1000])
  @OptionGroup var options: BenchOptions

  func run() throws {
    if options.roundsOnStdin {
      let (model, kernels) = (try models(model)[0], try options.kernels()[0])
      let inference = try TrainingStep(model, batch: batch.counts[0], kernels)
      try inference.freeze()
      return try serveRounds(kernels.instructionSet.rawValue, { try $0.latency() }, of: inference.infer)
    }
    var table = Table(["model", "batch", "threads", "p50 µs", "p99 µs", "images/s"])
    var records: [Record] = []
    for model in try models(model) {
      for size in batch.counts {
        for kernels in try options.kernels() {
          let inference = try TrainingStep(model, batch: size, kernels)
          try inference.freeze()
          for _ in 0..<20 { try inference.infer() }
          var times = Times()
          let calls = max(options.rounds, min(2000, 100_000 / size))
          for _ in 0..<calls {
            let start = ContinuousClock.now
            try inference.infer()
            times.append((ContinuousClock.now - start) / .seconds(1))
          }
          let p99 = times.seconds.sorted()[min(calls - 1, calls * 99 / 100)]
          var record = Record.microseconds(
            "infer", times, on: kernels)
          (record.model, record.batch, record.worst) = (model.rawValue, size, p99 * 1e6)
          records.append(record)
          table.append([
            model.rawValue, String(size), record.setting, record.median.short, record.worst.short,
            (Double(size) / times.median).short,
          ])
        }
      }
    }
    table.print()
    try options.finish(records)
  }
}

/// "simple,mlp" as models.
func models(_ names: String) throws -> [BenchModel] {
  try names.split(separator: ",").map { name in
    guard let model = BenchModel(rawValue: String(name)) else {
      throw ValidationError("\"\(name)\" is no model; there are simple, deep and mlp")
    }
    return model
  }
}
