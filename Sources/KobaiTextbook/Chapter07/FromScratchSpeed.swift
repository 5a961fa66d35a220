import Foundation
import Kobai
import KobaiReport
import KobaiScratch

/// SimpleConvNet from scratch, as the book writes it, beside the same network over kernels: the same losses, and how many
/// times faster they come.
public struct FromScratchSpeed: Experiment {
  public let about = About(
    "ch07/from-scratch-speed", .cnn, en: "SimpleConvNet from scratch and over kernels: the same losses, timed",
    ja: "スクラッチ実装とカーネル実装のSimpleConvNet：損失の一致と速度の比較", usesDigits: true)
  @Setting("steps", in: 1...10_000, en: "steps", ja: "ステップ数") var steps = 20
  @Setting("batch", in: 1...1000, en: "images in a batch", ja: "バッチサイズ") var batchSize = 100
  @Setting("lr", in: 0...10, en: "learning rate", ja: "学習率") var lr = 0.05
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let train = lab.digits.train
    let size = train.size
    var numbers = RandomNumbers(seed: lab.seed)
    let scratch = KobaiScratch.SimpleConvNet(
      inputDim: (train.channels, size.height, size.width), outputSize: lab.digits.classes, lossEpsilon: 0,
      using: &numbers)
    let network = try Network(
      input: [train.channels, size.height, size.width], batch: batchSize,
      Kobai.SimpleConvNet(classes: lab.digits.classes), seed: lab.seed, kernels: lab.kernels)
    let twins = Twins(
      network, scratch, optimizers: (KobaiScratch.SGD(lr: lr), Kobai.SGD(learningRate: Float(lr))))
    for step in 1...steps {
      try twins.step(train, numbers.choices(batchSize, below: train.count).map(Int32.init))
      lab.report(Double(step) / Double(steps), "SimpleConvNet")
      let (own, theirs) = (twins.losses.scratch[step - 1].fixed(7), twins.losses.kernels[step - 1].fixed(7))
      guard step == 1 || step % 5 == 0 else { continue }
      lab.say(
        en: "step \(step): loss \(own) from scratch, \(theirs) over kernels",
        ja: "ステップ\(step)の損失：スクラッチ実装 \(own)、カーネル実装 \(theirs)")
    }

    // The first steps make memory ready; the quickest is what the machine can do when nothing else runs on it.
    let own = (twins.seconds.scratch.min() ?? 0) * 1000
    let theirs = (twins.seconds.kernels.min() ?? 0) * 1000
    let (ratio, difference) = (own / theirs, String(format: "%.1e", twins.difference))
    lab.say(en: "largest relative difference: \(difference)", ja: "損失の相対差の最大値：\(difference)")
    let threads = lab.kernels.threads
    lab.say(
      en: "\(own.fixed(1)) ms a step from scratch, \(theirs.fixed(2)) ms over kernels with \(threads) "
        + "thread\(threads == 1 ? "" : "s"): \(ratio.fixed(0)) times as fast",
      ja: "1ステップあたり、スクラッチ実装 \(own.fixed(1)) ms、カーネル実装 \(theirs.fixed(2)) ms（\(threads)スレッド）："
        + "\(ratio.fixed(0))倍の速さ")
    return Outcome(
      [
        "scratch": twins.losses.scratch, "kernels": twins.losses.kernels, "difference": [twins.difference],
        "milliseconds": [own, theirs], "speed-up": [ratio],
      ], pictures: [Picture("from-scratch-speed", figure(lab, twins, [own, theirs]))])
  }

  private func figure(_ lab: Lab, _ twins: Twins, _ milliseconds: [Double]) -> Figure {
    let names = (lab.words(en: "from scratch", ja: "スクラッチ実装"), lab.words(en: "over kernels", ja: "カーネル実装"))
    let x = twins.losses.scratch.indices.map { Double($0 + 1) }
    let losses = Panel(
      x: Axis(lab.words(en: "steps", ja: "ステップ")), y: Axis(lab.words(en: "loss", ja: "損失")), size: (340, 240),
      [
        .line(.init(names.0, x: x, y: twins.losses.scratch, width: 4)),
        .line(.init(names.1, x: x, y: twins.losses.kernels, dash: "5 3")),
      ])
    let times = Panel(
      x: Axis(names: [(0, names.0), (1, names.1)]),
      y: Axis(lab.words(en: "ms a step", ja: "1ステップの時間 (ms)")), size: (260, 240), legend: .none,
      [.bars(.init(series: [lab.words(en: "time", ja: "時間")], values: milliseconds.map { [$0] }, width: 0.5))])
    return Figure(
      lab.words(en: "The same network from scratch and over kernels", ja: "同じネットワークのスクラッチ実装とカーネル実装"),
      [losses, times], columns: 2)
  }
}
