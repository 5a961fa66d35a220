import ArgumentParser

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains a network; without options the book's, on what data there are. (default)",
    discussion: """
      Without options it trains the book's convolutional network: on MNIST where it is cached or can be fetched, else \
      on 5,000 real digits that are part of the program. The same options and seed give the same weights, bit for \
      bit, on any number of threads and, at the highest precision, on any machine.

      KOBAI_ISA=portable|avx2|avx512|amx|neon forces an instruction set, OMP_NUM_THREADS the threads, NO_COLOR plain text.
      """)

  @OptionGroup var options: TrainOptions

  func run() throws {
    if options.tuning.tune.isEmpty { try TrainingRun(options).run() } else { try TuningRun(options).run() }
  }
}
