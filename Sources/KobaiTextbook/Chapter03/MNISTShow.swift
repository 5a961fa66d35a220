import KobaiReport

/// The handwritten digits as pictures.
public struct MNISTShow: Experiment {
  public let about = About(
    "ch03/mnist-show", .mnist, en: "Handwritten digits as pictures", ja: "手書き数字の画像を表示", usesDigits: true)
  @Setting("images", in: 1...200, en: "how many digits are shown", ja: "表示する枚数") var images = 30
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let digits = lab.digits
    let label = Int(digits.train.labels[0])
    lab.say("\(label)")
    lab.say("x_train (\(digits.train.count), \(digits.train.pixelsPerImage)), t_train (\(digits.train.count),)")
    lab.say("x_test (\(digits.test.count), \(digits.test.pixelsPerImage)), t_test (\(digits.test.count),)")
    let first = (0..<min(images, digits.train.count)).map {
      (digits.train.picture($0), String(digits.train.labels[$0]))
    }
    let title = lab.words(en: "The first training digits", ja: "訓練画像の先頭\(first.count)枚")
    let figure = Figure(title, gallery(first, columns: 10))
    return Outcome(["first label": [Double(label)]], pictures: [Picture("mnist-show", figure)])
  }
}
