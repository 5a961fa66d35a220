import Kobai
import KobaiData
import KobaiInference
import KobaiTraining

func picturesInFolders() throws {
  var options = PictureOptions()
  options.size = 32
  let shapes = try Dataset.load(pictures: "shapes", options: options)
  let normalization = try Normalization.learned(from: shapes.train)
  let layers: Sequential = [
    "conv1": Conv2D(filters: 8, kernel: 3), "relu1": ReLU(), "pool1": MaxPool2D(2),
    "conv2": Conv2D(filters: 16, kernel: 3), "relu2": ReLU(), "pool2": MaxPool2D(2),
    "affine1": Affine(32), "relu3": ReLU(), "affine2": Affine(shapes.classes),
  ]
  let network = try Network(input: [1, 32, 32], batch: 20, layers)
  let task = LearningTask.classification(classes: shapes.classes)
  let augmentation = Augmentation(shift: 0, rotation: 0, scale: 0, horizontalFlip: 0.5, crop: 2)
  let trainer = Trainer(
    network, task: task, optimizer: Adam(learningRate: 0.003),
    train: Batches(
      shapes.train, batchSize: 20, shuffles: true, augmentation: augmentation, normalization: normalization),
    options: .init(epochs: 30))
  try trainer.run()
  let evaluation = try Evaluator(network, task: task)
    .evaluate(Batches(shapes.test, batchSize: 20, normalization: normalization))
  print("accuracy", evaluation.accuracy)
  let card = ModelCard(input: [1, 32, 32], classNames: shapes.classNames, normalization: normalization)
  try network.save(to: "shapes.safetensors", metadata: card.metadata)

  let model = try Model(contentsOf: "shapes.safetensors")
  print("prediction", try model.predict(contentsOf: "shapes/test/circle/1.png").best?.name ?? "")
}
