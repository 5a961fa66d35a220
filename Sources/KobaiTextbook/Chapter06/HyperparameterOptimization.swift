import Dispatch
import Foundation
import Kobai
import KobaiData
import KobaiReport
import Synchronization

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
    let (train, validation) = (0..<images * 4 / 5, images * 4 / 5..<images)  // of the first 500 images in the book
    let one = Kernels(instructionSet: lab.kernels.instructionSet, threads: 1)
    let finished = Mutex<[Int: Trial]>([:])
    let failure = Mutex<(any Error)?>(nil)
    let (digits, seed, epochs) = (lab.digits, lab.seed, self.epochs)
    // They run in rounds of twenty, so that progress can be reported between them.
    for start in stride(from: 0, to: trials.count, by: 20) {
      DispatchQueue.concurrentPerform(iterations: min(20, trials.count - start)) { i in
        do {
          let lab = Lab(seed: seed, digits: digits, kernels: one)
          let trial = try Self.train(trials[start + i], train, validation, epochs: epochs, in: lab)
          finished.withLock { $0[start + i] = trial }
        } catch { failure.withLock { $0 = error } }
      }
      lab.report(
        Double(start + 20) / Double(trials.count), lab.words(en: "trial \(start + 20)", ja: "\(start + 20)回試行"))
    }
    if let error = failure.withLock({ $0 }) { throw error }
    let done = finished.withLock { $0 }
    let ranked = trials.indices.compactMap { done[$0] }.sorted { $0.score > $1.score }
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

  private static func train(
    _ trial: Trial, _ train: Range<Int>, _ validation: Range<Int>, epochs: Int, in lab: Lab
  ) throws -> Trial {
    let digits = lab.digits.train
    let network = try lab.network(
      MultiLayerNet(hidden: [Int](repeating: 100, count: 6), classes: lab.digits.classes))
    let training = BookTraining(
      network, digits, images: train,
      optimizer: SGD(learningRate: Float(trial.learningRate), weightDecay: Float(trial.weightDecay)), lab: lab)
    var result = trial
    for _ in 0..<epochs {
      try training.run(steps: training.stepsPerEpoch, name: "", quietly: true)
      result.validation.append(try training.accuracy(on: digits, validation))
      result.train.append(try training.accuracy(on: digits, train))
    }
    return result
  }
}
