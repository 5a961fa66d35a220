import Foundation
import Kobai
import TestSupport
import Testing

@Suite("A training that begins with weights of another one")
struct InitialWeightsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func train(_ arguments: String) throws -> Command {
    try CommandTests.run(
      ["--data", "embedded", "--epochs", "1", "--no-augment", "--images", "500", "--threads", "1"]
        + arguments.split(separator: " ").map(String.init))
  }

  @Test("what fits is loaded, what is frozen stays, and a line says which is which") func begins() throws {
    let (first, second) = (folder / "first", folder / "second")
    #expect(try train("--model mlp --save \(first)").code == 0)
    let none = try train("--model mlp --initial-weights \(first) --freeze affine")
    #expect(
      none.errors
        == "error: --freeze affine: that leaves nothing to train (cnn-train --help shows the options)\n")
    let frozen = "affine1,affine2"
    let tuned = try train("--model mlp --initial-weights \(first) --freeze \(frozen) --accumulate 2 --save \(second)")
    #expect(tuned.code == 0, "\(tuned.errors)")
    #expect(tuned.lines.contains("start      \(first): 10 tensors match"), "\(tuned.output)")
    #expect(
      tuned.lines.contains { $0.hasSuffix(", 500 images, 2 batches a step, \(frozen) frozen, seed 0") },
      "\(tuned.output)")
    let (before, after) = (try SafetensorsFile(first), try SafetensorsFile(second))
    for layer in 1...5 {
      let name = "affine\(layer).weight"
      #expect(try (before.floats(name) == after.floats(name)) == (layer <= 2), "\(name)")
    }
  }

  @Test("of a checkpoint the weights are loaded, and nothing is said of what else it keeps") func checkpoints() throws {
    let folder = folder / "checkpoints"
    #expect(try train("--model mlp --ema 0.9 --checkpoint-dir \(folder)").code == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    let file = try #require(names.first { $0.hasPrefix("step-") })
    let tuned = try train("--model mlp --initial-weights \(folder)/\(file)")
    #expect(tuned.lines.contains("start      \(folder)/\(file): 10 tensors match"), "\(tuned.output)\(tuned.errors)")
    // Those that the training would end with, as eval has it: the averages.
    let (kept, saved) = ("\(folder)/\(file)", self.folder / "unchanged")
    let still = "--model mlp --optimizer sgd --learning-rate 1e-30"
    #expect(try train("\(still) --initial-weights \(kept) --save \(saved)").code == 0)
    let averaged = try SafetensorsFile(kept)
    #expect(try SafetensorsFile(saved).floats("affine1.weight") == averaged.floats("average/affine1.weight"))
    #expect(try averaged.floats("affine1.weight") != averaged.floats("average/affine1.weight"))
  }

  @Test("--accumulate trains the weights of one larger batch, to the bit") func accumulates() throws {
    var weights: [[[Float]]] = []
    for (name, options) in [("whole", "--batch-size 120"), ("parts", "--batch-size 30 --accumulate 4")] {
      let file = folder / name
      #expect(try train("--model simple --dropout 0.3 \(options) --save \(file)").code == 0)
      let saved = try SafetensorsFile(file)
      weights.append(try saved.entries.keys.sorted().map(saved.floats))
    }
    #expect(weights[0].count == 6 && weights[0] == weights[1])
  }

  @Test("a file of another network is an error, and so is a checkpoint besides") func misfits() throws {
    let file = folder / "softmax"
    #expect(try train("--model softmax --save \(file)").code == 0)
    let other = try train("--model simple --initial-weights \(file)")
    let reason = "none of its tensors has the name and the shape of one of the network's"
    #expect(other.code == 1 && other.errors == "error: \(file): does not fit the network: \(reason)\n")
    let both = try train("--initial-weights \(file) --resume \(folder / "checkpoints")")
    let words = "--initial-weights and --resume exclude each other: a checkpoint has weights of its own"
    #expect(both.code == 64 && both.errors == "error: \(words) (cnn-train --help shows the options)\n")
  }
}
