import Foundation

/// One line of results. `--json` writes an array of these.
struct Record: Encodable {
  var benchmark: String
  var shape: String?
  var model: String?
  var batch: Int?
  var precision = "highest"
  var threads: Int
  var isa: String
  var best: Double
  var median: Double
  var worst: Double
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

  /// A rate, such as GFLOP/s: the shortest time is the best.
  static func rate(
    _ benchmark: String, work: Double, unit: String, _ times: Times, threads: Int, isa: String
  ) -> Record {
    Record(
      benchmark: benchmark, threads: threads, isa: isa, best: work / times.best, median: work / times.median,
      worst: work / times.worst, unit: unit)
  }

  /// A time, in microseconds.
  static func microseconds(_ benchmark: String, _ times: Times, threads: Int, isa: String) -> Record {
    Record(
      benchmark: benchmark, threads: threads, isa: isa, best: times.best * 1e6, median: times.median * 1e6,
      worst: times.worst * 1e6, unit: "us")
  }

  static func json(_ records: [Record]) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(records)) + [UInt8(ascii: "\n")]
  }
}
