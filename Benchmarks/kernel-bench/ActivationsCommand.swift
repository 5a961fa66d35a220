import ArgumentParser
import Foundation
import Kobai
import KobaiReport

/// LeakyReLU as a reader writes it.
private struct OwnLeakyReLU: ActivationSpec, PointwiseActivation {
  var description: String { "own LeakyReLU" }
  var keepsInput: Bool { false }
  func forward(_ x: Kernels.Vector) -> Kernels.Vector { x.replacing(with: 0.01 * x, where: x .< 0) }
  func backward(_ dy: Kernels.Vector, _ y: Kernels.Vector) -> Kernels.Vector {
    dy.replacing(with: 0.01 * dy, where: y .< 0)
  }
}

struct ActivationsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "activations",
    abstract: "Training steps of SimpleConvNet with other activations, fused and as layers of their own.")
  @Option(parsing: .unconditional, help: "Images in a step.")
  var batch = 100
  @OptionGroup var options: BenchOptions

  /// The first one is what the others are compared with.
  private static let contenders: [(any ActivationSpec, fuses: Bool)] = [
    (ReLU(), true), (OwnLeakyReLU(), true), (LeakyReLU(), true), (SiLU(), true), (ReLU(), false),
    (OwnLeakyReLU(), false), (SiLU(), false),
  ]

  func validate() throws { try requirePositive(batch, "--batch") }

  func run() throws {
    let all = try options.prepare()
    try requireMemory([.simple], batches: [batch], atOnce: Self.contenders.count)
    var table = Table(["activation", "", "threads", "best", "median", "worst", "of fused ReLU"])
    var records: [Record] = []
    let names = Self.contenders.map { "\($0.0)" + ($0.fuses ? "" : " apart") }
    for kernels in all {
      let steps = try Self.contenders.map { spec, fuses in
        try Contender(
          TrainingStep(Self.network(spec), input: BenchModel.simple.input, fuses: fuses, batch: batch, kernels).train)
      }
      let times = try Contender.race(steps, rounds: options.rounds)
      for (i, (spec, fuses)) in Self.contenders.enumerated() {
        var record = Record.rate("activations", work: Double(batch), unit: "images/s", times[i], on: kernels)
        (record.model, record.batch) = (names[i], batch)
        records.append(record)
        table.append([
          "\(spec)", fuses ? "fused" : "apart", record.setting, record.best.short, record.median.short,
          record.worst.short, times[i].ratio(to: times[0]).short,
        ])
      }
    }
    table.print()
    print("images/s")
    let series = records.uniqueSeries
    try options.finish(
      records,
      plot: barFigure(
        title: "SimpleConvNet, batch \(batch)", axis: "images/s", series: series,
        groups: names.map { name in
          (name, series.map { s in records.first { $0.model == name && $0.series == s }?.median })
        }))
  }

  private static func network(_ spec: any ActivationSpec) -> Sequential {
    [
      "conv1": Conv2D(filters: 30, kernel: 5), "f1": spec, "pool1": MaxPool2D(2), "affine1": Affine(100), "f2": spec,
      "affine2": Affine(10),
    ]
  }
}
