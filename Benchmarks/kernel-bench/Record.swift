import Foundation
import Kobai

/// One line of results. `--json` writes an array of these.
struct Record: Encodable {
  var benchmark: String
  var shape: String?
  var model: String?
  var batch: Int?
  var precision: String
  var threads: Int
  var isa: String
  var best: Double
  var median: Double
  var worst: Double
  /// The 99th percentile of single calls; `median` is their p50.
  var p99: Double?
  var unit: String
  var shareOfPeak: Double?
  var error: Double?
  var peer: String?
  var peerBest: Double?
  var peerMedian: Double?
  /// Median of the round-by-round ratios to the peer, above 1 where Kobai is faster.
  var ratio: Double?
  var allocationsPerStep: Double?
  var residentMb: Double?
  /// How many threads predicted at once, and their predictions a second together.
  var tasks: Int?
  var predictionsPerSecond: Double?
  /// The most that loading took; `resident_mb` is what stays.
  var peakMb: Double?

  /// How it ran: "2", or "2, medium".
  var setting: String { "\(threads)" + (precision == Precision.highest.rawValue ? "" : ", \(precision)") }
  /// How it ran, for a legend: "2 threads, medium".
  var series: String {
    setting.replacing("\(threads)", with: "\(threads) thread\(threads == 1 ? "" : "s")", maxReplacements: 1)
  }

  /// A rate, such as GFLOP/s: the shortest time is the best.
  static func rate(
    _ benchmark: String, work: Double, unit: String, _ times: Times, on kernels: Kernels
  ) -> Record {
    Record(
      benchmark: benchmark, on: kernels, best: work / times.best, median: work / times.median,
      worst: work / times.worst, unit: unit)
  }

  /// A time, in microseconds.
  static func microseconds(_ benchmark: String, _ times: Times, on kernels: Kernels) -> Record {
    Record(
      benchmark: benchmark, on: kernels, best: times.best * 1e6, median: times.median * 1e6,
      worst: times.worst * 1e6, unit: "us")
  }

  init(benchmark: String, on kernels: Kernels, best: Double, median: Double, worst: Double, unit: String) {
    (self.benchmark, self.best, self.median, self.worst, self.unit) = (benchmark, best, median, worst, unit)
    (threads, precision) = (kernels.threads, kernels.precision.rawValue)
    isa = kernels.instructionSet.rawValue
  }

  static func json(_ records: [Record]) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(records)) + [UInt8(ascii: "\n")]
  }
}

extension [Record] {
  /// The distinct series, in the order of the records, for a legend.
  var uniqueSeries: [String] {
    reduce(into: []) { if !$0.contains($1.series) { $0.append($1.series) } }
  }
}
