import Kobai
import KobaiData
import KobaiReport
import KobaiTraining

/// Half the bits, nearly the same predictions: weights and inputs rounded to bfloat16, eight digits of mantissa instead of 24.
///
/// The book rounds to float16; bfloat16 is what today's processors multiply.
public struct HalfFloatNetwork: Experiment {
  public let about = About(
    "ch08/half-float-network", .halfPrecision, en: "Inference with weights and images in bfloat16",
    ja: "半精度（bfloat16）による推論", usesDigits: true)
  @Setting("epochs", in: 1...1000, en: "epochs; the book trains for 20", ja: "エポック数（書籍では20）")
  var epochs = Epochs(8, onMNIST: 1)
  @Setting("lr", in: 0...1, en: "learning rate of Adam", ja: "Adamの学習率") var lr = 0.001
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let training = try ConvTraining(
      lab, DeepConvNet(classes: lab.digits.classes), epochs: epochs(in: lab), learningRate: lr, name: "DeepConvNet")
    let evaluator = Evaluator(training.network, loss: SoftmaxCrossEntropy())
    let test = Batches(lab.digits.test, batchSize: 100)
    let single = try evaluator.evaluate(test).accuracy
    lab.say(en: "calculate accuracy (float32) ... \(single)", ja: "認識精度（float32）：\(single)")
    for parameter in training.network.parameters.all { Self.round(parameter.value) }
    let half = try evaluator.evaluate(test, preparing: Self.round).accuracy
    lab.say(en: "calculate accuracy (bfloat16) ... \(half)", ja: "認識精度（bfloat16）：\(half)")
    return Outcome(["float32": [single], "bfloat16": [half]])
  }

  /// Rounds every element to bfloat16.
  private static func round(_ tensor: Tensor) {
    tensor.copy(from: Tensor(tensor.shape, tensor.elements.map(roundedToBFloat16)))
  }

  /// The nearest number with eight bits of mantissa; ties go to the even one.
  static func roundedToBFloat16(_ value: Float) -> Float {
    guard value.isFinite else { return value }
    let bits = value.bitPattern
    return Float(bitPattern: (bits &+ 0x7fff &+ (bits >> 16 & 1)) & 0xffff_0000)
  }
}
