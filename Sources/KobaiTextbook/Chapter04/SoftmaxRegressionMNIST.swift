import Kobai
import KobaiReport

/// "MNIST for ML beginners": a single affine layer with softmax, which already predicts about 92 % of the digits correctly.
public struct SoftmaxRegressionMNIST: Experiment {
  public let about = About(
    "ch04/softmax-regression", .miniBatchTraining, en: "Softmax regression, and what its weights look like",
    ja: "ソフトマックス回帰と重みの可視化", usesDigits: true)
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let digits = lab.digits
    let size = digits.train.size
    let network = try lab.network(SoftmaxRegression(classes: digits.classes))
    let training = BookTraining(network, digits.train, optimizer: SGD(learningRate: 0.5), lab: lab)
    try training.run(steps: 1000, name: "softmax-regression")
    let accuracy = try training.accuracy(on: digits.test)
    lab.say(en: "\(accuracy)", ja: "テストデータの認識精度 \(accuracy)")
    let weights = network.parameters.all[0].value.elements
    let largest = weights.map(abs).max() ?? 1
    let pictures = (0..<digits.classes).map { digit in
      let one = Array(weights[digit * size.area..<(digit + 1) * size.area])
      return (
        PNGImage(width: size.width, height: size.height, values: one, black: -largest, white: largest), "\(digit)"
      )
    }
    let title = lab.words(
      en: "Weights of each digit: bright speaks for it, dark against", ja: "各数字の重み：明るい画素ほどその数字である根拠、暗い画素ほどその数字でない根拠")
    return Outcome(
      ["accuracy": [accuracy]],
      pictures: [Picture("softmax-regression", Figure(title, gallery(pictures, columns: 5, cell: 90)))])
  }
}
