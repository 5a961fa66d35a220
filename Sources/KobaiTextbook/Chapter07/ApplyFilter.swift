import Foundation
import Kobai
import KobaiReport

/// Trained filters applied to a picture: each responds to edges of its own direction.
///
/// The book takes a photograph; here it is a drawing with lines and curves in all directions.
public struct ApplyFilter: Experiment {
  public let about = About(
    "ch07/apply-filter", .filters, en: "Trained filters applied to a picture", ja: "学習済みフィルターを画像に適用", usesDigits: true)
  @Setting("epochs", in: 1...1000, en: "epochs; the book trains for 20", ja: "エポック数（書籍では20）")
  var epochs = Epochs(10, onMNIST: 2)
  @Setting("lr", in: 0...1, en: "learning rate of Adam", ja: "Adamの学習率") var lr = 0.001
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let size = 96
    let picture = Self.drawing(size)
    let training = try ConvTraining(
      lab, SimpleConvNet.book(classes: lab.digits.classes), epochs: epochs(in: lab), learningRate: lr,
      name: "SimpleConvNet")
    guard let conv = training.network["conv1"] as? Conv2DLayer else { throw TextbookError("conv1 is no convolution") }
    let shape = Conv2DShape(batch: 1, channels: 1, input: Size2D(size), filters: 30, kernel: 5)
    var y = [Float](repeating: 0, count: shape.outputCount)
    try lab.kernels.conv2DForward(shape, picture.span, weight: conv.weight.value.span, bias: nil, into: y.mutableSpan)
    let side = shape.output.height
    var images = [
      (
        picture: PNGImage(width: size, height: size, values: picture, black: 0, white: 1),
        caption: lab.words(en: "picture", ja: "元の画像")
      )
    ]
    for f in 0..<15 {
      let plane = Array(y[f * side * side..<(f + 1) * side * side])
      images.append(
        (
          PNGImage(width: side, height: side, values: plane), "\(f + 1)"
        ))
    }
    let title = lab.words(en: "What the filters make of a picture", ja: "フィルターを適用した画像")
    return Outcome(
      ["outputs": [Double(y.count)]],
      pictures: [Picture("apply-filter", Figure(title, gallery(images, columns: 4, cell: 120)))])
  }

  /// A house with a sun, in shades of gray.
  static func drawing(_ size: Int) -> [Float] {
    (0..<size * size).map { i in
      let (x, y) = (Double(i % size) / Double(size), Double(i / size) / Double(size))
      let sun = hypot(x - 0.78, y - 0.2)
      if sun < 0.1 { return 1 }
      if sun < 0.17 && Int(atan2(y - 0.2, x - 0.78) * 4) % 2 == 0 { return 0.85 }
      if y > 0.85 { return Float(0.25 + 0.1 * sin(x * 60)) }  // grass
      if x > 0.2 && x < 0.65 && y > 0.5 && y < 0.85 {  // walls with a window and a door
        if abs(x - 0.32) < 0.06 && abs(y - 0.63) < 0.06 {
          return abs(x - 0.32) < 0.008 || abs(y - 0.63) < 0.008 ? 0.2 : 0.95
        }
        if abs(x - 0.53) < 0.05 && y > 0.63 { return 0.15 }
        return 0.7
      }
      if y > 0.25 && y < 0.5 && abs(x - 0.425) < (y - 0.22) * 1.1 { return 0.35 }  // roof
      return Float(0.55 + 0.1 * y)  // sky
    }
  }
}
