import Kobai
import KobaiData
import KobaiReport

/// If all weights begin at zero, all units of a layer stay alike: they get the same gradient for ever.
public struct WeightInitZero: Experiment {
  public let about = About(
    "ch06/weight-init-zero", .zeroWeights, en: "All weights zero, with zero and with random biases",
    ja: "重みの初期値をすべて0にするとどうなるか", usesDigits: true)
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    var figures: [String: [Double]] = [:]
    var curves: [Mark] = []
    let cases: [(String, Initializer, Initializer)] = [
      (lab.words(en: "weights 0, biases 0", ja: "重み0、バイアス0"), .zeros, .zeros),
      (lab.words(en: "weights 0, biases random", ja: "重み0、バイアス乱数"), .zeros, .normal(deviation: 1)),
      (lab.words(en: "He", ja: "Heの初期値"), .he, .zeros),
    ]
    for (i, (name, weights, biases)) in cases.enumerated() {
      let layers: Sequential = [
        "affine1": Affine(50, initializer: weights, biasInitializer: biases), "sigmoid1": Sigmoid(),
        "affine2": Affine(lab.digits.classes, initializer: weights, biasInitializer: biases),
      ]
      let network = try lab.network(layers)
      let training = BookTraining(network, lab.digits.train, optimizer: SGD(learningRate: 0.1), lab: lab)
      try training.run(steps: 300, name: name)
      let distinct = Self.distinctRows(network.parameters.all[0].value)
      figures[["zero", "random bias", "He"][i]] = [training.losses.last ?? .nan, Double(distinct)]
      lab.say(
        en: "\(name): loss \((training.losses.last ?? .nan).fixed(4)), \(distinct) of 50 hidden units differ",
        ja: "\(name)：損失 \((training.losses.last ?? .nan).fixed(4))、50個の隠れユニットのうち異なるもの \(distinct)個")
      curves.append(.line(.init(name, values: smoothCurve(training.losses))))
    }
    let panel = Panel(x: Axis(lab.words(en: "iterations", ja: "反復回数")), y: Axis("loss", range: 0...3.5), curves)
    let title = lab.words(en: "Zero weights keep the units alike", ja: "重み0ではユニットが区別されない")
    return Outcome(figures, pictures: [Picture("weight-init-zero", Figure(title, panel))])
  }

  /// How many rows of a matrix of weights are different.
  private static func distinctRows(_ weights: Tensor) -> Int {
    let (elements, columns) = (weights.elements, weights.shape[1])
    return Set((0..<weights.shape[0]).map { Array(elements[$0 * columns..<($0 + 1) * columns]) }).count
  }
}
