import Kobai
import KobaiData
import KobaiReport
import KobaiTraining

/// The digits that a deep network gets wrong, with their labels and its predictions: people would hesitate, too.
public struct MisclassifiedMNIST: Experiment {
  public let about = About(
    "ch08/misclassified-mnist", .deeper, en: "The test digits that DeepConvNet gets wrong",
    ja: "DeepConvNetが誤認識したテスト画像",
    usesDigits: true)
  @Setting("epochs", in: 1...1000, en: "epochs; the book trains for 20", ja: "エポック数（書籍では20）")
  var epochs = Epochs(12, onMNIST: 2)
  @Setting("lr", in: 0...1, en: "learning rate of Adam", ja: "Adamの学習率") var lr = 0.001
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let training = try ConvTraining(
      lab, DeepConvNet(classes: lab.digits.classes), epochs: epochs(in: lab), learningRate: lr, name: "DeepConvNet")
    lab.say(en: "calculating test accuracy ...", ja: "テストデータの認識精度を計算中…")
    let test = lab.digits.test
    let evaluator = Evaluator(training.network, loss: SoftmaxCrossEntropy())
    let wrong = try evaluator.predictions(Batches(test, batchSize: 100)) { !$0.isCorrect }
    let accuracy = 1 - Double(wrong.count) / Double(test.count)
    lab.say(en: "test accuracy:\(accuracy)", ja: "テストデータの認識精度：\(accuracy)")
    lab.say(en: "======= misclassified result =======", ja: "======= 誤認識した画像 =======")
    lab.say(en: "{view index: (label, inference), ...}", ja: "画像の番号：（正解、推論結果）")
    lab.say(
      wrong.prefix(20).enumerated().map { "\($0 + 1): (\($1.label), \($1.predictedLabel))" }.joined(separator: ", "))
    let pictures = wrong.prefix(20).map { one in
      (
        test.picture(one.index),
        lab.words(en: "\(one.label) as \(one.predictedLabel)", ja: "正解\(one.label) → \(one.predictedLabel)")
      )
    }
    let title = lab.words(en: "Misclassified: label and prediction", ja: "誤認識した画像：正解と推論結果")
    return Outcome(
      ["wrong": [Double(wrong.count)], "test": training.test],
      pictures: pictures.isEmpty
        ? [] : [Picture("misclassified-mnist", Figure(title, gallery(Array(pictures), columns: 5, cell: 84)))])
  }
}
