import Kobai
import KobaiReport

/// The set-up of section 6.4: seven layers and few images, so that the network can learn them by heart.
struct Overfitting {
  let lab: Lab
  let epochs: Int
  let images: Int
  let hidden: Int
  let learningRate: Double

  struct Curves {
    /// Accuracies after each epoch.
    var train: [Double] = []
    var test: [Double] = []
    /// The mean cross-entropy of each epoch's batches.
    var loss: [Double] = []
    /// The sum of all squared weights after each epoch; biases are not among them, for they do not decay.
    var squares: [Double] = []
    /// The weights after the last epoch.
    var weights: [Double] = []
  }

  /// - Parameters:
  ///   - weightDecay: λ of the L2 penalty ½ λ Σ w².
  ///   - l1: λ of the L1 penalty λ Σ |w|.
  ///   - dropout: the share of the units that are dropped.
  ///   - name: what progress is reported under.
  func run(weightDecay: Float = 0, l1: Float = 0, dropout: Float = 0, name: String) throws -> Curves {
    let digits = lab.digits
    let design = MultiLayerNet(hidden: [Int](repeating: hidden, count: 6), classes: digits.classes, dropout: dropout)
    let training = BookTraining(
      try lab.network(design.asInTheBook()), digits.train, images: 0..<images,
      optimizer: PenalizedSGD(learningRate: Float(learningRate), weightDecay: weightDecay, l1: l1), lab: lab)
    let test = 0..<min(digits.test.count, 2000)
    var curves = Curves()
    for epoch in 0..<epochs {
      try training.run(steps: training.stepsPerEpoch, name: name, quietly: true)
      curves.train.append(try training.accuracy(on: digits.train, 0..<images))
      curves.test.append(try training.accuracy(on: digits.test, test))
      curves.loss.append(training.losses.suffix(training.stepsPerEpoch).reduce(0, +) / Double(training.stepsPerEpoch))
      curves.weights = training.network.decayingWeights
      curves.squares.append(curves.weights.reduce(0) { $0 + $1 * $1 })
      if epoch % 20 == 0 || epoch == epochs - 1 {
        let (train, test) = ((curves.train.last ?? 0).fixed(4), (curves.test.last ?? 0).fixed(4))
        lab.say(
          en: "epoch:\(epoch), train acc:\(train), test acc:\(test)",
          ja: "エポック \(epoch)の認識精度：訓練データ \(train)、テストデータ \(test)")
        lab.report(Double(epoch + 1) / Double(epochs), name)
      }
    }
    return curves
  }

  func panel(_ title: String, _ curves: Curves) -> Panel {
    Panel(
      title, x: Axis(lab.words(en: "epochs", ja: "エポック")),
      y: Axis(lab.words(en: "accuracy", ja: "認識精度"), range: 0...1.02),
      size: (300, 220),
      [
        .line(.init(lab.words(en: "train", ja: "訓練データ"), values: curves.train)),
        .line(.init(lab.words(en: "test", ja: "テストデータ"), values: curves.test, dash: "5 3")),
      ])
  }
}

extension Network {
  /// All weights that decay: those of the layers, without biases.
  fileprivate var decayingWeights: [Double] {
    parameters.all.filter(\.decays).flatMap { $0.value.elements.map(Double.init) }
  }
}
