import ArgumentParser
import Foundation
import Kobai
import KobaiCommand
import KobaiDistributed
import KobaiReport

struct ScaleOutCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scale-out",
    abstract: "What training on many machines would bring: a model of a step on up to thousands of ranks.",
    discussion: """
      One rank's work is measured here. Under mpirun (built with --traits MPI) so is the link between two ranks, and a step of \
      all ranks that there are, with which the model is compared; else --latency, --overhead and --bandwidth say what \
      the link is. Each rank has --batch images of its own, and an efficiency of 1 means that n ranks are n times as fast as one.
      """)
  @Option(parsing: .unconditional, help: "Numbers of ranks, with commas.")
  var ranks = CountList((1...10).map { 1 << $0 })
  @Option(help: "The networks, with commas.")
  var model = ChoiceList(BenchModel.book)
  @Option(parsing: .unconditional, help: "Images of a rank in a step.")
  var batch = 100
  @Option(
    parsing: .unconditional,
    help: "KiB of gradients that are exchanged at a time. (default: an eighth of all, from 64 to 1,024)")
  var bucket: Int?
  @Option(parsing: .unconditional, help: "Microseconds until a message arrives. (default: measured, else 20)")
  var latency: Double?
  @Option(parsing: .unconditional, help: "Microseconds of a rank for each message. (default: measured, else 1)")
  var overhead: Double?
  @Option(
    parsing: .unconditional, help: "Gbit/s between two ranks, both ways at once. (default: measured, else 25)")
  var bandwidth: Double?
  @OptionGroup var options: BenchOptions

  func validate() throws {
    try requirePositive(batch, "--batch")
    if let bucket { try requirePositive(bucket, "--bucket") }
    let most = 1 << 24
    guard ranks.counts.allSatisfy({ $0 <= most }), batch <= most, bucket ?? 1 <= most else {
      throw ValidationError("--ranks, --batch and --bucket: \(most) is the most of each")
    }
    for (value, name) in [(latency, "--latency"), (overhead, "--overhead"), (bandwidth, "--bandwidth")] {
      if let value, !(value > 0 && value < 1e9) {
        throw ValidationError("\(name) \(value): it must be above 0 and below 1,000,000,000")
      }
    }
  }

  func run() throws {
    #if MPI
      let communicator: any Communicator = try MPICommunicator()
    #else
      let communicator: any Communicator = SingleProcess()
    #endif
    let kernels = try options.prepare()[0]
    try requireMemory(model.choices, batches: [batch], atOnce: 2)
    let link = try measureLink(communicator)
    let models = try model.choices.map { try measure($0, link, communicator, kernels) }
    #if MPI
      try (communicator as? MPICommunicator)?.finish()
    #endif
    if communicator.rank == 0 { try show(models, kernels, communicator.size) }
  }

  /// A network's model, and the seconds of a step that all ranks made together.
  private struct Measured {
    let name: String
    let model: ScaleOutModel
    let together: Double?
  }

  /// The link between two ranks, but for what is typed; where there is only one, an assumed one.
  private func measureLink(_ communicator: any Communicator) throws -> Link {
    var link =
      communicator.size > 1
      ? try communicator.measureLink() : Link(latency: 20e-6, overhead: 1e-6, bandwidth: 25e9 / 8)
    if let latency { link.latency = latency * 1e-6 }
    if let overhead { link.overhead = overhead * 1e-6 }
    if let bandwidth { link.bandwidth = bandwidth * 1e9 / 8 }
    return link
  }

  private func measure(
    _ name: BenchModel, _ link: Link, _ communicator: any Communicator, _ kernels: Kernels
  ) throws -> Measured {
    let isShared = communicator.size > 1
    let alone = try RankWork(
      name, samples: batch, SingleProcess(), bucketBytes: bucket.map { $0 << 10 }, kernels)
    let shared = try RankWork(name, samples: batch, communicator, bucketBytes: bucket.map { $0 << 10 }, kernels)
    for _ in 0..<3 { _ = try (alone.train(), shared.train()) }
    // In turn, and on all ranks at the same time: they may share memory, caches and processors.
    var (aloneTimes, sharedTimes) = (StepTimes(), StepTimes())
    for _ in 0..<options.rounds {
      if isShared { _ = try communicator.gather([]) }
      try aloneTimes.measure(alone, steps: 4)
      if isShared { try sharedTimes.measure(shared, steps: 4) }
    }
    let (work, together) = (aloneTimes.medians, isShared ? sharedTimes.medians.step : nil)
    let model = ScaleOutModel(
      forward: work.forward, backward: work.backward, update: work.update, buckets: alone.sharded.bucketBytes,
      outputs: batch * 10 * MemoryLayout<Float>.stride, link: link,
      steps: aloneTimes.sorted)
    return Measured(name: name.rawValue, model: model, together: together)
  }

  private func show(_ measured: [Measured], _ kernels: Kernels, _ size: Int) throws {
    var table = Table(["model", "ranks", "images/s", "step ms", "efficiency"])
    var records: [Record] = []
    var marks: [Mark] = []
    for one in measured {
      for count in [1] + ranks.counts {
        let step = one.model.step(ranks: count)
        let rate = Double(count * batch) / step
        var record = Record(
          benchmark: "scale-out", on: kernels, best: rate, median: rate, worst: rate, unit: "images/s")
        (record.model, record.batch, record.ratio) = (one.name, count * batch, one.model.efficiency(ranks: count))
        records.append(record)
        table.append([
          one.name, String(count), rate.short, (step * 1e3).short, one.model.efficiency(ranks: count).share,
        ])
      }
      if let together = one.together {
        let rate = Double(size * batch) / together
        var record = Record(
          benchmark: "scale-out of all ranks", on: kernels, best: rate, median: rate, worst: rate, unit: "images/s")
        (record.model, record.batch, record.ratio) = (one.name, size * batch, one.model.step(ranks: size) / together)
        records.append(record)
      }
      let x = [1] + ranks.counts
      marks.append(
        .line(
          .init(
            one.name, x: x.map(Double.init), y: x.map { one.model.efficiency(ranks: $0) * 100 }, dots: true)))
    }
    table.print()
    if let link = measured.first?.model.link { print("the link: \(link.text)") }
    for one in measured {
      let model = one.model
      print(
        "\(one.name): forward \((model.forward * 1e3).short) ms, backward \((model.backward * 1e3).short) ms, update "
          + "\((model.update * 1e3).short) ms, \(model.buckets.count) bucket\(model.buckets.count == 1 ? "" : "s") of "
          + "\((Double(model.buckets.reduce(0, +)) / 1e6).short) MB in all")
      if let together = one.together {
        let modelled = model.step(ranks: size)
        print(
          "\(one.name): a step of \(size) ranks takes \((together * 1e3).short) ms here, by the model "
            + "\((modelled * 1e3).short) ms (\(String(format: "%+.0f", (modelled / together - 1) * 100)) %)")
      }
    }
    try options.finish(
      records,
      plot: Figure(
        "Efficiency of \(batch) images a rank",
        Panel(
          x: Axis("ranks", scale: .logarithmic), y: Axis("efficiency, %", range: 0...105), size: (420, 300),
          legend: .beside, marks)))
  }
}
