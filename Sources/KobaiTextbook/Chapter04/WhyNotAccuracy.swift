import Foundation
import KobaiReport
import KobaiScratch

/// Loss and accuracy along a single weight: one is a curve with a slope everywhere, the other a staircase.
public struct WhyNotAccuracy: Experiment {
  public let about = About(
    "ch04/why-not-accuracy", .whyLoss, en: "Loss and accuracy as one weight changes: why accuracy cannot be the target",
    ja: "1つの重みを動かしたときの損失と認識精度：認識精度を指標にできない理由", usesDigits: true,
    question: Question(
      en: "Why train for a low loss, when accuracy is what is wanted?", ja: "高めたいのは認識精度なのに、なぜ損失を指標にするのか？",
      answerEn:
        "The accuracy of 100 images moves in steps of 1 % and stays where it is when a weight moves a little: its "
        + "derivative is 0 almost everywhere and shows no way. The loss moves with the least change of a weight, and its "
        + "derivative tells which way is better.",
      answerJa: "100枚に対する認識精度は1 %刻みでしか変わらず、重みをわずかに動かしても変化しないため、微分がほとんどの場所で0になり、更新の方向がわかりません。"
        + "損失は重みのわずかな変化にも連続的に応答するので、その微分から改善の方向がわかります。"))
  @Setting("images", in: 10...1000, en: "images to measure on", ja: "評価に使う画像の枚数") var images = 100
  @Setting("steps", in: 1...1000, en: "steps of training before", ja: "事前に学習するステップ数") var steps = 3
  @Setting("pixel", in: 0...783, en: "the pixel whose weight changes", ja: "重みを動かす画素の番号") var pixel = 406
  @Setting("digit", in: 0...9, en: "the digit that the weight speaks for", ja: "重みを動かす出力（数字）") var digit = 1
  @Setting("span", in: 0.01...100, en: "how far it moves each way", ja: "重みを動かす範囲（±）") var span = 4.0
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let (pixels, classes) = (lab.digits.train.pixelsPerImage, lab.digits.classes)
    guard pixel < pixels, digit < classes else {
      throw TextbookError(
        en: "pixel=\(pixel), digit=\(digit): the images have \(pixels) pixels and \(classes) classes",
        ja: "pixel=\(pixel)、digit=\(digit)：この画像は\(pixels)画素、\(classes)クラスです")
    }
    let scores = try OneWeight(lab, images: images, steps: steps)
    let offsets = (-200...200).map { Double($0) / 200 * span }
    let along = offsets.map { scores.measure(pixel, digit, $0) }
    let (losses, accuracies) = (along.map(\.loss), along.map(\.accuracy))
    let h = 1e-4
    func slope(_ pixel: Int, _ digit: Int) -> (loss: Double, accuracy: Double) {
      let (above, below) = (scores.measure(pixel, digit, h), scores.measure(pixel, digit, -h))
      return ((above.loss - below.loss) / (2 * h), (above.accuracy - below.accuracy) / (2 * h))
    }
    let here = slope(pixel, digit)
    let jumps = zip(accuracies, accuracies.dropFirst()).count { $0 != $1 }
    let now = scores.measure(pixel, digit, 0)
    lab.say(
      en: "\(images) images: loss \(now.loss.fixed(4)), accuracy \(now.accuracy.fixed(2))",
      ja: "画像\(images)枚：損失 \(now.loss.fixed(4))、認識精度 \(now.accuracy.fixed(2))")
    lab.say(
      en:
        "the weight from pixel \(pixel) to \(digit): dL/dw = \(here.loss.fixed(6)), d(accuracy)/dw = \(here.accuracy)",
      ja: "画素\(pixel)から出力\(digit)への重み：損失の微分 \(here.loss.fixed(6))、認識精度の微分 \(here.accuracy)")
    lab.say(
      en: "over ±\(span.short), accuracy jumps \(jumps) times and is flat between; the loss has a slope all along",
      ja: "±\(span.short)の範囲で認識精度は\(jumps)回だけ段階的に変わり、その間は一定。損失は常に変化する")
    let all = (0..<pixels).flatMap { p in (0..<classes).map { slope(p, $0) } }
    let counts = [all.count { $0.loss != 0 }, all.count { $0.accuracy != 0 }]
    lab.say(
      en: "of \(all.count) weights, \(counts[0]) have a derivative of the loss (the others' pixels are always blank), "
        + "\(counts[1]) one of the accuracy",
      ja: "\(all.count)個の重みのうち、微分が0でないものは損失では\(counts[0])個（残りは常に空白の画素）、認識精度では\(counts[1])個")
    let axis = Axis(lab.words(en: "change of the weight", ja: "重みの変化量"))
    let panels = [
      Panel(
        lab.words(en: "the loss", ja: "損失"), x: axis, y: Axis(lab.words(en: "loss", ja: "損失")), size: (330, 260),
        legend: .none, [.line(.init(x: offsets, y: losses))]),
      Panel(
        lab.words(en: "the accuracy", ja: "認識精度"), x: axis, y: Axis(lab.words(en: "accuracy", ja: "認識精度")),
        size: (330, 260), legend: .none, [.line(.init(x: offsets, y: accuracies, color: Palette.series(1)))]),
    ]
    let title = lab.words(en: "Along one weight", ja: "1つの重みを動かしたときの変化")
    return Outcome(
      [
        "loss": losses, "accuracy": accuracies, "slopes": [here.loss, here.accuracy], "jumps": [Double(jumps)],
        "weights with a slope": counts.map(Double.init),
      ], pictures: [Picture("why-not-accuracy", Figure(title, panels))])
  }
}

/// The scores of a softmax regression, and what they come to when one of its weights is another.
private struct OneWeight {
  let x: NDArray
  let labels: [Int]
  let scores: NDArray

  /// Trains on the images by y − t.
  init(_ lab: Lab, images: Int, steps: Int) throws {
    (x, labels) = try lab.firstDigits(images)
    var w = NDArray.zeros(x.shape[1], lab.digits.classes)
    let t = oneHot(labels, classes: lab.digits.classes)
    for _ in 0..<steps { w -= 0.5 * dot(x.transposed, softmax(dot(x, w)) - t) / Double(images) }
    scores = dot(x, w)
  }

  /// The mean loss and the accuracy with the weight from a pixel to a digit changed: only that digit's scores move.
  func measure(_ pixel: Int, _ digit: Int, _ change: Double) -> (loss: Double, accuracy: Double) {
    var (loss, right) = (0.0, 0)
    let (pixels, classes) = (x.shape[1], scores.shape[1])
    var row = [Double](repeating: 0, count: classes)
    for i in labels.indices {
      for k in 0..<classes { row[k] = scores.elements[i * classes + k] }
      row[digit] += change * x.elements[i * pixels + pixel]
      let most = row.max() ?? 0
      loss += log(row.reduce(0) { $0 + exp($1 - most) }) + most - row[labels[i]]
      if row.firstIndex(of: most) == labels[i] { right += 1 }
    }
    return (loss / Double(labels.count), Double(right) / Double(labels.count))
  }
}
