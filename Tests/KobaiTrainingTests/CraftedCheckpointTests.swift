import Foundation
import Kobai
import KobaiData
import KobaiFiles
import KobaiTraining
import TestSupport
import Testing

/// Checkpoints whose digest is right and whose progress no training can have. What they say is refused before it is used.
@Suite struct CraftedCheckpointTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// What a training of two epochs of three steps of 20 images says when a checkpoint with another value is restored.
  private func reason(_ path: [String], _ value: Any) throws -> String {
    let training = SmallTraining(architecture: SoftmaxRegression(), images: 60, epochs: 2)
    let trainer = try training.trainer()
    _ = try trainer.run(onStep: { if $0.index == 3 { trainer.shouldStop = true } })
    let name = folder / "c.safetensors"
    try Checkpoint.write(trainer, to: name)
    let file = try SafetensorsFile(name)
    var metadata = file.metadata
    let text = try #require(metadata["kobai.progress"])
    var progress = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    if path.count == 1 {
      progress[path[0]] = value
    } else {
      var inner = try #require(progress[path[0]] as? [String: Any])
      inner[path[1]] = value
      progress[path[0]] = inner
    }
    metadata["kobai.progress"] = String(decoding: try JSONSerialization.data(withJSONObject: progress), as: UTF8.self)
    let tensors = try file.entries.map { entry in
      (name: entry.key, tensor: Tensor(Shape(entry.value.shape), try file.floats(entry.key)))
    }
    try SafetensorsFile.write(tensors, metadata: metadata, to: name)
    do { try Checkpoint(name).restore(training.trainer()) } catch {
      return "\(error)".replacing("\(name): does not fit the training: its ", with: "")
    }
    return "restored"
  }

  @Test("a progress that no training can have is refused in one line")
  func progress() throws {
    #expect(try reason(["epoch"], 1) == "restored")
    #expect(try reason(["epoch"], -1) == "epoch -1 is not from 0 to 375299968947541")
    #expect(try reason(["epoch"], Int.max) == "epoch 9223372036854775807 is not from 0 to 375299968947541")
    #expect(try reason(["epoch"], 0) == "step 4 is not 1, as 0 epochs and 1 steps are")
    #expect(try reason(["batch"], -1) == "batch -1 is not from 0 to 3")
    #expect(try reason(["batch"], 3) == "step 4 is not 6, as 1 epochs and 3 steps are")
    #expect(try reason(["batch"], 4) == "batch 4 is not from 0 to 3")
    #expect(try reason(["batch"], Int.max) == "batch 9223372036854775807 is not from 0 to 3")
    #expect(try reason(["step"], -1) == "step -1 is not 4, as 1 epochs and 1 steps are")
    #expect(try reason(["step"], Int.max) == "step 9223372036854775807 is not 4, as 1 epochs and 1 steps are")
    #expect(try reason(["samples"], -1) == "samples -1 is not from 0 to 80")
    #expect(try reason(["samples"], Int.max) == "samples 9223372036854775807 is not from 0 to 80")
    #expect(try reason(["bestEpoch"], 2) == "bestEpoch 2 is not from 0 to 1")
    #expect(try reason(["seconds"], -1) == "seconds -1.0 is negative, or no number")
    #expect(try reason(["current", "samples"], Int.max) == "current.samples 9223372036854775807 is not from 0 to 20")
    #expect(try reason(["current", "correct"], 21) == "current.correct 21 is not from 0 to 20")
    #expect(try reason(["current", "weight"], -1) == "current.weight -1.0 is negative, or no number")
    #expect(try reason(["current", "seconds"], -1) == "current.seconds -1.0 is negative, or no number")
    #expect(
      try reason(["current", "learningRate"], -1) == "current.learningRate -1.0 is negative, or no number")
  }

  @Test(
    "a step of more batches than an epoch has is one of all of them, in no more memory; endless epochs do not overflow")
  func largeOptions() throws {
    func digest(_ accumulate: Int, epochs: Int) throws -> String {
      let training = SmallTraining(
        architecture: SoftmaxRegression(), images: 60, epochs: epochs, schedule: .cosine, accumulate: accumulate)
      let trainer = try training.trainer()
      _ = try trainer.run(onEpoch: { _ in trainer.shouldStop = true })
      return trainer.network.weightsSHA256
    }
    #expect(try digest(.max, epochs: 9) == digest(3, epochs: 9))
    #expect(try digest(3, epochs: .max).count == 64)
  }
}
