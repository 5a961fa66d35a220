import Foundation

/// The area under the receiver operating characteristic: how likely a sample of a label has a larger output than one without it,
/// equal outputs counting half. 0.5 is what guessing comes to.
///
/// It is exact, by ranks, and so keeps all outputs of a pass. Of several labels it is the mean of theirs, and of classes that of
/// each against all others (PyTorch and scikit-learn: one-vs-rest, macro). A label that all samples have, or none, has no
/// area and does not count.
public struct ROCAUC: ResumableMetric, Codable {
  private var labels = 0
  private var hasClasses = true
  private var scores: [Float] = []  // (observations, labels)
  private var positives: [Bool] = []  // where there are several labels (observations, labels)
  private var classes: [Int32] = []  // where there are classes (observations)
  private var weights: [Float] = []  // (observations)

  /// Nothing measured yet.
  public init() {}

  public var name: String { "AUC" }

  public mutating func start(_ pass: MetricPass) {
    (labels, hasClasses) = (pass.channels, pass.hasClasses)
    let observations = pass.samples * pass.positions
    scores.removeAll(keepingCapacity: true)
    positives.removeAll(keepingCapacity: true)
    classes.removeAll(keepingCapacity: true)
    weights.removeAll(keepingCapacity: true)
    scores.reserveCapacity(observations * labels)
    weights.reserveCapacity(observations)
    if hasClasses { classes.reserveCapacity(observations) } else { positives.reserveCapacity(observations * labels) }
  }

  package func continues(_ started: ROCAUC) -> Bool {
    labels == started.labels && hasClasses == started.hasClasses && scores.count == weights.count * labels
      && (hasClasses ? classes.count == weights.count : positives.count == scores.count)
  }

  public mutating func add(_ batch: borrowing MetricBatch) {
    for sample in 0..<batch.samples {
      for position in 0..<batch.positions {
        if hasClasses {
          guard let label = batch.label(sample, position) else { continue }
          classes.append(Int32(label))
          appendOdds(batch, sample, position)
        } else {
          for channel in 0..<labels {
            let i = (sample * labels + channel) * batch.positions + position
            scores.append(batch.outputs[i])
            positives.append(batch.values[i] > 0.5)
          }
        }
        weights.append(Float(batch.weight(of: sample)))
      }
    }
  }

  /// Appends log(p / (1 − p)) for the probability p of each class: what ranks as the probabilities do, and never saturates.
  private mutating func appendOdds(_ batch: borrowing MetricBatch, _ sample: Int, _ position: Int) {
    let most = batch.predictedClass(sample, position)
    let largest = Double(batch.output(sample, most, position))
    var others = 0.0  // the exponentials of all but the most likely class
    for channel in 0..<labels where channel != most {
      others += exp(Double(batch.output(sample, channel, position)) - largest)
    }
    for channel in 0..<labels {
      let own = Double(batch.output(sample, channel, position)) - largest
      scores.append(Float(own - log(channel == most ? others : 1 + others - exp(own))))
    }
  }

  public var valuesByLabel: [Double] { (0..<labels).map(area) }

  public var value: Double {
    let all = valuesByLabel.filter { !$0.isNaN }
    return all.isEmpty ? .nan : all.reduce(0, +) / Double(all.count)
  }

  /// The area of one label: for each sample with it, the weight of those without it that have a smaller output.
  private func area(_ label: Int) -> Double {
    func isPositive(_ i: Int) -> Bool { hasClasses ? Int(classes[i]) == label : positives[i * labels + label] }
    let column = weights.indices.map { scores[$0 * labels + label] }
    if column.contains(where: \.isNaN) { return .nan }
    let order = column.indices.sorted { column[$0] < column[$1] }
    var (below, all, area) = (0.0, 0.0, 0.0)  // the weights of samples without the label, and with it
    var first = 0
    while first < order.count {
      var (equalBelow, equal) = (0.0, 0.0)
      var next = first
      while next < order.count && column[order[next]] == column[order[first]] {
        let weight = Double(weights[order[next]])
        if isPositive(order[next]) { equal += weight } else { equalBelow += weight }
        next += 1
      }
      area += equal * (below + equalBelow / 2)
      below += equalBelow
      all += equal
      first = next
    }
    return below > 0 && all > 0 ? area / (below * all) : .nan
  }
}
