import Kobai
import KobaiData
import KobaiReport

/// If all weights begin alike, all units of a layer stay alike: they get the same gradient for ever, and fifty of them are
/// worth one. What has to differ is not the weights themselves: biases that are drawn at random tell the units apart as
/// well, if later.
public struct WeightInitZero: Experiment {
  public let about = About(
    "ch06/weight-init-zero", .zeroWeights,
    en: "Weights all zero, with zero and with random biases, all the same, and random",
    ja: "重みの初期値をすべて0または同じ値にした場合（バイアスが0の場合と乱数の場合）", usesDigits: true,
    question: Question(
      en: "May all weights begin at zero?",
      ja: "重みの初期値をすべて0にしてはいけないのか？",
      answerEn: "With equal weights all units of a layer get the same gradient and stay copies of each other, "
        + "so the network is as good as one unit a layer (accuracy about 0.37 after 10,000 steps). "
        + "Random biases are enough to tell the units apart (0.91); small random weights do better "
        + "(0.93).",
      answerJa: "重みが同じだと、同じ層のユニットはすべて同じ勾配を受け取り、いつまでも互いのコピーのままなので、"
        + "1層に1ユニットしかないのと変わりません（1万ステップ後の認識精度は約0.37）。"
        + "バイアスを乱数にするだけでもユニットは区別されますが（0.91）、"
        + "小さな乱数で重みを初期化するほうがよい結果になります（0.93）。"))
  @Setting("lr", in: 0...10, en: "learning rate", ja: "学習率") var lr = 0.1
  @Setting("steps", in: 1...1_000_000, en: "batches to train on", ja: "反復回数") var steps = 10_000
  @Setting("batch", in: 1...4000, en: "images in a batch", ja: "バッチサイズ") var batch = 100
  @Setting("hidden", in: 1...10_000, en: "hidden units", ja: "隠れ層のニューロン数") var hidden = 50
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let evaluations = 50
    let test = lab.digits.test
    var figures: [String: [Double]] = [:]
    var (losses, accuracies) = ([Mark](), [Mark]())
    for start in Self.starts {
      let name = start.name(lab.language)
      let network = try lab.network(start.layers(hidden: hidden, classes: lab.digits.classes), batch: batch)
      let training = BookTraining(
        network, lab.digits.train, batchSize: batch, optimizer: SGD(learningRate: Float(lr)), lab: lab)
      var (at, accuracy) = ([0.0], [try training.accuracy(on: test)])
      try training.run(steps: steps, name: name) { step in
        guard step % max(steps / evaluations, 1) == 0 else { return }
        at.append(Double(step))
        accuracy.append(try training.accuracy(on: test))
      }
      let (last, loss) = (accuracy.last ?? .nan, meanOfLast(training.losses))
      let kinds = Self.distinctRows(network.parameters.all[0].value)
      figures[start.name.en] = [last, loss, Double(kinds)]
      lab.say(
        en:
          "\(name): test accuracy \(last.fixed(4)), loss \(loss.fixed(4)), \(kinds) distinct among \(hidden) hidden units",
        ja: "\(name)：テストデータの認識精度 \(last.fixed(4))、損失 \(loss.fixed(4))、隠れ層のニューロン\(hidden)個のうち、異なるユニットは\(kinds)種類")
      let smooth = smoothCurve(training.losses)
      // A point every ten steps: more cannot be told apart in the picture.
      let shown = Array(stride(from: 0, to: smooth.count, by: 10))
      losses.append(
        .line(.init(name, x: shown.map { Double($0 + 1) }, y: shown.map { smooth[$0] }, width: 1.3, dash: start.dash)))
      accuracies.append(.line(.init(name, x: at, y: accuracy, dash: start.dash)))
    }
    let iterations = Axis(lab.words(en: "iterations", ja: "反復回数"))
    let panels = [
      Panel(
        x: iterations, y: Axis(lab.words(en: "test accuracy", ja: "テストデータの認識精度"), range: 0...1),
        size: (360, 280), legend: .none, accuracies),
      Panel(
        x: iterations, y: Axis(lab.words(en: "loss", ja: "損失"), range: 0...3), size: (360, 280), legend: .beside,
        losses),
    ]
    let title = lab.words(
      en: "Weights that begin alike keep the units alike", ja: "重みの初期値がすべて同じだと、隠れ層のニューロンは互いに同じまま変わらない")
    return Outcome(figures, pictures: [Picture("weight-init-zero", Figure(title, panels))])
  }

  /// One way to begin.
  private struct Start: Sendable {
    let name: Words
    let weights: Initializer
    let biases: Initializer
    let dash: String?

    func layers(hidden: Int, classes: Int) -> Sequential {
      [
        "affine1": Affine(hidden, initializer: weights, biasInitializer: biases), "sigmoid1": Sigmoid(),
        "affine2": Affine(classes, initializer: weights, biasInitializer: biases),
      ]
    }
  }

  private static let starts = [
    Start(name: Words(en: "weights 0, biases 0", ja: "重み0、バイアス0"), weights: .zeros, biases: .zeros, dash: nil),
    Start(
      name: Words(en: "weights 0, biases random", ja: "重み0、バイアスは乱数"), weights: .zeros,
      biases: .normal(deviation: 1), dash: nil),
    Start(
      name: Words(en: "weights all 0.01", ja: "重みはすべて0.01"), weights: .constant(0.01), biases: .zeros, dash: "5 3"),
    Start(
      name: Words(en: "weights random, std 0.01", ja: "重みは乱数（標準偏差0.01）"), weights: .normal(deviation: 0.01),
      biases: .zeros, dash: "5 3"),
  ]

  /// How many rows of a matrix of weights are different.
  private static func distinctRows(_ weights: Tensor) -> Int {
    let (elements, columns) = (weights.elements, weights.shape[1])
    return Set((0..<weights.shape[0]).map { Array(elements[$0 * columns..<($0 + 1) * columns]) }).count
  }
}
