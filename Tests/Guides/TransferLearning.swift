import Kobai
import KobaiData
import KobaiInference
import KobaiTraining

func transferLearning() throws {
  let digits = try Dataset.embedded()
  func layers(last: String) -> Sequential {
    [
      "conv1": Conv2D(filters: 16, kernel: 3), "relu1": ReLU(), "pool1": MaxPool2D(2),
      "conv2": Conv2D(filters: 32, kernel: 3), "relu2": ReLU(), "pool2": MaxPool2D(2),
      "affine1": Affine(64), "relu3": ReLU(), last: Affine(5),
    ]
  }
  func batches(_ images: ImageSet, of digits: ClosedRange<Int32>, limit: Int = .max) -> Batches {
    let classes = images.replacingTargets(with: .classes(images.labels.map { Int($0 % 5) }))
    let indices = images.labels.indices.filter { digits.contains(images.labels[$0]) }.prefix(limit).map(Int32.init)
    return Batches(classes, indices: indices, batchSize: 25, shuffles: true)
  }
  func train(_ network: Network, _ batches: Batches, epochs: Int) throws {
    try Trainer(
      network, task: .classification(classes: 5), optimizer: Adam(learningRate: 0.003), train: batches,
      options: .init(epochs: epochs)
    ).run()
  }
  let first = try Network(input: [1, 28, 28], batch: 50, layers(last: "zero-to-four"))
  try train(first, batches(digits.train, of: 0...4), epochs: 4)
  try first.save(to: "zero-to-four.safetensors")

  let second = try Network(input: [1, 28, 28], batch: 50, layers(last: "five-to-nine"))
  try second.load(from: "zero-to-four.safetensors", allowing: [.missing, .unknown])
  try second.parameters.setTrainable(false, prefix: "conv")
  try second.parameters.tune(prefix: "affine1") { $0.learningRateFactor = 0.3 }
  try train(second, batches(digits.train, of: 5...9, limit: 250), epochs: 40)
  let evaluation = try Evaluator(second, task: .classification(classes: 5))
    .evaluate(batches(digits.test, of: 5...9))
  print("accuracy", evaluation.accuracy)
  let card = try ModelCard(input: [1, 28, 28], classNames: ClassNames(["five", "six", "seven", "eight", "nine"]))
  try second.save(to: "five-to-nine.safetensors", metadata: card.metadata)

  let model = try Model(contentsOf: "five-to-nine.safetensors")
  print("prediction", try model.predict(bytes: digits.test.pixels(of: 7)).best?.name ?? "")
}
