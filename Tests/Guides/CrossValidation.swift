import Kobai
import KobaiData
import KobaiTraining

func crossValidation() throws {
  for (file, target) in [("iris.csv", "species"), ("wine.csv", "cultivar")] {
    let table = try Table(contentsOf: file, target: .classes(.named(target)))
    var accuracy = 0.0
    for fold in try table.stratifiedFolds(5, seed: 1) {
      let normalization = try Normalization.learned(from: table, indices: fold.train)
      func batches(_ indices: [Int32]) -> Batches {
        Batches(table, indices: indices, batchSize: 16, shuffles: true, normalization: normalization)
      }
      let network = try Network(
        input: [table.encoding.width], batch: 16, ["hidden": Affine(16), "relu": ReLU(), "out": Affine(3)])
      let task = LearningTask(table.targetFormat)
      try Trainer(network, task: task, optimizer: Adam(learningRate: 0.01), train: batches(fold.train)).run()
      accuracy += try Evaluator(network, task: task).evaluate(batches(fold.validation)).accuracy / 5
    }
    print("\(file) accuracy", accuracy)
  }
}
