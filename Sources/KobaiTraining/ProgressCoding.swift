/// The progress of a training as JSON, in checkpoints. Those from before there were metrics are read, too: they had images and
/// accuracies only.
extension Trainer.Progress {
  enum CodingKeys: String, CodingKey { case epoch, batch, step, seconds, samples, bestValue, bestEpoch, current }
  private enum OlderKeys: String, CodingKey { case images, bestAccuracy }

  public init(from decoder: any Decoder) throws {
    let (values, older) = (
      try decoder.container(keyedBy: CodingKeys.self), try decoder.container(keyedBy: OlderKeys.self)
    )
    epoch = try values.decode(Int.self, forKey: .epoch)
    batch = try values.decode(Int.self, forKey: .batch)
    step = try values.decode(Int.self, forKey: .step)
    seconds = try values.decode(Double.self, forKey: .seconds)
    samples = try values.decodeIfPresent(Int.self, forKey: .samples) ?? older.decode(Int.self, forKey: .images)
    let bestAccuracy = try older.decodeIfPresent(Double.self, forKey: .bestAccuracy).flatMap { $0 < 0 ? nil : $0 }
    bestValue = try values.decodeIfPresent(Double.self, forKey: .bestValue) ?? bestAccuracy
    bestEpoch = try values.decode(Int.self, forKey: .bestEpoch)
    current = try values.decode(Sums.self, forKey: .current)
  }
}

extension Trainer.Progress.Sums {
  enum CodingKeys: String, CodingKey { case loss, weight, samples, seconds, learningRate, correct }
  private enum OlderKeys: String, CodingKey { case images }

  init(from decoder: any Decoder) throws {
    let (values, older) = (
      try decoder.container(keyedBy: CodingKeys.self), try decoder.container(keyedBy: OlderKeys.self)
    )
    loss = try values.decode(Double.self, forKey: .loss)
    samples = try values.decodeIfPresent(Int.self, forKey: .samples) ?? older.decode(Int.self, forKey: .images)
    weight = try values.decodeIfPresent(Double.self, forKey: .weight) ?? Double(samples)
    seconds = try values.decode(Double.self, forKey: .seconds)
    learningRate = try values.decode(Float.self, forKey: .learningRate)
    correct = try values.decodeIfPresent(Int.self, forKey: .correct)
  }
}
