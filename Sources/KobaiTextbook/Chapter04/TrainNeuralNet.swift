import Kobai
import KobaiReport

/// Mini-batch training: the loss falls, and accuracy on digits that were never seen rises with that on the others.
public struct TrainNeuralNet: Experiment {
  public let about = About(
    "ch04/train-neuralnet", .miniBatchTraining, en: "Mini-batch training with loss and accuracy curves",
    ja: "ミニバッチ学習：損失と認識精度の推移", usesDigits: true)
  @Setting("lr", in: 0...100, en: "learning rate", ja: "学習率") var lr = 0.1
  @Setting("steps", in: 1...1_000_000, en: "batches to train on", ja: "反復回数") var steps = 10_000
  @Setting("hidden", in: 1...10_000, en: "hidden units", ja: "隠れ層のニューロン数") var hidden = 50
  @Setting("batch", in: 1...4000, en: "images in a batch", ja: "バッチサイズ") var batch = 100
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    // The book would take the numerical gradient here, and wait for hours; backpropagation gives the same (section 5.7.3).
    try trainTwoLayerNet(
      lab, activation: Sigmoid(), hidden: hidden, batch: batch, learningRate: lr, steps: steps, name: "train-neuralnet")
  }
}

/// The training of sections 4.5 and 5.7, and an evaluation of the accuracies once an epoch.
func trainTwoLayerNet(
  _ lab: Lab, activation: any ActivationSpec, hidden: Int, batch: Int, learningRate: Double, steps: Int, name: String
) throws -> Outcome {
  let digits = lab.digits
  let network = try lab.network(
    TwoLayerNet(hidden: hidden, classes: digits.classes, activation: activation), batch: batch)
  let training = BookTraining(
    network, digits.train, batchSize: batch, optimizer: SGD(learningRate: Float(learningRate)), lab: lab)
  let perEpoch = max(training.stepsPerEpoch, steps / 20)  // at most twenty evaluations
  lab.say(
    en: "\(digits.train.count) images in batches of \(batch): an epoch is \(training.stepsPerEpoch) batches",
    ja: "訓練画像\(digits.train.count)枚、バッチサイズ\(batch)：1エポックは\(training.stepsPerEpoch)回の反復")
  var (train, test, epochs) = ([Double](), [Double](), [Double]())
  func evaluate(_ step: Int) throws {
    train.append(try training.accuracy(on: digits.train))
    test.append(try training.accuracy(on: digits.test))
    epochs.append(Double(step) / Double(training.stepsPerEpoch))
    let (trained, tested) = ((train.last ?? 0).fixed(4), (test.last ?? 0).fixed(4))
    lab.say(en: "train acc, test acc | \(trained), \(tested)", ja: "認識精度：訓練データ \(trained)、テストデータ \(tested)")
  }
  try evaluate(0)
  try training.run(steps: steps, name: name) { if $0 % perEpoch == 0 { try evaluate($0) } }
  let losses = training.losses
  let highest = losses.filter(\.isFinite).max() ?? 0
  let loss = Panel(
    x: Axis(lab.words(en: "iteration", ja: "反復回数")),
    y: Axis(lab.words(en: "loss", ja: "損失"), range: 0...(highest > 0 ? highest * 1.05 : 1)),
    size: (330, 250),
    legend: .none, [.line(.init(x: losses.indices.map { Double($0 + 1) }, y: losses, width: 0.8))])
  let accuracy = Panel(
    x: Axis(lab.words(en: "epochs", ja: "エポック")), y: Axis(lab.words(en: "accuracy", ja: "認識精度"), range: 0...1),
    size: (330, 250),
    [
      .line(.init(lab.words(en: "train", ja: "訓練データ"), x: epochs, y: train, dots: true)),
      .line(.init(lab.words(en: "test", ja: "テストデータ"), x: epochs, y: test, dash: "5 3", dots: true)),
    ])
  return Outcome(
    ["train": train, "test": test, "loss": [meanOfLast(losses)]],
    pictures: [
      Picture(name, Figure(lab.words(en: "A two-layer network learns", ja: "2層ニューラルネットワークの学習"), [loss, accuracy]))
    ])
}
