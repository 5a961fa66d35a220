import Kobai
import KobaiData
import KobaiReport
import KobaiTraining

/// The same in batches of 100, which is faster: the weights are read once for a hundred digits.
public struct NeuralNetMNISTBatch: Experiment {
  public let about = About(
    "ch03/neuralnet-mnist-batch", .batches, en: "Inference in batches, timed against one by one",
    ja: "バッチ処理による推論：1枚ずつ入力した場合との速度比較", usesDigits: true)
  @Setting("lr", in: 0...1, en: "learning rate of the training", ja: "学習率") var lr = 0.003
  @Setting("batch", in: 11...1000, en: "the largest batch", ja: "最大のバッチサイズ") var batch = 100
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let evaluator = Evaluator(
      try TrainedSigmoidNet.make(lab, learningRate: lr, batch: batch), loss: SoftmaxCrossEntropy())
    let test = lab.digits.test
    var (times, accuracies) = ([Double](), [Double]())
    let sizes = [1, 10, batch]
    for size in sizes {
      let batches = Batches(test, batchSize: size)
      var best = Double.infinity
      for _ in 0..<3 {
        let start = ContinuousClock.now
        accuracies.append(try evaluator.evaluate(batches).accuracy)
        best = min(best, (ContinuousClock.now - start) / .seconds(1))
      }
      times.append(best / Double(test.count) * 1e6)
      lab.say(
        en: "batch \(size): accuracy \(accuracies.last ?? 0), \((times.last ?? 0).fixed(2)) µs a digit",
        ja: "バッチサイズ\(size)：認識精度 \(accuracies.last ?? 0)、1枚あたり \((times.last ?? 0).fixed(2)) µs")
    }
    let panel = Panel(
      x: Axis(
        lab.words(en: "batch size", ja: "バッチサイズ"),
        names: sizes.enumerated().map { (Double($0.offset), "\($0.element)") }),
      y: Axis(lab.words(en: "µs a digit", ja: "1枚あたりの時間 (µs)")), legend: .none,
      [.bars(.init(series: [lab.words(en: "time", ja: "時間")], values: times.map { [$0] }, width: 0.5))])
    let title = lab.words(en: "Inference is faster in batches", ja: "バッチ処理による推論の高速化")
    return Outcome(
      ["accuracy": accuracies, "microseconds": times],
      pictures: [Picture("neuralnet-mnist-batch", Figure(title, panel))])
  }
}
