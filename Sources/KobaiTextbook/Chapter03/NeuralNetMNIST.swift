import Foundation
import Kobai
import KobaiData
import KobaiReport

/// A trained network answers, one digit at a time.
///
/// The book loads weights that were trained for it (93.52 %); here a network of the same shape, 784-50-100-10 with
/// sigmoids, is trained first.
public struct NeuralNetMNIST: Experiment {
  public let about = About(
    "ch03/neuralnet-mnist", .inference, en: "Inference one digit at a time", ja: "1枚ずつの推論処理", usesDigits: true)
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let network = try TrainedSigmoidNet.make(lab)
    let test = lab.digits.test
    let one = try Batches.inOrder(test, 1, lab)
    let start = ContinuousClock.now
    let correct = try network.countCorrect(one, lab)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let accuracy = Double(correct) / Double(test.count)
    lab.say("Accuracy:\(accuracy)")
    lab.say(
      en: "\((seconds / Double(test.count) * 1e6).fixed(1)) µs a digit",
      ja: "1枚あたり \((seconds / Double(test.count) * 1e6).fixed(1)) µs")
    return Outcome(["accuracy": [accuracy]])
  }
}

/// The same in batches of 100, which is faster: the weights are read once for a hundred digits.
public struct NeuralNetMNISTBatch: Experiment {
  public let about = About(
    "ch03/neuralnet-mnist-batch", .batches, en: "Inference in batches, timed against one by one",
    ja: "バッチ処理による推論と、1枚ずつとの速度比較", usesDigits: true)
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let network = try TrainedSigmoidNet.make(lab)
    let test = lab.digits.test
    var (times, accuracies) = ([Double](), [Double]())
    let sizes = [1, 10, 100]
    for size in sizes {
      let batches = try Batches.inOrder(test, size, lab)
      var best = Double.infinity
      for _ in 0..<3 {
        let start = ContinuousClock.now
        accuracies.append(Double(try network.countCorrect(batches, lab)) / Double(test.count))
        best = min(best, (ContinuousClock.now - start) / .seconds(1))
      }
      times.append(best / Double(test.count) * 1e6)
      lab.say(
        en: "batch \(size): accuracy \(accuracies.last ?? 0), \((times.last ?? 0).fixed(2)) µs a digit",
        ja: "バッチ \(size)：認識精度 \(accuracies.last ?? 0)、1枚あたり \((times.last ?? 0).fixed(2)) µs")
    }
    let panel = Panel(
      x: Axis(
        lab.words(en: "batch size", ja: "バッチサイズ"),
        names: sizes.enumerated().map { (Double($0.offset), "\($0.element)") }),
      y: Axis(lab.words(en: "µs a digit", ja: "1枚あたりの時間 (µs)")), legend: .none,
      [.bars(.init(series: ["time"], values: times.map { [$0] }, width: 0.5))])
    let title = lab.words(en: "Inference is faster in batches", ja: "まとめて推論すると速い")
    return Outcome(
      ["accuracy": accuracies, "microseconds": times],
      pictures: [Picture("neuralnet-mnist-batch", Figure(title, panel))])
  }
}

/// The network of section 3.6.2, trained for two epochs.
enum TrainedSigmoidNet {
  static func make(_ lab: Lab) throws -> Network {
    let network = try Network(
      input: [1, lab.digits.train.size.height, lab.digits.train.size.width], batch: 100,
      MultiLayerNet(hidden: [50, 100], classes: lab.digits.classes, activation: Sigmoid()), seed: lab.seed,
      kernels: lab.kernels)
    let steps = max(1200, 2 * lab.digits.train.count / 100)
    let training = BookTraining(network, lab.digits.train, optimizer: Adam(learningRate: 0.003), lab: lab)
    try training.run(steps: steps, name: "784-50-100-10")
    return network
  }
}

extension Batches {
  static func inOrder(_ set: ImageSet, _ size: Int, _ lab: Lab) throws -> Batches {
    Batches(set, batchSize: size, kernels: lab.kernels)
  }
}
