import Foundation
import KobaiMetrics
import Testing

@Suite("The record of an epoch")
struct EpochRecordTests {
  private func json(_ record: EpochRecord, snakeCase: Bool = false) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    if snakeCase { encoder.keyEncodingStrategy = .convertToSnakeCase }
    return String(decoding: try encoder.encode(record), as: UTF8.self)
  }

  private func record(_ evaluation: EpochRecord.Score?) -> EpochRecord {
    EpochRecord(
      number: 3, trainLoss: 0.5, trainMetrics: ["accuracy": 0.75], evaluation: evaluation,
      learningRate: 0.25, seconds: 2,
      samples: 9)
  }

  @Test("its JSON names the images of the evaluation")
  func names() throws {
    #expect(
      try json(record(.init(on: .test, loss: 0.125, metrics: ["accuracy": 0.5])))
        == #"{"epoch":3,"imagesPerSecond":4.5,"learningRate":0.25,"seconds":2,"testAccuracy":0.5,"testLoss":0.125,"#
        + #""trainAccuracy":0.75,"trainLoss":0.5}"#)
    #expect(
      try json(record(.init(on: .validation, loss: 0.125, metrics: ["accuracy": 0.5])), snakeCase: true)
        == #"{"epoch":3,"images_per_second":4.5,"learning_rate":0.25,"seconds":2,"train_accuracy":0.75,"#
        + #""train_loss":0.5,"validation_accuracy":0.5,"validation_loss":0.125}"#)
    #expect(
      try json(record(nil))
        == #"{"epoch":3,"imagesPerSecond":4.5,"learningRate":0.25,"seconds":2,"trainAccuracy":0.75,"trainLoss":0.5}"#)
  }

  @Test("it comes back from JSON as it was, the number of images too")
  func roundTrip() throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<1_000 {
      let seconds = Double.random(in: 0.001...1_000, using: &random)
      let score =
        [nil, EpochRecord.Score(on: .validation, loss: seconds, metrics: ["accuracy": 0.25])]
        .randomElement() ?? nil
      let record = EpochRecord(
        number: 1, trainLoss: 1 / seconds, trainMetrics: ["accuracy": 0.1], evaluation: score, learningRate: 0.003,
        seconds: seconds, samples: .random(in: 0...10_000_000, using: &random))
      let read = try JSONDecoder().decode(EpochRecord.self, from: Data(json(record).utf8))
      #expect(read == record)
    }
  }

  @Test("half an evaluation is refused, and absurd numbers of images are none")
  func damaged() throws {
    let half =
      #"{"epoch":1,"trainLoss":1,"trainAccuracy":1,"learningRate":1,"seconds":1,"imagesPerSecond":1,"testAccuracy":1}"#
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(EpochRecord.self, from: Data(half.utf8)) }
    let absurd =
      #"{"epoch":1,"trainLoss":1,"trainAccuracy":1,"learningRate":1,"seconds":1e9,"imagesPerSecond":1e300}"#
    #expect(try JSONDecoder().decode(EpochRecord.self, from: Data(absurd.utf8)).samples == 0)
  }

  @Test("any metric stands beside the losses, under its own key") func metrics() throws {
    let record = EpochRecord(
      number: 1, trainLoss: 2, trainMetrics: ["RMSE": 1.5, "R²": .nan, "top-5 accuracy": 0.5],
      evaluation: .init(on: .validation, loss: 3, metrics: ["macro F1": 0.25]), seconds: 1, samples: 4)
    #expect(
      try json(record)
        == #"{"epoch":1,"imagesPerSecond":4,"learningRate":0,"seconds":1,"trainLoss":2,"trainRmse":1.5,"#
        + #""trainTop5Accuracy":0.5,"validationLoss":3,"validationMacroF1":0.25}"#)
    #expect(
      try json(record, snakeCase: true)
        == #"{"epoch":1,"images_per_second":4,"learning_rate":0,"seconds":1,"train_loss":2,"train_rmse":1.5,"#
        + #""train_top5_accuracy":0.5,"validation_loss":3,"validation_macro_f1":0.25}"#)
    let read = try JSONDecoder().decode(EpochRecord.self, from: Data(json(record).utf8))
    #expect(read.trainMetrics == ["rmse": 1.5, "top5Accuracy": 0.5], "what is no number is left out")
    #expect(read.evaluation == record.evaluation && read.evaluation?.metrics["macroF1"] == 0.25)
    #expect(read.trainAccuracy.isNaN && read.evaluation?.accuracy.isNaN == true)
  }

  @Test("the rate may be one of samples, and an epoch needs a loss") func rates() throws {
    let samples = #"{"epoch":1,"trainLoss":1,"learningRate":1,"seconds":2,"samplesPerSecond":8}"#
    #expect(try JSONDecoder().decode(EpochRecord.self, from: Data(samples.utf8)).samples == 16)
    let none = #"{"epoch":1,"trainAccuracy":1,"learningRate":1,"seconds":2,"samplesPerSecond":8}"#
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(EpochRecord.self, from: Data(none.utf8)) }
  }

  @Test("keys of metrics are words in camel case, and stay as they are")
  func keys() {
    let expected = [
      "accuracy": "accuracy", "RMSE": "rmse", "R²": "r2", "macro F1": "macroF1", "top-5 accuracy": "top5Accuracy",
      "F1 of label 3": "f1OfLabel3", "log loss": "logLoss", "AUC": "auc", "": "", "-": "",
    ]
    for (name, key) in expected {
      #expect(MetricValues.key(of: name) == key)
      #expect(MetricValues.key(of: key) == key)
    }
    #expect(TopKAccuracy().snakeCaseKey == "top5_accuracy" && F1Score(.micro).snakeCaseKey == "micro_f1")
    var values: MetricValues = ["RMSE": 1]
    #expect(values["rmse"] == 1 && values["MAE"] == nil && !values.isEmpty)
    values["rmse"] = nil
    #expect(values.isEmpty && values == [:])
  }
}
