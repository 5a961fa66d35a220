import Kobai
import KobaiData
import KobaiReport

/// The digits that a deep network gets wrong, with the right answer and its own: people would hesitate, too.
public struct MisclassifiedMNIST: Experiment {
  public let about = About(
    "ch08/misclassified-mnist", .deeper, en: "The test digits that DeepConvNet gets wrong", ja: "DeepConvNetが間違えた画像",
    usesDigits: true)
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let few = lab.digits.train.count < 10_000
    let training = try ConvTraining(
      lab, DeepConvNet(classes: lab.digits.classes), epochs: few ? 12 : 2, name: "DeepConvNet")
    lab.say("calculating test accuracy ...")
    let test = lab.digits.test
    let answers = try training.network.answers(test)
    let wrong = answers.indices.filter { answers[$0] != Int(test.labels[$0]) }
    lab.say("test accuracy:\(1 - Double(wrong.count) / Double(test.count))")
    lab.say("======= misclassified result =======")
    lab.say("{view index: (label, inference), ...}")
    lab.say(
      wrong.prefix(20).enumerated().map { "\($0 + 1): (\(test.labels[$1]), \(answers[$1]))" }.joined(separator: ", "))
    let pictures = wrong.prefix(20).map { i in
      (test.picture(i), lab.words(en: "\(test.labels[i]) as \(answers[i])", ja: "正解\(test.labels[i]) → \(answers[i])"))
    }
    let title = lab.words(en: "Misclassified: label and answer", ja: "誤認識した画像：正解と推論結果")
    return Outcome(
      ["wrong": [Double(wrong.count)], "test": training.test],
      pictures: pictures.isEmpty
        ? [] : [Picture("misclassified-mnist", Figure(title, gallery(Array(pictures), columns: 5, cell: 84)))])
  }
}

extension Network {
  /// The class it gives each image.
  ///
  /// - Parameter change: what is done to every pixel first.
  func answers(_ set: ImageSet, change: ((Float) -> Float)? = nil) throws -> [Int] {
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
