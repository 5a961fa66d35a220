import ArgumentParser
import KobaiCommand

/// A training, with its options as typed.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains a network; without options the book's, on what data there are. (default)",
    discussion: """
      Without options it trains the book's convolutional network: on MNIST where it is cached or can be fetched, else \
      on 5,000 real digits that are part of the program. The same options and seed give the same weights, bit for \
      bit, on any number of threads and, at the highest precision, on any machine.

      KOBAI_ISA=portable|avx2|avx512|amx|neon forces an instruction set, OMP_NUM_THREADS the threads, NO_COLOR plain text.
      """)

  @OptionGroup(title: "What is trained")
  var configuration: ConfigurationOptions
  @OptionGroup(title: "What is kept")
  var output: OutputOptions
  @OptionGroup(title: "What is looked for")
  var tuning: TuningOptions
  @OptionGroup(title: "How it runs")
  var machine: MachineOptions
  @OptionGroup(title: "How it runs")
  var ranks: RankOptions
  @Option(
    help: ArgumentHelp(
      """
      Begin with these weights instead of random ones. What the file lacks or has in another shape, as the last layer for \
      other classes, begins at random.
      """, valueName: "file"), transform: expandingTilde)
  var initialWeights: String?
  @Flag(help: "Print the test accuracy alone.")
  var quiet = false

  func validate() throws {
    try require(
      initialWeights == nil || output.resume == nil,
      "--initial-weights and --resume exclude each other: a checkpoint has weights of its own")
    try require(
      !ranks.distributed || tuning.tune.isEmpty,
      "--tune and --distributed exclude each other: a search trains side by side on one machine")
  }

  func run() throws {
    if tuning.tune.isEmpty { try TrainingRun(self).run() } else { try TuningRun(self).run() }
  }
}
