import Foundation
import Kobai
import KobaiReport

/// A hundred networks with random learning rate and weight decay, judged by images that none of them was trained on.
/// They do not wait for each other: every processor trains one at a time.
public struct HyperparameterOptimization: Experiment {
  public let about = About(
    "ch06/hyperparameter-optimization", .hyperparameters,
    en: "Random search over learning rate and weight decay, 100 trials, the best 20 drawn",
    ja: "学習率とWeight decayのランダムサーチ（100回試行、上位20件を図示）", usesDigits: true)
  @Setting("trials", in: 1...10_000, en: "trials", ja: "試行回数") var trialCount = 100
  @Setting("epochs", in: 1...1000, en: "epochs of a trial", ja: "1試行のエポック数") var epochs = 50
  @Setting("images", in: 500...4000, en: "images, of which a fifth validate", ja: "画像の枚数（うち2割を検証に使う）") var images = 500
  public init() {}

  struct Trial: Sendable {
    let learningRate: Double, weightDecay: Double
    var validation: [Double] = []
    var train: [Double] = []
    var score: Double { validation.last ?? 0 }
  }

  public func run(_ lab: Lab) throws -> Outcome {
    let trials = Self.candidates(trialCount, lab)
    let task = TuningTask(lab, seed: lab.seed, images: images)
    let epochs = self.epochs
    var done: [Trial] = []
    // They run in rounds of twenty, so that progress can be reported between them.
    for start in stride(from: 0, to: trials.count, by: 20) {
      done += try concurrently(min(20, trials.count - start)) { i in
        try Self.train(trials[start + i], epochs: epochs, task)
      }
      lab.report(
        Double(start + 20) / Double(trials.count), lab.words(en: "trial \(start + 20)", ja: "\(start + 20)回試行"))
    }
    let ranked = done.sorted { $0.score > $1.score }
    lab.say(
      en: "=========== Hyper-Parameter Optimization Result ===========",
      ja: "=========== ハイパーパラメータ最適化の結果 ===========")
    for (i, trial) in ranked.prefix(20).enumerated() {
      let (rate, decay) = (String(format: "%.6g", trial.learningRate), String(format: "%.4g", trial.weightDecay))
      lab.say(
        en: "Best-\(i + 1)(val acc:\(trial.score.fixed(2))) | lr:\(rate), weight decay:\(decay)",
        ja: "\(i + 1)位（検証データの認識精度：\(trial.score.fixed(2))）| 学習率：\(rate)、Weight decay：\(decay)")
    }
    let panels = ranked.prefix(20).enumerated().map { i, trial in
      Panel(
        lab.words(en: "Best-\(i + 1)", ja: "\(i + 1)位"),
        x: Axis(range: 0...Double(trial.validation.count), isHidden: true), y: Axis(range: 0...1),
        size: (120, 80),
        legend: .none, [.line(.init(values: trial.validation)), .line(.init(values: trial.train, dash: "4 3"))])
    }
    let map = Panel(
      lab.words(en: "validation accuracy by learning rate", ja: "学習率ごとの検証データの認識精度"),
      x: Axis(lab.words(en: "learning rate", ja: "学習率"), scale: .logarithmic),
      y: Axis(lab.words(en: "validation accuracy", ja: "検証データの認識精度"), range: 0...1), legend: .none,
      [.points(.init(x: ranked.map(\.learningRate), y: ranked.map(\.score)))])
    let title = lab.words(
      en: "The best 20: validation (solid) and training accuracy (dashed)", ja: "上位20件：検証データ（実線）と訓練データ（破線）の認識精度")
    return Outcome(
      [
        "best": [ranked.first?.score ?? 0], "best rate": [ranked.first?.learningRate ?? 0],
        "worst": [ranked.last?.score ?? 0],
        "trials": [Double(ranked.count)],
      ],
      pictures: [
        Picture("hyperparameter-optimization", Figure(title, Array(panels), columns: 5)),
        Picture("hyperparameter-map", Figure("", map)),
      ])
  }

  /// Learning rates 1e-6 ... 1e-2 and decays 1e-8 ... 1e-4, both by their exponents.
  static func candidates(_ count: Int, _ lab: Lab) -> [Trial] {
    var random = [Float](repeating: 0, count: 2 * count)
    lab.kernels.randomUniform(RandomKey(seed: lab.seed, .split, index: 1), 0..<1, into: random.mutableSpan)
    return (0..<count).map { i in
      Trial(
        learningRate: pow(10, -6 + 4 * Double(random[2 * i])), weightDecay: pow(10, -8 + 4 * Double(random[2 * i + 1])))
    }
  }

  private static func train(_ trial: Trial, epochs: Int, _ task: TuningTask) throws -> Trial {
    let training = try task.training(learningRate: trial.learningRate, weightDecay: trial.weightDecay)
    var result = trial
    for _ in 0..<epochs {
      result.validation.append(try task.score(training, epochs: 1))
      result.train.append(try training.accuracy(on: task.digits.train, task.train))
    }
    return result
  }
}
