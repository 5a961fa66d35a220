import Kobai
import KobaiData
import KobaiReport

/// Half the bits, nearly the same answers: weights and inputs rounded to bfloat16, eight digits of mantissa instead of 24.
///
/// The book rounds to float16; bfloat16 is what today's processors multiply.
public struct HalfFloatNetwork: Experiment {
  public let about = About(
    "ch08/half-float-network", .halfPrecision, en: "Inference with weights and images in bfloat16",
    ja: "半精度（bfloat16）による推論", usesDigits: true)
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let few = lab.digits.train.count < 10_000
    let training = try ConvTraining(
      lab, DeepConvNet(classes: lab.digits.classes), epochs: few ? 8 : 1, name: "DeepConvNet")
    let test = lab.digits.test
    func accuracy(_ change: ((Float) -> Float)? = nil) throws -> Double {
      let answers = try training.network.answers(test, change: change)
      return Double(answers.indices.count { answers[$0] == Int(test.labels[$0]) }) / Double(test.count)
    }
    let single = try accuracy()
    lab.say("calculate accuracy (float32) ... \(single)")
    for parameter in training.network.parameters.all {
      parameter.value.copy(from: Tensor([parameter.value.count], parameter.value.elements.map(Self.roundedToBFloat16)))
    }
    let half = try accuracy(Self.roundedToBFloat16)
    lab.say("calculate accuracy (bfloat16) ... \(half)")
    return Outcome(["float32": [single], "bfloat16": [half]])
  }

  /// The nearest number with eight bits of mantissa; ties go to the even one.
  static func roundedToBFloat16(_ value: Float) -> Float {
    guard value.isFinite else { return value }
    let bits = value.bitPattern
    return Float(bitPattern: (bits &+ 0x7fff &+ (bits >> 16 & 1)) & 0xffff_0000)
  }
}

extension Network {
  /// The class it gives each image.
  ///
  /// - Parameter change: what is done to every pixel first.
  fileprivate func answers(_ set: ImageSet, change: ((Float) -> Float)?) throws -> [Int] {
    let batches = Batches(set, batchSize: batch, kernels: kernels)
    let (x, labels, given) = (Tensor(input.batched(batch)), Labels(count: batch), Labels(count: batch))
    var answers: [Int] = []
    for i in 0..<batches.count {
      let count = batches.size(of: i)
      let (images, right, answer) = (x.prefix(count), labels.prefix(count), given.prefix(count))
      try batches.load(i, images: images.mutableSpan, labels: right.mutableSpan)
      if let change { images.copy(from: Tensor(images.shape, images.elements.map(change))) }
      let outputs = try forward(images, .inference)
      try kernels.argmax(rows: count, columns: output.count, outputs.span, into: answer.mutableSpan)
      let span = answer.span
      answers += (0..<count).map { Int(span[$0]) }
    }
    return answers
  }
}
