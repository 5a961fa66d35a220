import Foundation

/// The times of some rounds, in seconds; a round is one call or the mean of several.
struct Times {
  private(set) var seconds: [Double] = []

  mutating func append(_ time: Double) { seconds.append(time) }

  var best: Double { seconds.min() ?? .nan }
  var worst: Double { seconds.max() ?? .nan }
  var median: Double {
    let sorted = seconds.sorted()
    guard !sorted.isEmpty else { return .nan }
    return sorted.count % 2 == 1
      ? sorted[sorted.count / 2] : (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
  }

  /// The 99th percentile: 99 of 100 rounds take no longer.
  var p99: Double {
    let sorted = seconds.sorted()
    return sorted.isEmpty ? .nan : sorted[sorted.count * 99 / 100]
  }

  /// The median of the ratios round by round: other / self, above 1 where self is faster. The two were timed in turn,
  /// so that each pair saw the same machine.
  func ratio(to other: Times) -> Double {
    var ratios = Times()
    for (mine, theirs) in zip(seconds, other.seconds) { ratios.append(theirs / mine) }
    return ratios.median
  }
}

/// One contender of a benchmark: what is timed, and how often in one round.
struct Contender {
  let body: () throws -> Void
  let repeats: Int

  /// Repeats the body so often that a round takes about `round` seconds; warms it up on the way.
  init(round: Double = 0.02, _ body: @escaping () throws -> Void) throws {
    self.body = body
    try body()
    var repeats = 1
    while true {
      let time = try Self.time(repeats, body)
      if time >= round / 2 || repeats >= 1 << 20 {
        self.repeats = max(1, Int((Double(repeats) * round / time).rounded()))
        return
      }
      repeats *= time < round / 100 ? 16 : 2
    }
  }

  private static func time(_ repeats: Int, _ body: () throws -> Void) throws -> Double {
    let start = ContinuousClock.now
    for _ in 0..<repeats { try body() }
    return (ContinuousClock.now - start) / .seconds(1)
  }

  /// One round: the mean time of a call.
  func time() throws -> Double { try Self.time(repeats, body) / Double(repeats) }

  /// One round: the median of calls that are timed one by one.
  func latency() throws -> Double {
    var times = Times()
    for _ in 0..<repeats { times.append(try Self.time(1, body)) }
    return times.median
  }

  /// Times the contenders in turn, round by round, so that all of them see the machine's good and bad moments.
  ///
  /// - Parameter settling: seconds to wait before each turn, after which the contender runs once untimed. Threads of
  ///   OpenMP runtimes wait busily for 0.2 s after their work: another runtime's would take its core.
  static func race(_ contenders: [Contender], rounds: Int, settling: Double = 0) throws -> [Times] {
    var times = contenders.map { _ in Times() }
    for _ in 0..<rounds {
      for (i, contender) in contenders.enumerated() {
        if settling > 0 {
          Thread.sleep(forTimeInterval: settling)
          try contender.body()
        }
        times[i].append(try contender.time())
      }
    }
    return times
  }
}
