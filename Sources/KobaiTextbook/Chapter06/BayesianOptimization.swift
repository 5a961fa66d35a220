import Foundation
import KobaiReport
import KobaiTuning

/// Bayesian optimisation, step by step, for the learning rate alone.
///
/// Each trial takes a training; a Gaussian process guesses from them what all other learning rates would come to, and how
/// sure that is. Tried next is where the expected improvement is largest: either the mean is high there, or little is
/// known. The dashed line is what the process cannot see, a training at every rate.
public struct BayesianOptimization: Experiment {
  public let about = About(
    "ch06/bayesian-optimization", .hyperparameters,
    en: "Bayesian optimisation of the learning rate, step by step: the Gaussian process and the expected improvement",
    ja: "ベイズ最適化による学習率の探索：ガウス過程と期待改善量の推移", usesDigits: true,
    question: Question(
      en: "How does Bayesian optimisation know where to try next?",
      ja: "ベイズ最適化は次に試す値をどうやって決めているのか？",
      answerEn: "A Gaussian process guesses from the trials so far what every other value would score, and "
        + "how sure that is. The next trial is where the expected improvement is largest: the guess is "
        + "high there, or little is known.",
      answerJa: "それまでの試行をもとに、ガウス過程が他の値でのスコアとその不確かさを予測します。"
        + "次に試すのは期待改善量が最大の点、つまり予測が高いか、まだよくわかっていない点です。"))
  @Setting("trials", in: 4...100, en: "trials", ja: "試行回数") var trials = 9
  @Setting("first", in: 1...50, en: "trials that are drawn at random to begin with", ja: "最初に乱数で選ぶ試行の回数") var first = 3
  @Setting("epochs", in: 1...1000, en: "epochs of a trial", ja: "1試行のエポック数") var epochs = 18
  @Setting("images", in: 100...4000, en: "images, of which a fifth validate", ja: "画像の枚数（うち2割を検証に使う）") var images = 1000
  @Setting("points", in: 2...200, en: "learning rates of the dashed line", ja: "破線を描く学習率の個数") var points = 25
  public init() {}

  private static let rate = HyperParameter("lr", in: 1e-4...1, scale: .logarithmic)

  public func run(_ lab: Lab) throws -> Outcome {
    let task = TuningTask(lab, seed: lab.seed, images: images)
    let (epochs, points) = (self.epochs, self.points)
    let rates = (0..<points).map { Self.rate.value(at: Double($0) / Double(points - 1)) }
    let truth = try concurrently(points) {
      try task.score(task.training(learningRate: rates[$0], weightDecay: 0), epochs: epochs)
    }
    lab.report(0.7, lab.words(en: "every rate", ja: "すべての学習率"))

    let first = min(first, trials - 1)  // at least one is to be chosen
    var search = BayesianSearch(
      SearchSpace([Self.rate]), trials: trials, epochs: epochs, firstTrials: first, seed: lab.seed)
    let shown = Set([first, (first + trials) / 2, trials - 1])
    var (observations, steps) = ([Observation](), [Step]())
    while let trial = search.next() {
      if shown.contains(observations.count), let surrogate = search.surrogate {
        steps.append(Step(surrogate: surrogate, observations: observations, next: trial["lr"]))
      }
      let training = try task.training(learningRate: trial["lr"], weightDecay: 0)
      let observation = Observation(trial, try task.score(training, epochs: epochs))
      search.report(observation)
      observations.append(observation)
      let how =
        observations.count <= first ? lab.words(en: "random", ja: "乱数") : lab.words(en: "largest EI", ja: "EI最大")
      let rate = String(format: "%.3g", trial["lr"])
      lab.say(
        en: "trial \(observations.count) (\(how)): lr \(rate), validation accuracy \(observation.score.fixed(3))",
        ja: "試行\(observations.count)（\(how)）：学習率 \(rate)、検証データの認識精度 \(observation.score.fixed(3))")
    }
    let best = observations.ranked()[0]
    let highest = truth.max() ?? 0
    let rate = String(format: "%.3g", best.trial["lr"])
    lab.say(
      en:
        "best of \(trials): lr \(rate) with \(best.score.fixed(3)); best of \(points) evenly spaced: \(highest.fixed(3))",
      ja: "\(trials)回の最良値：学習率 \(rate)、認識精度 \(best.score.fixed(3))。等間隔の\(points)点での最良値：\(highest.fixed(3))")
    let panels = steps.enumerated().map { i, step in
      step.meanPanel(rates, truth, lab, showsLegend: i == steps.count - 1)
    }
    let title = lab.words(
      en: "The Gaussian process (above) and the expected improvement (below)", ja: "ガウス過程による予測（上段）と期待改善量（下段）")
    return Outcome(
      [
        "best": [best.score], "best rate": [best.trial["lr"]], "grid": [highest],
        "rates": observations.map { $0.trial["lr"] }, "scores": observations.map(\.score),
      ],
      pictures: [
        Picture(
          "bayesian-optimization",
          Figure(title, panels + steps.map { $0.improvementPanel(lab) }, columns: steps.count))
      ])
  }

