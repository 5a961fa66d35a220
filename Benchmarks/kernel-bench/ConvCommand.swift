import ArgumentParser
import Foundation
import Kobai
import KobaiReport

struct ConvCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conv", abstract: "Convolutions: GFLOP/s of the three passes, counted as the forward pass's products.",
    discussion: """
      Where a pass needs fewer products than are counted, its share of the peak may be over 100 %: 3 × 3 windows with \
      stride 1 take 16 for 36, and an input's gradient leaves those out that fall into the border.
      """)

  enum Pass: String, CaseIterable, ExpressibleByArgument {
    case forward, weights, input, all
  }

  @Option(
    parsing: .unconditional,
    help: "Shapes N,C,H,W,O,K,stride,pad: batch, channels, height, width, filters, kernel size.")
  var shapes = ShapeList(
    "100,1,28,28,30,5,1,0;100,1,28,28,16,3,1,1;100,16,28,28,16,3,1,1;100,16,14,14,32,3,1,1;100,32,14,14,32,3,1,2;"
      + "100,32,8,8,64,3,1,1;100,64,8,8,64,3,1,1")
  @Option(help: "The pass: forward, weights, input, or all.")
  var pass = Pass.all
  @OptionGroup var options: BenchOptions

  func run() throws {
    let all = try options.prepare()
    let shapes = try parsed(for: all)
    var table = Table(["N,C,H,W,O,K,stride,pad", "pass", "threads", "best", "median", "worst", "of peak", "ms"])
    var records: [Record] = []
    for kernels in all {
      let peak = MachinePeak.gflops(kernels)
      for (shape, label) in shapes {
        for one in pass == .all ? [Pass.forward, .weights, .input] : [pass] {
          let times = try measure(shape, one, kernels)
          let gflop = 2 * Double(shape.outputCount) * Double(shape.weightCount / shape.filters) / 1e9
          var record = Record.rate(
            "conv-\(one.rawValue)", work: gflop, unit: "GFLOP/s", times, on: kernels)
          (record.shape, record.batch, record.shareOfPeak) = (label, shape.batch, record.best / peak)
          records.append(record)
          table.append([
            label, one.rawValue, record.setting, record.best.short, record.median.short, record.worst.short,
            (record.best / peak).share, (times.median * 1e3).short,
          ])
        }
      }
    }
    table.print()
    print("GFLOP/s, and the median time")
    try options.finish(records, plot: plot(records))
  }

  private func parsed(for all: [Kernels]) throws -> [(Conv2DShape, String)] {
    try shapes.sizes("N,C,H,W,O,K,stride,pad", least: ["pad": 0]).map { n, _ in
      let label = n.map(String.init).joined(separator: ",")
      let padded = Size2D(n[2] + 2 * n[7], n[3] + 2 * n[7])
      for (name, size, most) in [
        ("K", n[5], min(padded.height, padded.width)), ("stride", n[6], max(padded.height, padded.width)),
      ] where size > most {
        throw ValidationError("--shapes \(label): \(name) must be at most \(most); with padding an image is \(padded)")
      }
      let shape = Conv2DShape(
        batch: n[0], channels: n[1], input: Size2D(n[2], n[3]), filters: n[4], kernel: Size2D(n[5]),
        stride: Size2D(n[6]), padding: Size2D(n[7]))
      let d = n.map(Double.init)
      let outputs = d[0] * d[4] * Double(shape.convolved.height) * Double(shape.convolved.width)
      try requireMemory(
        "--shapes \(label)", floats: 2 * d[0] * d[1] * d[2] * d[3] + 2 * d[4] * d[1] * d[5] * d[5] + outputs,
        scratch: { all.map { $0.conv2DWorkspaceBytes(shape) }.max() ?? 0 })
      return (shape, label)
    }
  }

  private func measure(_ shape: Conv2DShape, _ pass: Pass, _ kernels: Kernels) throws -> Times {
    try Contender.race([Contender(Self.body(shape, pass, kernels))], rounds: options.rounds)[0]
  }

  /// One pass over random images, ready to be timed.
  static func body(_ shape: Conv2DShape, _ pass: Pass, _ kernels: Kernels) throws -> () throws -> Void {
    let (x, w) = (randomFloats(shape.inputCount, 1), randomFloats(shape.weightCount, 2))
    let (bias, y) = (randomFloats(shape.filters, 3), randomFloats(shape.outputCount, 4))
    let (dx, dw, db) = (Tensor([x.count]), Tensor([w.count]), Tensor([bias.count]))
    let (plan, workspace) = (try Conv2DPlan(kernels, shape), Workspace())
    let batch = shape.batch
    return {
      switch pass {
      case .forward, .all:
        try plan.forward(
          batch: batch, x.span, weight: w.span, bias: bias.span, into: y.mutableSpan, workspace: workspace)
      case .weights:
        try plan.backward(
          batch: batch, y.span, x: x.span, weight: w.span, dx: nil, dWeight: dw.mutableSpan, dBias: db.mutableSpan,
          workspace: workspace)
      case .input:
        try plan.backward(
          batch: batch, y.span, x: x.span, weight: w.span, dx: dx.mutableSpan, dWeight: nil, dBias: nil,
          workspace: workspace)
      }
    }
  }

  private func plot(_ records: [Record]) -> Figure {
    let series = Array(Set(records.map { "\($0.benchmark.dropFirst(5)), \($0.series)" })).sorted()
    let labels = records.reduce(into: [String]()) { if !$0.contains($1.shape ?? "") { $0.append($1.shape ?? "") } }
    return barFigure(
      title: "Convolutions", axis: "GFLOP/s", series: series,
      groups: labels.map { label in
        (
          label,
          series.map { name in
            records.first { $0.shape == label && "\($0.benchmark.dropFirst(5)), \($0.series)" == name }?.median
          }
        )
      })
  }
}
