import ArgumentParser
import Foundation
import Kobai
import KobaiFiles
import KobaiReport

/// What every benchmark takes.
struct BenchOptions: ParsableArguments {
  @Option(help: "Thread counts, with commas. (default: 1 and all processors)")
  var threads: CountList?
  @Option(help: "Precisions, with commas: highest, high, medium. Those that this machine lacks are left out.")
  var precision = PrecisionList([.highest])
  @Option(help: "Rounds; contenders take turns within each.")
  var rounds = 15
  @Option(help: ArgumentHelp("Write the results as an array of JSON objects.", valueName: "file"))
  var json: String?
  @Option(help: ArgumentHelp("Draw the results.", valueName: "file"))
  var svg: String?
  @Flag(
    help: """
      Only warm up what comes first of the models, shapes and thread counts, print `ready`, and run a round for each \
      line of standard input. Benchmarks/peers/compare lets peers take turns so.
      """)
  var roundsOnStdin = false

  func validate() throws {
    if rounds < 1 { throw ValidationError("--rounds \(rounds): at least one round is needed") }
  }

  /// The kernels to run on, one for each precision and thread count; KOBAI_ISA chooses the instruction set.
  func kernels() throws -> [Kernels] {
    let all = Kernels.defaultThreads
    let counts = threads?.counts ?? (all == 1 ? [1] : [1, all])
    return try precision.precisions.flatMap { precision in
      try counts.map { try Kernels.fromEnvironment(precision: precision, threads: $0) }
        .filter { $0.precision == precision }
    }
  }

  /// Writes what was asked for.
  func finish(_ records: [Record], plot: @autoclosure () -> Figure? = nil) throws {
    if let json { try AtomicFile.write(try Record.json(records), to: json) }
    if let svg, let plot = plot() { try AtomicFile.write(Array(plot.svg.utf8), to: svg) }
  }
}

/// "1,2,4"
struct CountList: ExpressibleByArgument, CustomStringConvertible {
  let counts: [Int]

  var description: String { counts.map(String.init).joined(separator: ",") }

  init(_ counts: [Int]) { self.counts = counts }
  init?(argument: String) {
    let counts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard !counts.isEmpty, counts.allSatisfy({ $0 > 0 }) else { return nil }
    self.counts = counts
  }
}

/// "highest,medium"
struct PrecisionList: ExpressibleByArgument, CustomStringConvertible {
  let precisions: [Precision]

  var description: String { precisions.map(\.rawValue).joined(separator: ",") }

  init(_ precisions: [Precision]) { self.precisions = precisions }
  init?(argument: String) {
    let names = argument.split(separator: ",", omittingEmptySubsequences: false)
    precisions = names.compactMap { Precision(rawValue: String($0)) }
    guard precisions.count == names.count else { return nil }
  }
}

/// "64,64,64;100,10,784,n,t": shapes with semicolons between them, their parts with commas.
struct ShapeList: ExpressibleByArgument, CustomStringConvertible {
  let shapes: [[String]]
  var description: String { shapes.map { $0.joined(separator: ",") }.joined(separator: ";") }

  init(_ text: String) {
    shapes = text.split(separator: ";").map { $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }
  }
  init?(argument: String) {
    self.init(argument)
    if shapes.isEmpty { return nil }
  }

  /// The leading numbers of each shape, `count` of them, and the words after.
  func numbers(_ count: Int, form: String) throws -> [(numbers: [Int], rest: [String])] {
    try shapes.map { parts in
      let numbers = parts.prefix(count).compactMap(Int.init)
      guard numbers.count == count, numbers.allSatisfy({ $0 >= 0 }) else {
        throw ValidationError("\"\(parts.joined(separator: ","))\" is no shape; the form is \(form)")
      }
      return (numbers, Array(parts.dropFirst(count)))
    }
  }
}

/// Random numbers in -1 ..< 1.
func randomFloats(_ count: Int, _ index: Int) -> Tensor {
  let tensor = Tensor([count])
  Kernels.default.randomUniform(RandomKey(seed: 1, .weights, index: index), -1..<1, into: tensor.mutableSpan)
  return tensor
}
