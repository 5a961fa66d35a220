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
      number: 3, trainLoss: 0.5, trainAccuracy: 0.75, evaluation: evaluation, learningRate: 0.25, seconds: 2, images: 9)
  }

  @Test("its JSON names the images of the evaluation")
  func names() throws {
    #expect(
      try json(record(.init(on: .test, loss: 0.125, accuracy: 0.5)))
        == #"{"epoch":3,"imagesPerSecond":4.5,"learningRate":0.25,"seconds":2,"testAccuracy":0.5,"testLoss":0.125,"#
        + #""trainAccuracy":0.75,"trainLoss":0.5}"#)
    #expect(
      try json(record(.init(on: .validation, loss: 0.125, accuracy: 0.5)), snakeCase: true)
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
      let score = [nil, EpochRecord.Score(on: .validation, loss: seconds, accuracy: 0.25)].randomElement() ?? nil
      let record = EpochRecord(
        number: 1, trainLoss: 1 / seconds, trainAccuracy: 0.1, evaluation: score, learningRate: 0.003,
        seconds: seconds, images: .random(in: 0...10_000_000, using: &random))
      let read = try JSONDecoder().decode(EpochRecord.self, from: Data(json(record).utf8))
      #expect(read == record)
    }
  }

  @Test("half an evaluation is refused, and absurd numbers of images are none")
  func damaged() throws {
    let half =
      #"{"epoch":1,"trainLoss":1,"trainAccuracy":1,"learningRate":1,"seconds":1,"imagesPerSecond":1,"testLoss":1}"#
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(EpochRecord.self, from: Data(half.utf8)) }
    let absurd =
      #"{"epoch":1,"trainLoss":1,"trainAccuracy":1,"learningRate":1,"seconds":1e9,"imagesPerSecond":1e300}"#
    #expect(try JSONDecoder().decode(EpochRecord.self, from: Data(absurd.utf8)).images == 0)
  }
}