  /// What is known before a trial.
  private struct Step {
    let surrogate: Surrogate
    let observations: [Observation]
    let next: Double

    private static let positions = (0...160).map { Double($0) / 160 }
    private static let x = positions.map { BayesianOptimization.rate.value(at: $0) }

    private func axis(_ lab: Lab) -> Axis {
      Axis(lab.words(en: "learning rate", ja: "学習率"), range: BayesianOptimization.rate.range, scale: .logarithmic)
    }

    func meanPanel(_ rates: [Double], _ truth: [Double], _ lab: Lab, showsLegend: Bool) -> Panel {
      let predictions = Self.positions.map { surrogate.process.predict([$0]) }
      let (x, deviations) = (Self.x, predictions.map { 2 * $0.variance.squareRoot() })
      let upper = zip(x, zip(predictions, deviations)).map { (x: $0, y: $1.0.mean + $1.1) }
      let lower = zip(x, zip(predictions, deviations)).map { (x: $0, y: $1.0.mean - $1.1) }
      return Panel(
        lab.words(en: "after \(observations.count) trials", ja: "\(observations.count)回の試行後"), x: axis(lab),
        y: Axis(lab.words(en: "validation accuracy", ja: "検証データの認識精度"), range: -0.2...1.3), size: (250, 190),
        legend: showsLegend ? .beside : .none,
        [
          .polygons([Mark.Polygon(upper + lower.reversed(), fill: "#dce8f5")]),
          .line(
            .init(lab.words(en: "every rate tried", ja: "各学習率での実測値"), x: rates, y: truth, color: "#888888", dash: "5 3")
          ),
          .line(
            .init(
              lab.words(en: "mean (band: ±2σ)", ja: "予測平均（帯：±2σ）"), x: x, y: predictions.map(\.mean),
              color: Palette.series(0))),
          .points(
            .init(
              lab.words(en: "trials", ja: "試行"), x: observations.map { $0.trial["lr"] }, y: observations.map(\.score),
              color: Palette.series(1), radius: 4)),
        ])
    }

    func improvementPanel(_ lab: Lab) -> Panel {
      // In percentage points: numbers as wide as those of the panel above, so that both axes stand one below the other.
      let improvements = Self.positions.map { 100 * surrogate.expectedImprovement(at: [$0]) }
      let highest = improvements.max() ?? 0
      let top = max(highest, 1e-6) * 1.15
      return Panel(
        x: axis(lab),
        y: Axis(
          lab.words(en: "EI (%)", ja: "EI（%）"), range: 0...top, names: [(0, "0.0"), (highest, highest.fixed(1))]),
        size: (250, 100), legend: .none,
        [
          .line(.init(x: Self.x, y: improvements, color: Palette.series(2))),
          .line(.init(x: [next, next], y: [0, top], color: Palette.series(1), width: 1.2, dash: "4 3")),
        ])
    }
  }
}
