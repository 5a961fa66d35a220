import KobaiPreconditions

/// Outputs of a network for a batch of samples, as they come out of its last layer, beside what they should be.
public struct MetricBatch: ~Escapable {
  /// The number of samples.
  public let samples: Int
  /// The size of a sample's outputs along their first axis: classes, labels, or columns.
  public let channels: Int
  /// The number of positions at which there are such outputs, such as pixels; 1 where there is nothing but channels.
  public let positions: Int
  /// The outputs (samples, channels, positions): logits where a loss takes logits.
  public let outputs: Span<Float>
  /// The class at each position (samples, positions); empty where the targets are numbers. What is none of the classes, such
  /// as -100, is to be left out.
  public let classes: Span<Int32>
  /// The number that each output should be (samples, channels, positions); empty where the targets are classes.
  public let values: Span<Float>
  /// What each sample counts; nil where all count alike.
  public let weights: Span<Float>?

  /// A batch whose targets are classes.
  @_lifetime(copy outputs, copy classes, copy weights)
  public init(
    channels: Int, positions: Int = 1, outputs: Span<Float>, classes: Span<Int32>, weights: Span<Float>? = nil
  ) {
    samples = outputs.count / max(channels * positions, 1)
    require(
      classes.count == samples * positions,
      "\(classes.count) classes for \(samples) samples of \(positions) positions")
    (self.channels, self.positions) = (channels, positions)
    self.outputs = outputs
    self.classes = classes
    values = Span()
    self.weights = weights
    checkWeights()
  }

  /// A batch whose targets are numbers.
  @_lifetime(copy outputs, copy values, copy weights)
  public init(
    channels: Int, positions: Int = 1, outputs: Span<Float>, values: Span<Float>, weights: Span<Float>? = nil
  ) {
    samples = outputs.count / max(channels * positions, 1)
    require(values.count == outputs.count, "\(values.count) targets for \(outputs.count) outputs")
    (self.channels, self.positions) = (channels, positions)
    self.outputs = outputs
    classes = Span()
    self.values = values
    self.weights = weights
    checkWeights()
  }

  private func checkWeights() {
    require(weights?.count ?? samples == samples, "\(weights?.count ?? 0) weights for \(samples) samples")
  }

  /// What a sample counts: 1 unless there are weights.
  public func weight(of sample: Int) -> Double {
    guard let weights else { return 1 }
    return Double(weights[sample])
  }

  /// The output of a channel at a position of a sample.
  public func output(_ sample: Int, _ channel: Int, _ position: Int) -> Float {
    outputs[(sample * channels + channel) * positions + position]
  }

  /// The class with the largest output, the first of several, at a position of a sample.
  public func predictedClass(_ sample: Int, _ position: Int) -> Int {
    var best = 0
    var largest = output(sample, 0, position)
    for channel in 1..<max(channels, 1) {
      let value = output(sample, channel, position)
      if value > largest { (best, largest) = (channel, value) }
    }
    return best
  }

  /// The class at a position of a sample; nil where it is none of the network's.
  public func label(_ sample: Int, _ position: Int) -> Int? {
    let label = Int(classes[sample * positions + position])
    return label >= 0 && label < channels ? label : nil
  }
}

extension Metric {
  /// The value for one batch of outputs whose targets are classes.
  ///
  /// - Parameters:
  ///   - outputs: one row of `channels` numbers for each sample.
  ///   - classes: the class of each sample.
  ///   - weights: what each sample counts; all alike unless given.
  ///   - channels: the number of classes.
  /// - Throws: ``MetricError`` where it does not measure classes.
  public func value(
    _ outputs: [Float], classes: [Int32], weights: [Float]? = nil, channels: Int
  ) throws(MetricError) -> Double {
    var metric = self
    try metric.start(MetricPass(samples: classes.count, channels: channels, hasClasses: true))
    metric.add(MetricBatch(channels: channels, outputs: outputs.span, classes: classes.span, weights: weights.span))
    return metric.value
  }

  /// The value for one batch of outputs whose targets are numbers.
  ///
  /// - Parameters:
  ///   - outputs: one row of `channels` numbers for each sample.
  ///   - values: what they should be.
  ///   - weights: what each sample counts; all alike unless given.
  ///   - channels: the number of columns, or labels.
  /// - Throws: ``MetricError`` where it does not measure numbers.
  public func value(
    _ outputs: [Float], values: [Float], weights: [Float]? = nil, channels: Int = 1
  ) throws(MetricError) -> Double {
    var metric = self
    try metric.start(
      MetricPass(samples: values.count / max(channels, 1), channels: channels, hasClasses: false))
    metric.add(MetricBatch(channels: channels, outputs: outputs.span, values: values.span, weights: weights.span))
    return metric.value
  }
}

extension [Float]? {
  fileprivate var span: Span<Float>? {
    @_lifetime(borrow self) get {
      guard let array = self else { return nil }
      return unsafe _overrideLifetime(array.span, borrowing: self)
    }
  }
}
