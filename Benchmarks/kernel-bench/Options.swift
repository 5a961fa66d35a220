import ArgumentParser
import Foundation
import Kobai
import KobaiCommand
import KobaiFiles
import KobaiReport

/// The options of every benchmark.
struct BenchOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "Thread counts, with commas. (default: 1 and all processors)")
  var threads: CountList?
  @Option(help: "Precisions, with commas; high needs AMX, medium AMX or AMD's AVX512_BF16.")
  var precision = ChoiceList<Precision>([.highest])
  @Option(parsing: .unconditional, help: "Rounds; contenders take turns within each.")
  var rounds = 15
  @Option(
    help: ArgumentHelp("Write the results as an array of JSON objects.", valueName: "file"), transform: expandingTilde)
  var json: String?
  @Option(help: ArgumentHelp("Draw the results.", valueName: "file"), transform: expandingTilde)
  var svg: String?

  func validate() throws {
    try requirePositive(rounds, "--rounds")
    if let json, json == svg { throw ValidationError("--json and --svg \(json): each needs a file of its own") }
  }

  /// The kernels to run on, one for each precision and thread count; KOBAI_ISA chooses the instruction set.
  ///
  /// It is called before the measurement, so that a file that cannot be written and a precision that is unavailable are
  /// found early.
  func prepare() throws -> [Kernels] {
    for path in [json, svg].compactMap(\.self) { _ = try AtomicFile(path) }
    let all = Kernels.defaultThreads
    let counts = threads?.counts ?? (all == 1 ? [1] : [1, all])
    return try precision.choices.flatMap { precision in
      try counts.map { count in
        let kernels = try Kernels.fromEnvironment(precision: precision, threads: count)
        guard kernels.precision == precision else {
          let isa = kernels.instructionSet.rawValue
          throw ValidationError(
            "--precision \(precision.rawValue): unavailable with the \(isa) kernels of this machine")
        }
        return kernels
      }
    }
  }

  /// Writes the files that the options name. One that fails does not cost the other.
  func finish(_ records: [Record], plot: @autoclosure () -> Figure) throws {
    let outcomes = [
      json.map { path in Result { try AtomicFile.write(try Record.json(records), to: path) } },
      svg.map { path in Result { try AtomicFile.write(Array(plot().svg.utf8), to: path) } },
    ]
    for outcome in outcomes { try outcome?.get() }
  }
}

/// Refuses an option's number below 1.
func requirePositive(_ number: Int, _ option: String) throws {
  if number < 1 { throw ValidationError("\(option) \(number): it must be at least 1") }
}

/// Refuses what this machine has no memory for: an allocation that fails ends the process.
///
/// - Parameters:
///   - what: the option at fault, as typed.
///   - floats: how many all arrays hold, a `Double` because it may be more than an `Int` holds.
///   - scratch: bytes beside them; only asked where the arrays fit, so that it can compute with integers.
func requireMemory(_ what: String, floats: Double, scratch: () -> Int = { 0 }) throws {
  let memory = Double(ProcessInfo.processInfo.physicalMemory)
  guard 4 * floats < memory, 4 * floats + Double(scratch()) < memory else {
    throw ValidationError("\(what): too large for this machine's memory")
  }
}

/// Random numbers in -1 ..< 1.
func randomFloats(_ count: Int, _ index: Int) -> Tensor {
  let tensor = Tensor([count])
  Kernels.default.randomUniform(RandomKey(seed: 1, .weights, index: index), -1..<1, into: tensor.mutableSpan)
  return tensor
}
