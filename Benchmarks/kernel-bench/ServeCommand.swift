import ArgumentParser
import Foundation
import Kobai
import KobaiCommand
import KobaiFiles
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
  @Option(
    help: ArgumentHelp("A file of the network instead, as a server has it.", valueName: "file.safetensors"),
    transform: expandingTilde)
  var weights: String?
  @Option(
    help: ArgumentHelp("Write the network to a file and end.", valueName: "file.safetensors"), transform: expandingTilde
  )
  var save: String?
  @OptionGroup var options: TurnOptions

  func validate() throws {
    guard seconds > 0 else { throw ValidationError("--seconds \(seconds): it must be positive") }
  }

  func run() throws {
    if let save { return try Network(input: model.input, batch: 1, model.architecture).save(to: save) }
    let all = try options.bench.prepare()
    if options.roundsOnStdin {
      let (served, count) = (try Served(self, all[0]), tasks.counts[0])
      _ = try served.predict(count, seconds: min(seconds, 0.3))  // warms up
      let memory = served.memory
      return try serveRounds(all[0].instructionSet.rawValue) {
        let (times, elapsed) = try served.predict(count, seconds: seconds)
        return [
          ("seconds", elapsed / Double(times.seconds.count)), ("p50", times.median), ("p99", times.p99),
          ("resident_mb", memory),
        ]
      }
    }
    var table = Table([
      "model", "tasks", "threads", "p50 µs", "p99 µs", "predictions/s", "weights MB", "MB more", "loading MB",
    ])
    var records: [Record] = []
    for kernels in all {
      let served = try Served(self, kernels)
      for count in tasks.counts {
        _ = try served.predict(count, seconds: min(seconds, 0.2))  // warms up
        let memory = served.memory
        let (times, elapsed) = try served.predict(count, seconds: seconds)
        var record = Record.microseconds("serve", times, on: kernels)
        (record.model, record.batch, record.p99) = (model.rawValue, 1, times.p99 * 1e6)
        (record.tasks, record.residentMb, record.peakMb) = (count, memory, served.loading)
        let rate = Double(times.seconds.count) / elapsed
        record.predictionsPerSecond = rate
        records.append(record)
        table.append([
          weights ?? model.rawValue, String(count), record.setting, record.median.short, (times.p99 * 1e6).short,
          rate.short, served.weights.short, memory.short, served.loading.short,
        ])
      }
    }
    table.print()
    print(
      "one image a call; MB more: what the process has grown by since before the network was there; loading MB: at most"
    )
    let series = records.uniqueSeries
    try options.bench.finish(
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
}

/// A network that threads predict with, and what it takes in memory.
private struct Served {
  let network: FrozenNetwork
  /// What the process grew by while the network was loaded, at most, in MB.
  let loading: Double
  private let before: Double  // in MB, without what files have behind it

  init(_ command: ServeCommand, _ kernels: Kernels) throws {
    // From here on, the most that is resident counts anew (proc(5)).
    try? unsafe OpenFile(overwriting: "/proc/self/clear_refs").write(Array("5".utf8).span.bytes)
    let start = residentNow("VmRSS")
    before = residentNow("RssAnon")
    network =
      try command.weights.map { try FrozenNetwork(contentsOf: $0, kernels: kernels) }
      ?? FrozenNetwork(Network(input: command.model.input, batch: 1, command.model.architecture), kernels: kernels)
    loading = residentNow("VmHWM") - start
  }

  /// The weights, in MB.
  var weights: Double { Double(network.parameterCount) * 4 / 1_048_576 }

  /// What the process has grown by since before the network was there, in MB; programs and libraries do not count.
  var memory: Double { residentNow("RssAnon") - before }

  /// The times of all calls of so many threads, and how long they took together.
  func predict(_ count: Int, seconds: Double) throws -> (times: Times, elapsed: Double) {
    let network = network
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
          repeat {
            let before = ContinuousClock.now
            try network.predict(image.span, into: y.mutableSpan)
            own.append((ContinuousClock.now - before) / .seconds(1))
          } while (ContinuousClock.now - start) / .seconds(1) < seconds
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

/// A number of MB in what Linux says about this process: `VmRSS` is what is resident now, `RssAnon` all of it that is no file's,
/// `VmHWM` the most that was.
private func residentNow(_ name: String) -> Double {
  guard let status = try? readFile("/proc/self/status"),
    let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first(where: { $0.hasPrefix("\(name):") }
    ),
    let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Double($0) })
  else { return .nan }
  return kilobytes / 1024
}
