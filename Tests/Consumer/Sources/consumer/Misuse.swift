import Kobai
import KobaiData
import KobaiTraining

/// Programmer's errors, each of which ends the process with words that `run` looks for: they have to be there in a release
/// build, too.
func misuse(_ name: String) throws {
  switch name {
  case "tensor": _ = Tensor([2], [1, 2, 3])
  case "axis": _ = ([4, 5] as Shape)[2]
  case "backward": try Network(input: [4], batch: 1, SoftmaxRegression()).backward()
  case "batches": _ = Batches(try Dataset.embedded().test, batchSize: 0)
  case "checkpoints": _ = try CheckpointFolder("checkpoints", keeping: 0)
  default: fatalError("no misuse is called \(name)")
  }
}
