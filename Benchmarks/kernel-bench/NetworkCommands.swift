import ArgumentParser
import CMallocCounter
import Foundation
import Kobai
import KobaiReport

/// Refuses batches that this machine's memory is too small for, by the sizes of the images and of all layers' outputs, for so
/// many networks at once.
func requireMemory(_ models: [BenchModel], batches: [Int], atOnce networks: Int = 1) throws {
  for model in models {
    let one = try Network(input: model.input, batch: 1, model.architecture)
    let floats = one.layers.reduce(model.input.count) { $0 + $1.output.count } * networks
    for batch in batches { try requireMemory("--batch \(batch)", floats: Double(floats) * Double(batch)) }
  }
}

/// A network with a batch of random images, ready to take training steps.
final class TrainingStep {
  private let network: Network
  private let loss: SoftmaxCrossEntropy
  /// The rate is so small that one batch is not learnt by heart: gradients stay those of a network in training.
  private var optimizer = Adam(learningRate: 1e-6)
  private let images: Tensor
  private let labels: Labels
  private var step = 0

  convenience init(_ model: BenchModel, batch: Int, _ kernels: Kernels) throws {
    try self.init(model.architecture.layers, input: model.input, fuses: true, batch: batch, kernels)
  }

  init(_ layers: Sequential, input: Shape, fuses: Bool, batch: Int, _ kernels: Kernels) throws {
    network = try Network(input: input, batch: batch, layers, kernels: kernels, fuses: fuses)
    loss = SoftmaxCrossEntropy()
    images = randomFloats(batch * input.count, 5).reshaped(input.batched(batch))
    labels = Labels((0..<batch).map { $0 % 10 })
  }

  /// Forward, loss, backward and update.
  func train() throws {
    step += 1
    let outputs = try network.forward(images, .training(step: step))
    _ = try loss.evaluate(outputs, labels, gradient: network.outputGradient, on: network.kernels)
    try network.backward()
    try optimizer.step(network.parameters)
  }

  /// Prepares the network for inference; the weights must stay as they are from here on.
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
  @Option(help: "The networks, with commas.")
  var model = ChoiceList(BenchModel.book)
  @Option(parsing: .unconditional, help: "Images in a step.")
  var batch = 100
  @Option(parsing: .unconditional, help: "Steps in a round.")
  var steps = 20
  @OptionGroup var options: TurnOptions

  func validate() throws {
    try requirePositive(batch, "--batch")
    try requirePositive(steps, "--steps")
  }

  func run() throws {
    let (models, all) = (model.choices, try options.bench.prepare())
    try requireMemory(models, batches: [batch])
    if options.roundsOnStdin {
      return try serveRounds(
        all[0].instructionSet.rawValue, of: TrainingStep(models[0], batch: batch, all[0]).train)
    }
    var table = Table(["model", "batch", "threads", "best", "median", "worst", "ms a step", "allocations", "MB"])
    var records: [Record] = []
    for model in models {
      for kernels in all {
        let training = try TrainingStep(model, batch: batch, kernels)
        for _ in 0..<3 { try training.train() }
        var times = Times()
        var allocations = 0
        for _ in 0..<options.bench.rounds {
          let (start, before) = (ContinuousClock.now, malloc_counter())
          for _ in 0..<steps { try training.train() }
          allocations += malloc_counter() - before
          times.append((ContinuousClock.now - start) / .seconds(1) / Double(steps))
        }
        let perStep = Double(allocations) / Double(options.bench.rounds) / Double(steps)
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
    try options.bench.finish(
      records,
      plot: barFigure(
        title: "Training steps, batch \(batch)", axis: "images/s", series: series,
        groups: models.map(\.rawValue).map { name in
          (name, series.map { s in records.first { $0.model == name && $0.series == s }?.median })
        }))
  }
}

struct InferCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "infer", abstract: "Inference: latency and images/s.")
  @Option(help: "The networks, with commas.")
  var model = ChoiceList(BenchModel.book)
  @Option(parsing: .unconditional, help: "Batch sizes, with commas.")
  var batch = CountList([1, 100, 1000])
  @OptionGroup var options: TurnOptions

  func run() throws {
    let (models, all) = (model.choices, try options.bench.prepare())
    try requireMemory(models, batches: batch.counts)
    if options.roundsOnStdin {
      let inference = try TrainingStep(models[0], batch: batch.counts[0], all[0])
      try inference.freeze()
      return try serveRounds(all[0].instructionSet.rawValue, { try $0.latency() }, of: inference.infer)
    }
    var table = Table(["model", "batch", "threads", "p50 µs", "p99 µs", "images/s"])
    var records: [Record] = []
    for model in models {
      for size in batch.counts {
        for kernels in all {
          let times = try latencies(model, batch: size, kernels)
          var record = Record.microseconds("infer", times, on: kernels)
          (record.model, record.batch, record.p99) = (model.rawValue, size, times.p99 * 1e6)
          records.append(record)
          table.append([
            model.rawValue, String(size), record.setting, record.median.short, (times.p99 * 1e6).short,
            (Double(size) / times.median).short,
          ])
        }
      }
    }
    table.print()
    try options.bench.finish(records, plot: plot(records))
  }

  /// The times of single calls.
  private func latencies(_ model: BenchModel, batch: Int, _ kernels: Kernels) throws -> Times {
    let inference = try TrainingStep(model, batch: batch, kernels)
    try inference.freeze()
    for _ in 0..<20 { try inference.infer() }
    var times = Times()
    for _ in 0..<max(options.bench.rounds, min(2000, 100_000 / batch)) {
      let start = ContinuousClock.now
      try inference.infer()
      times.append((ContinuousClock.now - start) / .seconds(1))
    }
    return times
  }

  /// Draws images/s, for latencies of one image and of a thousand fit on no common axis.
  private func plot(_ records: [Record]) -> Figure {
    let series = records.uniqueSeries
    return barFigure(
      title: "Inference", axis: "images/s", series: series,
      groups: model.choices.map(\.rawValue).flatMap { name in
        batch.counts.map { size in
          let values = series.map { s in
            records.first { $0.model == name && $0.batch == size && $0.series == s }.map {
              Double(size) / $0.median * 1e6
            }
          }
          return ("\(name), \(size)", values)
        }
      })
  }
}
