extension Trainer.Progress {
  /// Why no training of these sizes can have come so far; nil where it can. What a file says is looked at before anything is
  /// computed from it.
  ///
  /// - Parameters:
  ///   - stepsPerEpoch: the number of steps in an epoch.
  ///   - samplesPerStep: the largest number of samples in a step.
  func problem(stepsPerEpoch: Int, samplesPerStep: Int) -> String? {
    func outside(_ name: String, _ value: Int, _ most: Int) -> String? {
      (0...max(most, 0)).contains(value) ? nil : "\(name) \(value) is not from 0 to \(max(most, 0))"
    }
    func impossible(_ name: String, _ value: Double) -> String? {
      value.isFinite && value >= 0 ? nil : "\(name) \(value) is negative, or no number"
    }
    let (before, _) = epoch.multipliedReportingOverflow(by: stepsPerEpoch)
    let expected = before &+ batch
    let problems: [String?] = [
      outside("epoch", epoch, Self.mostSteps / max(stepsPerEpoch, 1)),
      outside("batch", batch, stepsPerEpoch),  // all of them before the epoch is evaluated
      step == expected ? nil : "step \(step) is not \(expected), as \(epoch) epochs and \(batch) steps are",
      outside("samples", samples, step.saturatingProduct(samplesPerStep)),
      outside("bestEpoch", bestEpoch, epoch),
      impossible("seconds", seconds),
      outside("current.samples", current.samples, batch.saturatingProduct(samplesPerStep)),
      outside("current.correct", current.correct ?? 0, current.samples),
      impossible("current.weight", current.weight),
      impossible("current.seconds", current.seconds),
      impossible("current.learningRate", Double(current.learningRate)),
      current.loss.isFinite ? nil : "current.loss \(current.loss) is no number",
    ]
    return problems.compactMap(\.self).first
  }

  /// More steps than any training comes to in a century.
  private static let mostSteps = 1 << 50
}

extension Int {
  /// The product of two numbers that are not negative; the largest number where it is larger.
  func saturatingProduct(_ other: Int) -> Int {
    let (product, overflows) = multipliedReportingOverflow(by: other)
    return overflows ? .max : product
  }
}
