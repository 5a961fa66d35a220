/// The progress of a training as JSON, in checkpoints. Those from before there were metrics are read, too: they had images and
/// accuracies only.
extension Trainer.Progress {
  private enum CodingKeys: String, CodingKey {
    case epoch, batch, step, seconds, samples, images, bestValue, bestAccuracy, bestEpoch, current
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    epoch = try values.decode(Int.self, forKey: .epoch)
    batch = try values.decode(Int.self, forKey: .batch)
    step = try values.decode(Int.self, forKey: .step)
    seconds = try values.decode(Double.self, forKey: .seconds)
    samples = try values.decodeIfPresent(Int.self, forKey: .samples) ?? values.decode(Int.self, forKey: .images)
    let bestAccuracy = try values.decodeIfPresent(Double.self, forKey: .bestAccuracy).flatMap { $0 < 0 ? nil : $0 }
    bestValue = try values.decodeIfPresent(Double.self, forKey: .bestValue) ?? bestAccuracy
    bestEpoch = try values.decode(Int.self, forKey: .bestEpoch)
    current = try values.decode(Sums.self, forKey: .current)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(epoch, forKey: .epoch)
    try values.encode(batch, forKey: .batch)
    try values.encode(step, forKey: .step)
    try values.encode(seconds, forKey: .seconds)
    try values.encode(samples, forKey: .samples)
    try values.encodeIfPresent(bestValue, forKey: .bestValue)
    try values.encode(bestEpoch, forKey: .bestEpoch)
    try values.encode(current, forKey: .current)
  }
}

extension Trainer.Progress.Sums: Codable {
  private enum CodingKeys: String, CodingKey {
    case loss, weight, samples, images, seconds, learningRate, correct
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    loss = try values.decode(Double.self, forKey: .loss)
    samples = try values.decodeIfPresent(Int.self, forKey: .samples) ?? values.decode(Int.self, forKey: .images)
    weight = try values.decodeIfPresent(Double.self, forKey: .weight) ?? Double(samples)
    seconds = try values.decode(Double.self, forKey: .seconds)
    learningRate = try values.decode(Float.self, forKey: .learningRate)
    correct = try values.decodeIfPresent(Int.self, forKey: .correct)
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(loss, forKey: .loss)
    try values.encode(weight, forKey: .weight)
    try values.encode(samples, forKey: .samples)
    try values.encode(seconds, forKey: .seconds)
    try values.encode(learningRate, forKey: .learningRate)
    try values.encodeIfPresent(correct, forKey: .correct)
  }
}
