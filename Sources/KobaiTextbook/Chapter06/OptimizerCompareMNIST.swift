import Kobai
import KobaiReport

/// The optimizers on digits: a five-layer network, 2,000 batches of 128.
///
/// The book's Adam adds an ε of 1e-7 before it corrects the bias, Kobai's 1e-8 after it (KobaiScratch's `Adam` is the book's). Where
/// gradients are larger than that, and here they are, the two go the same way.
public struct OptimizerCompareMNIST: Experiment {
  public let about = About(
    "ch06/optimizer-compare-mnist", .optimizersOnMNIST, en: "SGD, Momentum, AdaGrad and Adam on digits (and two more)",
    ja: "手書き数字によるSGD、Momentum、AdaGrad、Adam（ほか2手法）の比較", usesDigits: true)
  @Setting("steps", in: 1...1_000_000, en: "batches to train on", ja: "反復回数") var steps = 2000
  @Setting("batch", in: 1...4000, en: "images in a batch", ja: "バッチサイズ") var batch = 128
  @Setting("lr_sgd", in: 0...10, en: "learning rate of SGD", ja: "SGDの学習率") var sgdRate = 0.01
  @Setting("lr_momentum", in: 0...10, en: "learning rate of Momentum", ja: "Momentumの学習率") var momentumRate = 0.01
  @Setting("lr_adagrad", in: 0...10, en: "learning rate of AdaGrad", ja: "AdaGradの学習率") var adaGradRate = 0.01
  @Setting("lr_adam", in: 0...10, en: "learning rate of Adam", ja: "Adamの学習率") var adamRate = 0.001
  @Setting("lr_nesterov", in: 0...10, en: "learning rate of Nesterov", ja: "Nesterovの学習率") var nesterovRate = 0.01
  @Setting("lr_rmsprop", in: 0...10, en: "learning rate of RMSProp", ja: "RMSPropの学習率") var rmsPropRate = 0.001
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let net = MultiLayerNet(classes: lab.digits.classes)
    let comparison = Comparison(lab: lab, batchSize: batch, steps: steps)
    let contenders: [(name: String, architecture: any Architecture, optimizer: any Optimizer)] = [
      ("SGD", net, SGD(learningRate: Float(sgdRate))),
      ("Momentum", net, Momentum(learningRate: Float(momentumRate))),
      ("AdaGrad", net, AdaGrad(learningRate: Float(adaGradRate), epsilon: 1e-7)),
      ("Adam", net, Adam(learningRate: Float(adamRate))),
      ("Nesterov", net, Nesterov(learningRate: Float(nesterovRate))),
      ("RMSProp", net, RMSProp(learningRate: Float(rmsPropRate))),
    ]
    let losses = try comparison.losses(contenders)
    let panel = comparison.panel(losses, order: contenders.map(\.name), top: 1)
    let title = lab.words(en: "Optimizers on handwritten digits", ja: "手書き数字による更新手法の比較")
    return Outcome(comparison.last(losses), pictures: [Picture("optimizer-compare-mnist", Figure(title, panel))])
  }
}
