import ArgumentParser
import KobaiCommand

/// The options of benchmarks whose rounds another program can ask for.
struct TurnOptions: ParsableArguments {
  @OptionGroup var bench: BenchOptions
  @Flag(
    help: """
      Only warm up what comes first of the models, shapes and thread counts, print `ready`, and run a round for each \
      line of standard input. Benchmarks/peers/compare lets peers take turns so.
      """)
  var roundsOnStdin = false

  func validate() throws {
    if roundsOnStdin && (bench.json ?? bench.svg) != nil {
      throw ValidationError("--rounds-on-stdin writes no files: leave --json and --svg out")
    }
  }
}

/// Runs rounds when another program asks for them, so that it can let several programs take turns: prints `ready MODE` once
/// warm, and answers each line of standard input with the time of one call in a round, as JSON.
func serveRounds(
  _ mode: String, _ measure: (Contender) throws -> Double = { try $0.time() }, of body: @escaping () throws -> Void
) throws {
  let contender = try Contender(round: 0.3, body)
  try serveRounds(mode) { [("seconds", try measure(contender))] }
}

/// The same for rounds that find out several figures.
func serveRounds(_ mode: String, _ round: () throws -> [(name: String, figure: Double)]) throws {
  StandardOutput.line("ready \(mode)")  // `print` would keep lines back in a pipe
  while readLine() != nil {
    let figures = try round().map { ", \"\($0.name)\": \($0.figure)" }.joined()
    StandardOutput.line("{\"mode\": \"\(mode)\"\(figures)}")
  }
}
