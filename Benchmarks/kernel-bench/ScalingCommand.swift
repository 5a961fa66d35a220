import ArgumentParser
import Foundation
import Kobai

struct ScalingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scaling",
    abstract: "What more threads bring: time, speed-up and efficiency of kernels and training steps.",
    discussion: "Small problems stay on one thread however many there are: their speed-up is 1.")
  @Option(parsing: .unconditional, help: "Images in a training step.")
  var batch = 100
  @OptionGroup var options: BenchOptions

  private struct Work {
    let name: String
    let make: (Kernels) throws -> () throws -> Void
  }

  func validate() throws { try requirePositive(batch, "--batch") }

  func run() throws {
    let kernels = try options.prepare()
    let all = try options.precision.choices.flatMap { precision in
      try [Kernels.fromEnvironment(precision: precision, threads: 1)]
        + kernels.filter { $0.precision == precision && $0.threads != 1 }
    }
    try requireMemory(BenchModel.book, batches: [batch], atOnce: all.count)
    var table = Table(["work", "threads", "µs", "speed-up", "efficiency"])
    var records: [Record] = []
    var groups: [(label: String, values: [Double?])] = []
    for work in Self.works(batch: batch) {
      let contenders = try all.map { try Contender(work.make($0)) }
      let times = try Contender.race(contenders, rounds: options.rounds)
      var speedUps: [Double?] = []
      for (kernels, time) in zip(all, times) {
        let oneThread = all.firstIndex { $0.precision == kernels.precision } ?? 0
        let speedUp = time.ratio(to: times[oneThread])
        speedUps.append(speedUp)
        var record = Record.microseconds(
          "scaling", time, on: kernels)
        (record.shape, record.ratio) = (work.name, speedUp)
        records.append(record)
        table.append([
          work.name, record.setting, (time.median * 1e6).short, String(format: "%.2f", speedUp),
          (speedUp / Double(kernels.threads)).share,
        ])
      }
      groups.append((work.name, speedUps))
    }
    table.print()
    print("medians; the speed-up is the median of the round-by-round ratios to one thread at the same precision")
    try options.finish(
      records,
      plot: barFigure(
        title: "Thread scaling", axis: "speed-up", series: records.prefix(all.count).map(\.series), groups: groups))
  }

  private static func works(batch: Int) -> [Work] {
    [64, 128, 256, 512, 1024].map(product) + [
      convolution("conv forward 16→16 28²", .forward), convolution("conv weights 16→16 28²", .weights),
      convolution("conv input 16→16 28²", .input),
      Work(name: "relu 1.7 M") { kernels in
        let x = randomFloats(1_728_000, 1)
        return { try kernels.activationForward(.relu, x.span, into: x.mutableSpan) }
      },
      Work(name: "softmax 8192×1000") { kernels in
        let (x, dx) = (randomFloats(8_192_000, 1), Tensor([8_192_000]))
        let (labels, workspace) = (Labels((0..<8192).map { $0 % 1000 }), Workspace())
        return {
          _ = try kernels.softmaxCrossEntropy(
            rows: 8192, columns: 1000, x.span, labels: labels.span, dx: dx.mutableSpan, workspace: workspace)
        }
      },
    ]
      + BenchModel.book.map { model in
        Work(name: "train \(model.rawValue)") { kernels in
          let training = try TrainingStep(model, batch: batch, kernels)
          return { try training.train() }
        }
      }
  }

  private static func product(_ size: Int) -> Work {
    Work(name: "gemm \(size)³") { kernels in
      let (a, b, c) = (randomFloats(size * size, 1), randomFloats(size * size, 2), Tensor([size * size]))
      let workspace = Workspace()
      let shape = GemmShape(m: size, n: size, k: size)
      return { try kernels.gemm(shape, a.span, b.span, into: c.mutableSpan, workspace: workspace) }
    }
  }

  private static func convolution(_ name: String, _ pass: ConvCommand.Pass) -> Work {
    let shape = Conv2DShape(batch: 100, channels: 16, input: 28, filters: 16, kernel: 3, padding: 1)
    return Work(name: name) { try ConvCommand.body(shape, pass, $0) }
  }
}
