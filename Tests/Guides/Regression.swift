import Foundation
import Kobai
import KobaiData
import KobaiInference
import KobaiTraining

func regression() throws {
  let x = (0..<1000).map { Double($0) / 500 - 1 }
  let y = x.indices.map { sin(3 * x[$0]) + 0.1 * cos(Double($0 * $0)) }
  let curve = Samples(inputs: x.map { [$0] }, targets: y)
  let (train, test) = curve.split(validation: 200, seed: 1)
  let layers: Sequential = [
    "hidden1": Affine(32), "tanh1": Tanh(), "hidden2": Affine(32), "tanh2": Tanh(), "out": Affine(1),
  ]
  let network = try Network(input: [1], batch: 50, layers)
  let batches = Batches(curve, indices: train, batchSize: 50, shuffles: true)
  let options = Trainer.Options(epochs: 100, schedule: .cosine)
  try Trainer(network, task: .regression(), optimizer: Adam(learningRate: 0.01), train: batches, options: options).run()
  let evaluation = try Evaluator(network, task: .regression()).evaluate(Batches(curve, indices: test, batchSize: 50))
  print("RMSE", evaluation.metrics["RMSE"] ?? 0)
  try network.save(to: "sine.safetensors", metadata: ModelCard(input: [1], task: .regression).metadata)

  print("prediction", try Model(contentsOf: "sine.safetensors").predict([0.5]).values[0])
}
