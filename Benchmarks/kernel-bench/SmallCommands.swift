import ArgumentParser
import Foundation
import Kobai
import KobaiReport

/// Measures kernels that are bound by memory: their times, and the GB/s of what they must at least read and write. They work
/// on at most `arrays` arrays of the shapes' size.
private func report(
  _ title: String, _ options: TurnOptions, _ shapes: [[Int]], arrays: Double,
  _ contender: ([Int], Kernels) throws -> (Contender, bytes: Int)
) throws {
  let all = try options.bench.prepare()
  let labels = shapes.map { $0.map(String.init).joined(separator: ",") }
  for (shape, label) in zip(shapes, labels) {
    try requireMemory("--shapes \(label)", floats: shape.reduce(arrays) { $0 * Double($1) })
  }
  if options.roundsOnStdin {
    return try serveRounds(all[0].instructionSet.rawValue, of: contender(shapes[0], all[0]).0.body)
  }
  var table = Table([title, "threads", "best µs", "median", "worst", "GB/s"])
  var records: [Record] = []
  for kernels in all {
    for (shape, label) in zip(shapes, labels) {
      let (contender, bytes) = try contender(shape, kernels)
      let times = try Contender.race([contender], rounds: options.bench.rounds)[0]
      var record = Record.microseconds(
        title, times, on: kernels)
      record.shape = label
      records.append(record)
      table.append([
        label, record.setting, record.best.short, record.median.short, record.worst.short,
        (Double(bytes) / times.best / 1e9).short,
      ])
    }
  }
  table.print()
  let series = records.uniqueSeries
  try options.bench.finish(
    records,
    plot: barFigure(
      title: title, axis: "µs", series: series,
      groups: labels.map { label in
        (label, series.map { s in records.first { $0.shape == label && $0.series == s }?.median })
      }))
}

struct SoftmaxCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "softmax", abstract: "Softmax and cross-entropy, forward and backward in one.")
  @Option(parsing: .unconditional, help: "Shapes N,C: samples, classes.")
  var shapes = ShapeList("100,10;1000,10;8192,1000")
  @OptionGroup var options: TurnOptions

  func run() throws {
    let sizes = try shapes.sizes("N,C").map(\.sizes)
    try report("softmax", options, sizes, arrays: 4) { shape, kernels in
      let (rows, columns) = (shape[0], shape[1])
      let (x, dx) = (randomFloats(rows * columns, 1), Tensor([rows * columns]))
      let labels = Labels((0..<rows).map { $0 % columns })
      let workspace = Workspace()
      let contender = try Contender {
        _ = try kernels.softmaxCrossEntropy(
          rows: rows, columns: columns, x.span, labels: labels.span, dx: dx.mutableSpan, workspace: workspace)
      }
      return (contender, 8 * rows * columns)
    }
  }
}

struct PoolCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pool", abstract: "2 × 2 max pooling, forward then backward.")
  @Option(parsing: .unconditional, help: "Shapes N,C,H,W: batch, channels, height, width.")
  var shapes = ShapeList("100,30,24,24;100,16,28,28;100,32,16,16;100,64,8,8")
  @OptionGroup var options: TurnOptions

  func run() throws {
    let sizes = try shapes.sizes("N,C,H,W", least: ["H": 2, "W": 2]).map(\.sizes)
    try report("pool", options, sizes, arrays: 2) { n, kernels in
      let pool = Pool2DShape(planes: n[0] * n[1], input: Size2D(n[2], n[3]), window: 2)
      let (x, y) = (randomFloats(pool.inputCount, 1), Tensor([pool.outputCount]))
      var indices = [UInt8](repeating: 0, count: pool.outputCount)
      let contender = try Contender {
        try kernels.maxPool2DForward(pool, x.span, into: y.mutableSpan, argmax: indices.mutableSpan)
        try kernels.maxPool2DBackward(pool, y.span, argmax: indices.span, into: x.mutableSpan)
      }
      return (contender, 8 * pool.inputCount + 8 * pool.outputCount)
    }
  }
}

struct OptimizerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "optimizer", abstract: "One Adam step over all parameters.")
  @Option(parsing: .unconditional, help: "Parameter counts.")
  var shapes = ShapeList("109386;433890;4000000")
  @OptionGroup var options: TurnOptions

  func run() throws {
    let sizes = try shapes.sizes("N").map(\.sizes)
    try report("optimizer", options, sizes, arrays: 4) { shape, kernels in
      let count = shape[0]
      let (g, w) = (randomFloats(count, 1), randomFloats(count, 2))
      let (first, second) = (Tensor([count]), Tensor([count]))
      let step = UpdateStep(
        learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, correction1: 0.1, correction2: 0.001)
      let contender = try Contender {
        try kernels.update(
          .adam, step, gradient: g.span, weights: w.mutableSpan, first: first.mutableSpan, second: second.mutableSpan)
      }
      return (contender, 28 * count)
    }
  }
}
