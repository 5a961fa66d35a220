import Kobai
import KobaiData
import KobaiInference
import KobaiTraining

func aResidualNetwork() throws {
  func block(_ filters: Int, shortcut: Conv2D? = nil) -> Residual {
    let body: Sequential = [
      "conv1": Conv2D(filters: filters, kernel: 3, padding: 1), "norm1": BatchNorm(), "relu": ReLU(),
      "conv2": Conv2D(filters: filters, kernel: 3, padding: 1), "norm2": BatchNorm(),
    ]
    return Residual(body, shortcut: shortcut)
  }
  let layers: Sequential = [
    "conv": Conv2D(filters: 16, kernel: 5, padding: 2), "relu": ReLU(), "pool": MaxPool2D(2),
    "block1": block(16), "relu1": ReLU(), "pool1": MaxPool2D(2),
    "block2": block(32, shortcut: Conv2D(filters: 32, kernel: 1)), "relu2": ReLU(),
    "mean": GlobalAveragePool2D(), "affine": Affine(10),
  ]
  let digits = try Dataset.embedded()
  let network = try Network(input: [1, 28, 28], batch: 100, layers)
  let trainer = Trainer(
    network, task: .classification(classes: 10), optimizer: Adam(learningRate: 0.005),
    train: Batches(digits.train, batchSize: 100, shuffles: true), options: .init(epochs: 4, schedule: .oneCycle()))
  try trainer.run()
  let evaluation = try Evaluator(network, task: .classification(classes: 10))
    .evaluate(Batches(digits.test, batchSize: 100))
  print("accuracy", evaluation.accuracy)
  let card = ModelCard(input: [1, 28, 28], classNames: digits.classNames)
  try network.save(to: "residual.safetensors", metadata: card.metadata)

  let model = try Model(contentsOf: "residual.safetensors")
  print("prediction", try model.predict(bytes: digits.test.pixels(of: 7)).best?.name ?? "")
}
