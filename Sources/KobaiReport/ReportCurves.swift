import Foundation

extension TrainingReport {
  /// Loss and accuracy, throughput and learning rate, as pictures; empty without any.
  var curves: String {
    let pictures = [lossCurve, accuracyCurve, learningRateCurve, throughputCurve].compactMap(\.self)
    return pictures.isEmpty ? "" : "<div class=\"curves\">\n\(pictures.joined(separator: "\n"))\n</div>"
  }

  private static let size = (width: 460.0, height: 270.0)
  /// The number of points beyond which they cannot be told apart in a picture of that size.
  private static let mostPoints = 500

  private var lossCurve: String? {
    epochCurve("Loss", \.trainLoss, \.loss, format: "%.4f")
  }

  private var accuracyCurve: String? {
    epochCurve(
      "Accuracy (%)", { $0.trainAccuracy * 100 }, { $0.accuracy * 100 }, format: "%.2f %%")
  }

  private var throughputCurve: String? {
    let measured = epochs.filter { $0.samplesPerSecond.isFinite }
    guard let fastest = measured.map(\.samplesPerSecond).max() else { return nil }
    let slowest = measured.map(\.samplesPerSecond).min() ?? fastest
    let numbers = measured.map { Double($0.number) }
    let panel = Panel(
      "Throughput (images/s)", x: epochAxis, y: Axis(range: 0...max(fastest * 1.08, 1)), size: Self.size, legend: .none,
      [.line(.init("images/s", x: numbers, y: measured.map(\.samplesPerSecond), dots: hasDots))])
    return Self.picture(
      "throughput", panel,
      "Images per second by epoch: from \(Int(slowest).grouped) to \(Int(fastest).grouped)")
  }

  private var learningRateCurve: String? {
    guard let last = learningRates.last, let highest = learningRates.filter(\.isFinite).max() else { return nil }
    let stride = (learningRates.count + Self.mostPoints - 1) / Self.mostPoints
    let steps = learningRates.indices.filter { $0 % stride == 0 || $0 == learningRates.count - 1 }
    let panel = Panel(
      "Learning rate", x: Axis("step"), y: Axis(range: 0...max(highest * 1.08, .leastNormalMagnitude)), size: Self.size,
      legend: .none,
      [.line(.init("learning rate", x: steps.map { Double($0 + 1) }, y: steps.map { learningRates[$0] }))])
    func number(_ rate: Double) -> String { String(format: "%.3g", rate) }
    return Self.picture(
      "learning-rate", panel,
      "Learning rate over \(learningRates.count.grouped) steps: at most \(number(highest)), \(number(last)) at the end"
    )
  }

  /// Draws values of the training and of the evaluations by epoch.
  ///
  /// - Parameter format: the format of the numbers in the description.
  private func epochCurve(
    _ title: String, _ train: (EpochRecord) -> Double, _ evaluation: (EpochRecord.Score) -> Double,
    format: String
  ) -> String? {
    guard let first = epochs.first, let last = epochs.last else { return nil }
    func words(_ first: Double, _ last: Double) -> String {
      "from \(String(format: format, first)) to \(String(format: format, last))"
    }
    let numbers = epochs.map { Double($0.number) }
    var marks: [Mark] = [.line(.init("train", x: numbers, y: epochs.map(train), dots: hasDots))]
    var description = "\(title) by epoch: train \(words(train(first), train(last)))"
    let scores = epochs.compactMap { epoch in epoch.evaluation.map { (epoch: epoch.number, score: $0) } }
    if let first = scores.first?.score, let last = scores.last?.score {
      let name = first.set.rawValue
      let values = scores.map { evaluation($0.score) }
      marks.append(.line(.init(name, x: scores.map { Double($0.epoch) }, y: values, dots: hasDots)))
      description += ", \(name) \(words(evaluation(first), evaluation(last)))"
    }
    let panel = Panel(title, x: epochAxis, size: Self.size, marks)
    return Self.picture(title.prefix { $0.isLetter }.lowercased(), panel, description)
  }

  /// The axis of epochs. Few epochs have a tick each.
  private var epochAxis: Axis {
    Axis("epoch", names: epochs.count <= 10 ? epochs.map { (Double($0.number), String($0.number)) } : [])
  }

  /// Whether the points have dots: a line through one or two is easily overlooked, and dots on many hide the line.
  private var hasDots: Bool { epochs.count <= 50 }

  private static func picture(_ name: String, _ panel: Panel, _ description: String) -> String {
    Figure("", panel).svg(name: name, description: description)
  }
}
