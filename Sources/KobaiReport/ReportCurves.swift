import Foundation

extension TrainingReport {
  /// Loss and metric, throughput and learning rate, as pictures; empty without any.
  var curves: String {
    let pictures = [lossCurve, metricCurve, learningRateCurve, throughputCurve].compactMap(\.self)
    return pictures.isEmpty ? "" : "<div class=\"curves\">\n\(pictures.joined(separator: "\n"))\n</div>"
  }

  private static let size = (width: 460.0, height: 270.0)
  /// The number of points beyond which they cannot be told apart in a picture of that size.
  private static let mostPoints = 500
  /// The number of predictions beyond which not all are drawn.
  private static let mostScattered = 2_000

  private var lossCurve: String? {
    epochCurve("loss", "Loss", \.trainLoss, \.loss) { String(format: "%.4f", $0) }
  }

  /// The curve of the first metric; nil where the epochs do not have it.
  private var metricCurve: String? {
    guard let metric = metrics.first else { return nil }
    let isPercent = metric.unit == .percent
    let title = Self.capitalized(metric.name) + (isPercent ? " (%)" : "")
    return epochCurve(
      metric.key, title, { $0.trainMetrics[metric.name] }, { $0.metrics[metric.name] }, scale: isPercent ? 100 : 1,
      metric.text)
  }

  private var throughputCurve: String? {
    let measured = epochs.filter { $0.samplesPerSecond.isFinite }
    guard let fastest = measured.map(\.samplesPerSecond).max() else { return nil }
    let slowest = measured.map(\.samplesPerSecond).min() ?? fastest
    let numbers = measured.map { Double($0.number) }
    let panel = Panel(
      "Throughput (\(sampleName)/s)", x: epochAxis, y: Axis(range: 0...max(fastest * 1.08, 1)), size: Self.size,
      legend: .none,
      [.line(.init("\(sampleName)/s", x: numbers, y: measured.map(\.samplesPerSecond), dots: hasDots))])
    return Self.picture(
      "throughput", panel,
      "\(Self.capitalized(sampleName)) per second by epoch: from \(Int(slowest).grouped) to \(Int(fastest).grouped)")
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

  /// Draws values of the training and of the evaluations by epoch; nil where there are none.
  ///
  /// - Parameters:
  ///   - name: the beginning of the picture's ids.
  ///   - scale: what the values are multiplied by.
  ///   - text: a value in the description.
  private func epochCurve(
    _ name: String, _ title: String, _ train: (EpochRecord) -> Double?,
    _ evaluation: (EpochRecord.Score) -> Double?, scale: Double = 1, _ text: (Double) -> String
  ) -> String? {
    var (marks, words) = ([Mark](), [String]())
    func draw(_ series: String, _ points: [(epoch: Int, value: Double)]) {
      guard let first = points.first, let last = points.last else { return }
      marks.append(
        .line(
          .init(
            series, x: points.map { Double($0.epoch) }, y: points.map { $0.value * scale }, dots: hasDots)))
      words.append("\(series) from \(text(first.value)) to \(text(last.value))")
    }
    draw("train", epochs.compactMap { epoch in train(epoch).map { (epoch.number, $0) } })
    if let set = epochs.lazy.compactMap(\.evaluation).first?.set {
      draw(
        set.rawValue,
        epochs.compactMap { epoch in epoch.evaluation.flatMap(evaluation).map { (epoch.number, $0) } })
    }
    if marks.isEmpty { return nil }
    let panel = Panel(title, x: epochAxis, size: Self.size, marks)
    return Self.picture(name, panel, "\(title) by epoch: \(words.joined(separator: ", "))")
  }

  /// The axis of epochs. Few epochs have a tick each.
  private var epochAxis: Axis {
    Axis("epoch", names: epochs.count <= 10 ? epochs.map { (Double($0.number), String($0.number)) } : [])
  }

  /// Whether the points have dots: a line through one or two is easily overlooked, and dots on many hide the line.
  private var hasDots: Bool { epochs.count <= 50 }

  /// Predictions over true values, and where they would be the same, a picture for each column.
  var scattersHTML: String {
    let pictures = scatters.enumerated().compactMap { i, scatter -> String? in
      let all = (scatter.actual + scatter.predicted).filter(\.isFinite)
      guard let least = all.min(), let most = all.max() else { return nil }
      let range = Axis().fitted(to: [least, most])
      let measured = scatter.r2.map { String(format: "R² %.4f", $0) }
      // Of many points every so many: what lies on each other shows nothing and makes a page that is slow.
      let stride = (scatter.actual.count + Self.mostScattered - 1) / Self.mostScattered
      let shown = scatter.actual.indices.filter { $0 % max(stride, 1) == 0 }
      let panel = Panel(
        [scatter.name, measured].compactMap(\.self).joined(separator: ": "), x: Axis("true", range: range),
        y: Axis("predicted", range: range), size: Self.size, legend: .none,
        [
          .line(
            .init(
              x: [range.lowerBound, range.upperBound], y: [range.lowerBound, range.upperBound], color: "#888888",
              width: 1, dash: "5 3")),
          .points(
            .init(
              x: shown.map { scatter.actual[$0] }, y: shown.map { scatter.predicted[$0] },
              radius: shown.count > 300 ? 1.6 : 2.4)),
        ])
      return Self.picture(
        "scatter-\(i + 1)", panel, "\(scatter.name): \(scatter.actual.count.grouped) predictions over their true values"
      )
    }
    return pictures.isEmpty ? "" : "<div class=\"curves\">\n\(pictures.joined(separator: "\n"))\n</div>"
  }

  private static func picture(_ name: String, _ panel: Panel, _ description: String) -> String {
    Figure("", panel).svg(name: name, description: description)
  }
}
