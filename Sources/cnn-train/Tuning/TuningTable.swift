import Foundation
import KobaiReport
import KobaiTraining
import KobaiTuning
import Rainbow

/// Shows the trials of a search, a line for each as soon as it is trained.
struct TuningTable {
  private let console: Console
  private let tuned: [TunedOption]
  private let widths: [Int]
  private let metric: any Metric
  private let sampleName: String
  private var metricWidth: Int { max(8, metric.name.count) }

  /// - Parameters:
  ///   - metric: what is to become as good as it can.
  ///   - sampleName: what samples are called.
  init(_ console: Console, _ tuned: [TunedOption], _ metric: any Metric, _ sampleName: String) {
    (self.console, self.tuned, self.metric, self.sampleName) = (console, tuned, metric, sampleName)
    widths = tuned.map { option in
      let texts = [0, 0.37, 1].map { option.text(of: option.parameter.value(at: $0)) } + option.names.map(\.name)
      return ([option.field.name] + texts).map(\.count).max() ?? 0
    }
  }

  /// What a search does, in a line.
  func describe(_ search: any Search, epochs: Int) -> String {
    switch search {
    case let halving as SuccessiveHalving:
      zip(halving.counts, halving.rungs).map { "\($0) for \($1)" }.joined(separator: ", the best ")
        + " epoch\(epochs == 1 ? "" : "s")"
    case is BayesianSearch: "Bayesian optimisation, \(epochs) epoch\(epochs == 1 ? "" : "s") a trial"
    default: "random values, \(epochs) epoch\(epochs == 1 ? "" : "s") a trial"
    }
  }

  func head() {
    let names = zip(tuned, widths).map { aligned($0.field.name, $1) }.joined(separator: "  ")
    console.line("trial  \(names)  epochs  \(aligned(metric.name, metricWidth))    loss  seconds".dim)
  }

  func row(_ result: TrialResult) {
    let values = zip(zip(tuned, result.trial.values), widths)
      .map { aligned($0.0.text(of: $0.1), $1) }.joined(separator: "  ")
    let end =
      result.score.isNaN
      ? "diverged".red
      : aligned(metric.text(ofScore: result.score), metricWidth)
        + aligned(String(format: result.loss < 1e5 ? "%.4f" : "%.1e", result.loss), 8)
        + aligned(String(format: "%.1f", result.seconds), 9)
    console.line(
      "\(aligned(String(result.trial.number + 1), 5))  \(values)  \(aligned(String(result.trial.epochs), 6))  \(end)")
  }

  /// Shows which trial was the best of those that were trained to the end; nil where there is none.
  func best(_ results: [TrialResult], epochs: Int, _ seconds: Double) -> Trial? {
    let whole = results.filter { $0.trial.epochs == epochs && !$0.score.isNaN }
    guard let best = whole.map({ Observation($0.trial, $0.score) }).ranked().first else { return nil }
    console.line()
    let trained = Set(results.map(\.trial.number)).count
    console.line(
      "best: trial \(best.trial.number + 1) with \(metric.unit == .percent ? "" : "\(metric.name) ")\(metric.text(ofScore: best.score))"
        .bold
        + " of the \(sampleName) set aside; \(trained) trial\(trained == 1 ? "" : "s") in \(minutes(seconds)). Alone, to the same bits:"
    )
    return best.trial
  }

  private func aligned(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

extension Metric {
  /// The text of its value that a search sees as a score, which is the larger the better.
  fileprivate func text(ofScore score: Double) -> String { text(higherIsBetter ? score : -score) }
}

/// The metric of all trials over each of the values, and the best one so far over the epochs spent.
func tuningPlot(_ results: [TrialResult], _ tuned: [TunedOption], _ metric: any Metric) -> Figure {
  let lengths = Set(results.map(\.trial.epochs)).sorted()
  let panels = tuned.enumerated().map { i, option in
    let x = Axis(
      option.field.name, range: option.names.isEmpty ? nil : option.parameter.range,
      scale: option.parameter.scale == .logarithmic ? .logarithmic : .linear, names: option.names)
    let marks = lengths.map { length in
      let trained = results.filter { $0.trial.epochs == length }
      return Mark.points(
        .init(
          lengths.count > 1 ? "after \(length) epoch\(length == 1 ? "" : "s")" : nil,
          x: trained.map { $0.trial.values[i] }, y: trained.map { metric.higherIsBetter ? $0.score : -$0.score }))
    }
    return Panel(x: x, y: Axis("validation \(metric.name)"), marks)
  }
  var (spent, best, x, y) = (0, -Double.infinity, [Double](), [Double]())
  for result in results {
    spent += result.trial.cost
    best = max(best, result.score.isNaN ? best : result.score)
    x.append(Double(spent))
    y.append(metric.higherIsBetter ? best : -best)
  }
  let course = Panel(
    x: Axis("epochs of all trials"), y: Axis("best validation \(metric.name) so far"),
    [.line(.init(x: x, y: y, dots: true))])
  return Figure("\(Set(results.map(\.trial.number)).count) trials", panels + [course], columns: 2)
}
