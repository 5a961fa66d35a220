import Kobai
import KobaiData
import KobaiInference
import KobaiTraining

func anAutoencoder() throws {
  func affine(_ outputs: Int) -> Affine { Affine(outputs, initializer: .pytorchUniform) }
  let digits = try Dataset.embedded()
  let layers: Sequential = [
    "encode": affine(64), "relu1": ReLU(), "code": affine(16), "decode": affine(64), "relu2": ReLU(),
    "out": affine(784),
  ]
  let network = try Network(input: [1, 28, 28], batch: 100, layers)
  let train = Batches(digits.train.replacingTargets(with: .input), batchSize: 100, shuffles: true)
  try Trainer(network, task: .reconstruction, optimizer: Adam(learningRate: 0.003), train: train).run()
  let test = Batches(digits.test.replacingTargets(with: .input), batchSize: 100)
  let evaluation = try Evaluator(network, task: .reconstruction).evaluate(test)
  print("MSE", evaluation.metrics["MSE"] ?? 0)
  let card = ModelCard(input: [1, 28, 28], task: .reconstruction)
  try network.save(to: "autoencoder.safetensors", metadata: card.metadata)

  let model = try Model(contentsOf: "autoencoder.safetensors")
  print("prediction", try model.predict(bytes: digits.test.pixels(of: 0)).values.max() ?? 0)
}
