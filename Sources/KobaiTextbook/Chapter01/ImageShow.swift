import KobaiReport

/// A picture on axes that count its pixels: row 0 is at the top.
public struct ImageShow: Experiment {
  public let about = About(
    "ch01/img-show", .picture, en: "A picture and its pixels", ja: "画像の表示", usesDigits: true)
  @Setting("image", in: 0...3999, en: "which training image is shown", ja: "表示する訓練画像の番号") var image = 0
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let train = lab.digits.train
    let index = min(image, train.count - 1)
    let (width, height) = (train.size.width, train.size.height)
    lab.say("img.shape = (\(height), \(width))")
    let pixels = train.image(index)
    let (least, most) = (Int((pixels.min() ?? 0) * 255), Int((pixels.max() ?? 0) * 255))
    lab.say(en: "pixels from \(least) (paper) to \(most) (ink)", ja: "画素値は\(least)（背景）から\(most)（数字の線）まで")
    let rows = stride(from: 0, to: height, by: 5).map { (at: Double(height - $0), name: "\($0)") }
    let panel = Panel(
      x: Axis(range: 0...Double(width)), y: Axis(range: 0...Double(height), names: rows), size: (280, 280),
      legend: .none, showsGrid: false,
      [.image(train.picture(index), x: 0...Double(width), y: 0...Double(height))])
    let label = train.labels[index]
    let title = lab.words(en: "Training image \(index): a \(label)", ja: "訓練画像\(index)（正解ラベル \(label)）")
    return Outcome(
      ["shape": [Double(height), Double(width)], "label": [Double(label)]],
      pictures: [Picture("img-show", Figure(title, panel))])
  }
}
