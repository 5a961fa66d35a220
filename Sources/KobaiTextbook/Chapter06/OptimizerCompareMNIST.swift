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
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let net = MultiLayerNet(classes: lab.digits.classes)
    let comparison = Comparison(lab: lab)
    let contenders: [(name: String, architecture: any Architecture, optimizer: any Optimizer)] = [
      ("SGD", net, SGD(learningRate: 0.01)), ("Momentum", net, Momentum(learningRate: 0.01)),
      ("AdaGrad", net, AdaGrad(learningRate: 0.01, epsilon: 1e-7)), ("Adam", net, Adam(learningRate: 0.001)),
      ("Nesterov", net, Nesterov(learningRate: 0.01)), ("RMSProp", net, RMSProp(learningRate: 0.001)),
    ]
    let losses = try comparison.losses(contenders)
    let panel = comparison.panel(losses, order: contenders.map(\.name), top: 1)
    let title = lab.words(en: "Optimizers on handwritten digits", ja: "手書き数字による更新手法の比較")
    return Outcome(comparison.last(losses), pictures: [Picture("optimizer-compare-mnist", Figure(title, panel))])
  }
}
