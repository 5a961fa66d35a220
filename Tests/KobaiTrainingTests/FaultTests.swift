import Foundation
import Kobai
import KobaiFiles
import KobaiTraining
import TestSupport
import Testing

/// Each call of the system fails in turn, in each way in which it can, while weights and checkpoints are written and read.
@Suite("Weights and checkpoints, whichever call of the system fails", .enabled(if: Fault.isAvailable))
struct FaultTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// A training between two steps.
  private func trainer(after steps: Int, seed: UInt64 = 1) throws -> Trainer {
    let training = SmallTraining(
      architecture: MultiLayerNet(hidden: [2]), batch: 10, images: 100, seed: seed, optimizer: SGD(learningRate: 0.1))
    let trainer = try training.trainer()
    if steps > 0 { _ = try trainer.run(onStep: { trainer.shouldStop = $0.index + 1 == steps }) }
    return trainer
  }

  private func network(_ seed: UInt64) throws -> Network {
    try Network(input: [1, 28, 28], batch: 1, MultiLayerNet(hidden: [2]), seed: seed)
  }

  @Test("weights are the old or the new ones, and are read whole or not at all") func weights() throws {
    let (first, second) = (try network(1), try network(2))
    try first.save(to: folder / "w")
    let old = try readFile(folder / "w")
    try expectWholeFiles(
      in: folder, reset: { try folder.write(old, to: "w") },
      write: {
        let file = try AtomicFile(folder / "w")
        try file.reserve(second.savedSize())
        try second.save(to: file)
      })
    try folder.write(old, to: "w")
    try expectSameOrOneLine(in: folder) {
      let network = try network(3)
      try network.load(SafetensorsFile(folder / "w"))
      return network.weightsSHA256
    }
  }

  /// The files of two checkpoints and a best one, as a training leaves them after its second step.
  private func checkpoints() throws -> [String: [UInt8]] {
    do {
      let checkpoints = try CheckpointFolder(folder / "c")
      for steps in 1...2 { try checkpoints.write(trainer(after: steps), isBest: steps == 1) }
    }
    let files = try folder.files()
    try folder.empty()
    return files
  }

  @Test("a checkpoint, the best one and what makes room for them leave a folder that a training goes on from")
  func checkpointFolder() throws {
    let files = try checkpoints()
    let third = try trainer(after: 3)
    var origin: Checkpoint?
    var runs = 0
    try expectWholeFiles(
      in: folder,
      reset: {
        origin = nil
        for (name, bytes) in files { try folder.write(bytes, to: name) }
        origin = try Checkpoint(folder / "c/step-000000002.safetensors")
      },
      write: {
        let checkpoints = try CheckpointFolder(folder / "c", keeping: 2, from: origin)
        try checkpoints.write(third, isBest: true)
      },
      check: { run in
        runs += 1
        // No lock is left, and the newest checkpoint is whole.
        var skipped: [FileError] = []
        let latest = try CheckpointFolder.latest(in: folder / "c") { skipped.append($0) }
        #expect([2, 3].contains(latest.progress.step) && skipped.isEmpty, "\(run)")
        _ = try CheckpointFolder(folder / "c", from: latest)
        let best = try Checkpoint(folder / "c/best.safetensors").progress.step
        #expect([1, 3].contains(best), "\(run)")
      })
    #expect(runs > 150)
  }

  @Test("an old checkpoint that cannot be removed is told, and removed the next time") func rotation() throws {
    let checkpoints = try CheckpointFolder(folder / "c", keeping: 1)
    try checkpoints.write(trainer(after: 1))
    let second = try trainer(after: 2)
    let error = #expect(throws: FileError.self) {
      _ = try Fault.error(EACCES).inject(at: 1, of: "unlink") { try checkpoints.write(second) }
    }
    let old = folder / "c/step-000000001.safetensors"
    #expect(error?.description == "\(old): cannot be removed: Permission denied")
    #expect(try folder.files().count == 2)
    try checkpoints.write(trainer(after: 3))
    #expect(try Array(folder.files().keys) == ["c/step-000000003.safetensors"])
  }

  @Test("another training's folder is never taken over, and its newest checkpoint is found or an error says why not")
  func foreignFolder() throws {
    let files = try checkpoints()
    var isTaken = false
    try withEveryFault(
      reset: {
        try folder.empty()
        for (name, bytes) in files { try folder.write(bytes, to: name) }
      }, { isTaken = (try? CheckpointFolder(folder / "c")) != nil },
      check: { run in
        #expect(!isTaken, "\(run)")
        let now = try folder.files().filter { !$0.key.hasSuffix(".tmp") }
        #expect(now == files, "\(run)")
      })
    // What of the newest cannot be read is said, and the one before it is taken.
    var skipped: [FileError] = []
    var step: Int?
    try withEveryFault(
      Fault.ofReading,
      reset: { (skipped, step) = ([], nil) },
      { step = try CheckpointFolder.latest(in: folder / "c") { skipped.append($0) }.progress.step },
      check: { run in
        run.expectOneLine(about: folder)
        #expect(run.error != nil || step == 2 && skipped.isEmpty || step == 1 && skipped.count == 1, "\(run)")
      })
  }

  @Test("a folder is locked, or an error says why not; a file system without locks is used without them")
  func folderLock() throws {
    for (fault, call) in [(Fault.error(EIO), "flock"), (.error(EMFILE), "open")] {
      let error = #expect(throws: FileError.self) {
        _ = try fault.inject(at: 1, of: call) { _ = try CheckpointFolder(folder / "c") }
      }
      #expect(error?.description == "\(folder / "c"): cannot be written: \(fault)")
    }
    for (fault, call) in [(Fault.error(ENOLCK), "flock"), (.error(EACCES), "open")] {
      #expect(try fault.inject(at: 1, of: call) { _ = try CheckpointFolder(folder / "c") } == call)
    }
  }
}
