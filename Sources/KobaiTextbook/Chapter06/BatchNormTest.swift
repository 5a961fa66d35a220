import Foundation
import Kobai
import KobaiReport

/// With batch normalisation a network learns from almost any first weights: sixteen deviations, with and without.
public struct BatchNormTest: Experiment {
  public let about = About(
    "ch06/batch-norm-test", .batchNorm,
    en: "Sixteen deviations of the first weights, with and without batch normalisation",
    ja: "Batch Normalizationの効果（重みの初期値の標準偏差16通り）", usesDigits: true)
  @Setting("epochs", in: 1...1000, en: "epochs", ja: "エポック数") var epochs = 20
  @Setting("lr", in: 0...10, en: "learning rate", ja: "学習率") var lr = 0.01
  @Setting("images", in: 100...4000, en: "images to train on", ja: "訓練画像の枚数") var images = 1000
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let deviations = (0..<16).map { pow(10, -Double($0) * 4 / 15) }  // 1 down to 1e-4
    var figures: [String: [Double]] = [:]
    var panels: [Panel] = []
    for (i, deviation) in deviations.enumerated() {
      lab.say("============== \(i + 1)/16 ==============")
      let curves = try [true, false].map { norm in
        try accuracies(lab, deviation: Float(deviation), batchNorm: norm)
      }
      figures["with"] = (figures["with"] ?? []) + [curves[0].last ?? 0]
      figures["without"] = (figures["without"] ?? []) + [curves[1].last ?? 0]
      lab.say(
        en:
          "W:\(String(format: "%.4g", deviation))  with \((curves[0].last ?? 0).fixed(3)), without \((curves[1].last ?? 0).fixed(3))",
        ja:
          "W:\(String(format: "%.4g", deviation))：Batch Normあり \((curves[0].last ?? 0).fixed(3))、なし \((curves[1].last ?? 0).fixed(3))"
      )
      lab.report(Double(i + 1) / 16, "W:\(String(format: "%.4g", deviation))")
      let x = (1...epochs).map(Double.init)
      panels.append(
        Panel(
          "W:\(String(format: "%.3g", deviation))", x: Axis(range: 0...Double(epochs)), y: Axis(range: 0...1),
          size: (170, 120),
          legend: i == 15 ? .beside : .none,
          [
            .line(.init(lab.words(en: "Batch Norm", ja: "Batch Normあり"), x: x, y: curves[0])),
            .line(.init(lab.words(en: "without", ja: "なし"), x: x, y: curves[1], dash: "5 3")),
          ]))
    }
    let title = lab.words(en: "Training accuracy over \(epochs) epochs", ja: "訓練データの認識精度（\(epochs)エポック、Wは重みの初期値の標準偏差）")
    return Outcome(figures, pictures: [Picture("batch-norm-test", Figure(title, panels, columns: 4))])
  }

  /// The accuracy on the images after each epoch of five hidden layers trained by SGD.
  private func accuracies(_ lab: Lab, deviation: Float, batchNorm: Bool) throws -> [Double] {
    let train = lab.digits.train
    let network = try lab.network(
      MultiLayerNet(
        hidden: [Int](repeating: 100, count: 5), classes: lab.digits.classes,
        initializer: .normal(deviation: deviation), batchNorm: batchNorm
      ).asInTheBook())
    let training = BookTraining(network, train, images: 0..<images, optimizer: SGD(learningRate: Float(lr)), lab: lab)
    return try (0..<epochs).map { _ in
      try training.run(steps: training.stepsPerEpoch, name: "", quietly: true)
      return try training.accuracy(on: train, 0..<images)
    }
  }
}
