import ArgumentParser
import Foundation
import Kobai

/// Kernels that are bound by memory: their times, and GB/s of what they must at least read and write.
private func report(
  _ title: String, _ options: BenchOptions, _ shapes: [String],
  _ contender: (String, Kernels) throws -> (Contender, bytes: Int)
) throws {
  var table = Table([title, "threads", "best µs", "median", "worst", "GB/s"])
  var records: [Record] = []
  for kernels in try options.kernels() {
    for shape in shapes {
      if options.roundsOnStdin {
        return try serveRounds(kernels.instructionSet.rawValue, of: contender(shape, kernels).0.body)
      }
      let (contender, bytes) = try contender(shape, kernels)
      let times = try Contender.race([contender], rounds: options.rounds)[0]
      var record = Record.microseconds(
        title, times, on: kernels)
      record.shape = shape
      records.append(record)
      table.append([
        shape, record.setting, record.best.short, record.median.short, record.worst.short,
        (Double(bytes) / times.best / 1e9).short,
      ])
    }
  }
  table.print()
  let series = records.uniqueSeries
  try options.finish(
    records,
    plot: barFigure(
      title: title, axis: "µs", series: series,
      groups: shapes.map { shape in
        (shape, series.map { s in records.first { $0.shape == shape && $0.series == s }?.median })
      }))
}

struct SoftmaxCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "softmax", abstract: "Softmax and cross-entropy, forward and backward in one.")
  @Option(help: "Shapes N,C: samples, classes.")
  var shapes = ShapeList("100,10;1000,10;8192,1000")
  @OptionGroup var options: BenchOptions

  func run() throws {
    let sizes = try shapes.numbers(2, form: "N,C").map(\.numbers)
    try report("softmax", options, sizes.map { "\($0[0]),\($0[1])" }) { shape, kernels in
      let (rows, columns) = (sizes.first { "\($0[0]),\($0[1])" == shape } ?? [1, 1]).pair
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
  @Option(help: "Shapes N,C,H,W: batch, channels, height, width.")
  var shapes = ShapeList("100,30,24,24;100,16,28,28;100,32,16,16;100,64,8,8")
  @OptionGroup var options: BenchOptions

  func run() throws {
    let sizes = try shapes.numbers(4, form: "N,C,H,W").map(\.numbers)
    func label(_ n: [Int]) -> String { n.map(String.init).joined(separator: ",") }
    try report("pool", options, sizes.map(label)) { shape, kernels in
      let n = sizes.first { label($0) == shape } ?? [1, 1, 2, 2]
      let pool = Pool2DShape(planes: n[0] * n[1], input: Size2D(n[2], n[3]), window: 2)
      let (x, y) = (randomFloats(pool.inputCount, 1), Tensor([pool.outputCount]))
      var places = [UInt8](repeating: 0, count: pool.outputCount)
      let contender = try Contender {
        try kernels.maxPool2DForward(pool, x.span, into: y.mutableSpan, argmax: places.mutableSpan)
        try kernels.maxPool2DBackward(pool, y.span, argmax: places.span, into: x.mutableSpan)
      }
      return (contender, 8 * pool.inputCount + 8 * pool.outputCount)
    }
  }
}

struct OptimizerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "optimizer", abstract: "One Adam step over all parameters.")
  @Option(help: "Numbers of parameters.")
  var shapes = ShapeList("109386;433890;4000000")
  @OptionGroup var options: BenchOptions

  func run() throws {
    let sizes = try shapes.numbers(1, form: "N").map(\.numbers[0])
    try report("optimizer", options, sizes.map(String.init)) { shape, kernels in
      let count = Int(shape) ?? 1
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

extension [Int] {
  fileprivate var pair: (Int, Int) { (self[0], self[1]) }
}
