import ArgumentParser
import Foundation
import Kobai
import KobaiCommand
import KobaiDistributed
import KobaiFiles
import KobaiKernels
import KobaiTraining

/// The processes of a training, each of which runs this command: one, unless `--distributed` asks for those that `mpirun` started.
///
/// The first of them, rank 0, prints and saves. Whatever goes wrong is one line, which says on which of them.
struct Ranks {
  let communicator: any Communicator
  private let end: () throws -> Void
  private let abort: (Int32) -> Void
  private let neighbours: Int  // how many are on this machine

  /// Reaches the other processes, if there are to be any.
  init(_ options: RankOptions) throws {
    guard options.distributed else {
      (communicator, end, abort, neighbours) = (SingleProcess(), {}, { exit($0) }, 1)
      return
    }
    #if MPI
      let reached = try MPICommunicator(patience: .milliseconds(Int(options.rankTimeout * 1000)))
      (communicator, neighbours) = (reached, reached.neighbours)
      (end, abort) = ({ try reached.finish() }, { reached.abort($0) })
      if !isFirst { Interrupt.silence() }
    #else
      throw Failure(
        "--distributed: this cnn-train was built without MPI; install it (Debian: libopenmpi-dev and openmpi-bin, or "
          + "libmpich-dev and mpich), and build with swift build -c release --traits MPI")
    #endif
  }

  /// Whether this process prints and saves.
  var isFirst: Bool { communicator.rank == 0 }

  /// What kernels compute with on this process. Unless something else is asked for, or the launcher has bound it to some of them,
  /// the processes of a machine share its processors out.
  func kernels(_ options: MachineOptions, _ precision: Precision) throws -> Kernels {
    let kernels = try options.kernels(precision)
    let isBound = Processors.current.allowed < ProcessInfo.processInfo.processorCount
    let isTyped = options.threads != nil || environmentVariable("OMP_NUM_THREADS") != nil
    if isTyped || isBound || neighbours == 1 { return kernels }
    return try Kernels.fromEnvironment(precision: precision, threads: max(1, kernels.threads / neighbours))
  }

  /// Does what comes before the first step. Where it fails on one process, or has another result, it fails on all of them.
  ///
  /// - Parameters:
  ///   - work: what is done.
  ///   - facts: what has to be the same everywhere, and a digest of it.
  func prepare<Prepared>(
    _ work: () throws -> Prepared, agreeingOn facts: (Prepared) throws -> [(difference: String, digest: String)]
  ) throws -> Prepared {
    if communicator.size == 1 { return try together { .success(try work()) } }
    let result = Result { () throws -> (Prepared, [(difference: String, digest: String)]) in
      let prepared = try work()
      return (prepared, try facts(prepared))
    }
    return try together {
      let problem = if case .failure(let error) = result { Train.message(for: error) } else { "" }
      let problems = try communicator.gatherTexts([problem])[0]
      if let rank = problems.firstIndex(where: { !$0.isEmpty }) {
        let isEverywhere = problems.allSatisfy { $0 == problems[0] }
        return isEverywhere ? result.map(\.0) : .failure(Failure("rank \(rank): \(problems[rank])"))
      }
      let (prepared, facts) = try result.get()
      if let problem = try communicator.disagreement(on: facts) { return .failure(Failure("\(problem)")) }
      return .success(prepared)
    }
  }

  /// Trains, on all processes, which then go their own ways.
  func train<Value>(_ work: () throws -> Value) throws -> Value {
    let value = try together {
      do { return .success(try work()) } catch let error where error is TrainingError || error is ExitCode {
        return .failure(error)  // all of them come to the same
      }
    }
    try end()
    return value
  }

  /// Does what all processes do, and has the same result on all; where it is a failure, they end, and the first says why. What one
  /// of them throws ends all of them, and the first that can says why.
  private func together<Value>(_ work: () throws -> Result<Value, any Error>) throws -> Value {
    do {
      switch try work() {
      case .success(let value): return value
      case .failure(let error):
        Interrupt.ignore()  // the launcher terminates those that come last
        try end()
        throw Agreed(error: isFirst ? error : ExitCode.success)
      }
    } catch let agreed as Agreed {
      throw agreed.error
    } catch let error where communicator.size == 1 {
      try end()
      throw error
    } catch let error as CommunicationError {
      // One of those that wait for the same says so, and ends the others, too.
      if let silent = error.rank, communicator.rank != (silent == 0 ? 1 : 0) { sleep(4) } else { complaint("\(error)") }
    } catch {
      complaint("rank \(communicator.rank): \(Train.message(for: error))")
    }
    AtomicFile.removeTemporaries()
    abort(1)
    exit(1)
  }

  /// The failure that all processes have come to.
  private struct Agreed: Error { let error: any Error }
}

extension ConfigurationLayer {
  /// The layer for a training that so many processes share out: in 8 shards, or in more where there are more processes.
  func sharded(among processes: Int) -> ConfigurationLayer {
    var layer = self
    var shards = 8
    while shards < processes { shards *= 2 }
    if layer.shards == nil { layer.shards = shards }
    return layer
  }
}
