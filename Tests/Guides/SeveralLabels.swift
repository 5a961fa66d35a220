import Kobai
import KobaiData
import KobaiInference
import KobaiTraining

func severalLabels() throws {
  func batches(_ images: ImageSet) -> Batches {
    let labels = images.labels.flatMap { [Float($0 % 2), $0 > 4 ? 1 : 0] }
    return Batches(images.replacingTargets(with: .values(labels, shape: [2])), batchSize: 100, shuffles: true)
  }
  let digits = try Dataset.embedded()
  let network = try Network(input: [1, 28, 28], batch: 100, ["hidden": Affine(50), "relu": ReLU(), "out": Affine(2)])
  let task = LearningTask.multiLabel(labels: 2)
  try Trainer(network, task: task, optimizer: Adam(), train: batches(digits.train)).run()
  let evaluation = try Evaluator(network, task: task).evaluate(batches(digits.test))
  print("macro F1", evaluation.metrics["macro F1"] ?? 0)
  let card = try ModelCard(input: [1, 28, 28], task: .multiLabel, classNames: ClassNames(["odd", "above 4"]))
  try network.save(to: "properties.safetensors", metadata: card.metadata)

  let model = try Model(contentsOf: "properties.safetensors")
  let prediction = try model.predict(bytes: digits.test.pixels(of: 5))
  print("prediction", prediction.ranking.filter { $0.probability > 0.5 }.map(\.name))
}
