import ArgumentParser
import Kobai
import KobaiCommand
import KobaiData
import KobaiTraining

/// Options that say what is kept of a training.
struct OutputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Save the weights as safetensors, which PyTorch reads too.", valueName: "file"),
    transform: expandingTilde)
  var save: String?
  @Option(
    help: ArgumentHelp("Write one JSON object a line: one for each epoch, then the result.", valueName: "file"),
    transform: expandingTilde)
  var metrics: String?
  @Option(help: ArgumentHelp("Write what TensorBoard shows.", valueName: "folder"), transform: expandingTilde)
  var logDir: String?
  @Option(
    help: ArgumentHelp("Write a page with curves, mistakes and all that was asked for.", valueName: "file.html"),
    transform: expandingTilde)
  var report: String?
  @Option(
    help: ArgumentHelp("Keep checkpoints there, from which --resume goes on.", valueName: "folder"),
    transform: expandingTilde)
  var checkpointDir: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("A checkpoint every so many steps as well as after each epoch.", valueName: "steps"))
  var checkpointEvery: Int?
  @Option(parsing: .unconditional, help: "How many of the last checkpoints stay, besides the best.")
  var keepCheckpoints = 3
  @Option(
    help: ArgumentHelp(
      """
      Go on from the newest whole checkpoint in a folder, or from the one named, to the same bits as without a break; \
      with --epochs for longer.
      """,
      valueName: "folder"), transform: expandingTilde)
  var resume: String?

  func validate() throws {
    let files = [save, metrics, report].compactMap(\.self)
    try require(Set(files).count == files.count, "--save, --metrics and --report need files of their own")
    if let every = checkpointEvery {
      try require(every > 0, "--checkpoint-every \(every): at least one step is needed")
      try require(
        checkpointDir != nil || resume != nil, "--checkpoint-every needs --checkpoint-dir, the folder to write to")
    }
    try require(keepCheckpoints > 0, "--keep-checkpoints \(keepCheckpoints): at least one has to be kept")
  }
}

/// Options that say how the machine is used.
struct MachineOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "Threads. (default: OMP_NUM_THREADS, or all processors, or as many as a container's CPU quota is)")
  var threads: Int?

  func validate() throws {
    if let threads { try require(threads > 0, "--threads \(threads): at least one thread is needed") }
  }

  func kernels(_ precision: Precision) throws -> Kernels {
    try Kernels.fromEnvironment(precision: precision, threads: threads)
  }
}

/// Options of a training that several processes share out.
struct RankOptions: ParsableArguments {
  @Flag(
    help:
      """
      Train together with the processes that mpirun starts, on one machine or many: mpirun -np 4 cnn-train --distributed. \
      The first of them prints and saves.
      """)
  var distributed = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How long another process of --distributed is waited for.", valueName: "seconds"))
  var rankTimeout = 6.0

  func validate() throws {
    try require(
      rankTimeout > 0 && rankTimeout <= 86_400, "--rank-timeout \(rankTimeout): it must be positive, and a day at most")
  }
}

extension Kernels {
  /// Notices of what is not as it was asked for.
  func notices(wanted: Precision) -> [String] {
    let started = startThreads()
    let missing =
      started == threads
      ? nil : "only \(started) of \(threads) threads: the system starts no more (ulimit -u, OMP_THREAD_LIMIT)"
    let fallback =
      precision == wanted ? nil : "precision \(wanted.rawValue) would not be faster here: highest (fp32) is used"
    return [missing, fallback].compactMap(\.self)
  }
}

let precisionHelp =
  "Precision of the products: highest (fp32), high, medium (bf16); highest where a processor is not faster with them."

func require(_ condition: Bool, _ message: String) throws {
  if !condition { throw ValidationError(message) }
}
