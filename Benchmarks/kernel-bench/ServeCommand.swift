import ArgumentParser
import Foundation
import Kobai
import Synchronization

/// Single images predicted by one or several threads at once, with one copy of the weights: what a server does.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serving: latency, predictions/s and memory of threads that share one FrozenNetwork.")
  @Option(help: "The network.")
  var model = BenchModel.simple
  @Option(parsing: .unconditional, help: "Threads that predict at once, with commas.")
  var tasks = CountList([1, 8])
  @Option(help: "How long each number of threads predicts.")
  var seconds = 2.0
  @Option(help: ArgumentHelp("A file of the network instead, as a server has it.", valueName: "file.safetensors"))
  var weights: String?
  @Option(help: ArgumentHelp("Write the network to a file and end.", valueName: "file.safetensors"))
  var save: String?
  @OptionGroup var options: BenchOptions

  func validate() throws {
    guard seconds > 0 else { throw ValidationError("--seconds \(seconds): it must be positive") }
  }

  func run() throws {
    if let save { return try Network(input: model.input, batch: 1, model.architecture).save(to: save) }
    var table = Table(["model", "tasks", "threads", "p50 µs", "p99 µs", "predictions/s", "weights MB", "MB more"])
    var records: [Record] = []
    for kernels in try options.prepare() {
      let before = currentMegabytes()
      let network =
        try weights.map { try FrozenNetwork(contentsOf: $0, kernels: kernels) }
        ?? FrozenNetwork(Network(input: model.input, batch: 1, model.architecture), kernels: kernels)
      for count in tasks.counts {
        _ = try Self.serve(network, count, seconds: min(seconds, 0.2))  // warms up
        let (times, elapsed) = try Self.serve(network, count, seconds: seconds)
        let memory = currentMegabytes() - before
        var record = Record.microseconds("serve", times, on: kernels)
        (record.model, record.batch, record.p99) = (model.rawValue, 1, times.p99 * 1e6)
        record.tasks = count
        record.predictionsPerSecond = Double(times.seconds.count) / elapsed
        record.residentMb = memory
        records.append(record)
        table.append([
          weights ?? model.rawValue, String(count), record.setting, record.median.short, (times.p99 * 1e6).short,
          (Double(times.seconds.count) / elapsed).short, (Double(network.parameterCount) * 4 / 1_048_576).short,
          memory.short,
        ])
      }
    }
    table.print()
    print("one image a call; MB more: what the process has grown by since before the network was there")
    let series = records.uniqueSeries
    try options.finish(
      records,
      plot: barFigure(
        title: "Serving single images", axis: "predictions/s", series: series,
        groups: tasks.counts.map { count in
          let values = series.map { s in
            records.first { $0.tasks == count && $0.series == s }?.predictionsPerSecond
          }
          return ("\(count) task\(count == 1 ? "" : "s")", values)
        }))
  }

  /// The times of all calls of so many threads, and how long they took together.
  private static func serve(
    _ network: FrozenNetwork, _ count: Int, seconds: Double
  ) throws -> (times: Times, elapsed: Double) {
    let image = randomFloats(network.input.count, 5).elements
    let results = Mutex<(seconds: [Double], failure: (any Error)?)>(([], nil))
    let done = DispatchSemaphore(value: 0)
    let start = ContinuousClock.now
    for _ in 0..<count {
      Thread.detachNewThread {
        defer { done.signal() }
        var own: [Double] = []
        var y = [Float](repeating: 0, count: network.output.count)
        do {
          while (ContinuousClock.now - start) / .seconds(1) < seconds {
            let before = ContinuousClock.now
            try network.predict(image.span, into: y.mutableSpan)
            own.append((ContinuousClock.now - before) / .seconds(1))
          }
        } catch { results.withLock { $0.failure = error } }
        let times = own
        results.withLock { $0.seconds += times }
      }
    }
    for _ in 0..<count { done.wait() }
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    return try results.withLock { results in
      if let failure = results.failure { throw failure }
      var times = Times()
      for time in results.seconds { times.append(time) }
      return (times, elapsed)
    }
  }
}

/// The memory that this process holds now, in MB.
private func currentMegabytes() -> Double {
  guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
    let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
    let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Double($0) })
  else { return .nan }
  return kilobytes / 1024
}
