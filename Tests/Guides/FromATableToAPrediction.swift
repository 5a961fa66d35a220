import Kobai
import KobaiData
import KobaiInference
import KobaiTraining

func fromATableToAPrediction() throws {
  let wine = try Table(contentsOf: "wine.csv", target: .classes("cultivar"))
  let (train, test) = try wine.stratifiedSplit(validation: 60, seed: 1)
  let normalization = try Normalization.learned(from: wine, indices: train)
  let network = try Network(input: [13], batch: 16, ["hidden": Affine(16), "relu": ReLU(), "out": Affine(3)])
  let trainer = Trainer(
    network, task: .classification(classes: 3), optimizer: Adam(learningRate: 0.01),
    train: Batches(wine, indices: train, batchSize: 16, shuffles: true, normalization: normalization))
  try trainer.run()
  let evaluation = try Evaluator(network, task: .classification(classes: 3))
    .evaluate(Batches(wine, indices: test, batchSize: 16, normalization: normalization))
  print("accuracy", evaluation.accuracy)
  let card = ModelCard(
    input: [13], task: .classification, classNames: wine.encoding.classNames, normalization: normalization,
    encoding: wine.encoding)
  try network.save(to: "wine.safetensors", metadata: card.metadata)

  let predictions = try Model(contentsOf: "wine.safetensors").predict(table: "wine.csv")
  print("prediction", predictions[177].best?.name ?? "")
}
