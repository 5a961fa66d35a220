import Kobai
import KobaiReport

/// "MNIST for ML beginners": a single affine layer with softmax, which already predicts about 92 % of the digits correctly.
public struct SoftmaxRegressionMNIST: Experiment {
  public let about = About(
    "ch04/softmax-regression", .miniBatchTraining, en: "Softmax regression, and what its weights look like",
    ja: "ソフトマックス回帰と重みの可視化", usesDigits: true)
  @Setting("lr", in: 0...100, en: "learning rate", ja: "学習率") var lr = 0.5
  @Setting("steps", in: 1...1_000_000, en: "batches to train on", ja: "反復回数") var steps = 1000
  @Setting("batch", in: 1...4000, en: "images in a batch", ja: "バッチサイズ") var batch = 100
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let digits = lab.digits
    let size = digits.train.size
    let network = try lab.network(SoftmaxRegression(classes: digits.classes), batch: batch)
    let training = BookTraining(
      network, digits.train, batchSize: batch, optimizer: SGD(learningRate: Float(lr)), lab: lab)
    try training.run(steps: steps, name: "softmax-regression")
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
