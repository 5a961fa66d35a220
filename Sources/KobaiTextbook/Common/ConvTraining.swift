import Kobai
import KobaiData
import KobaiReport
import KobaiTraining

/// A convolutional network trained for so many epochs, each followed by a look at the accuracies on the test images and on
/// the first thousand training images, as the book's Trainer takes them (common/trainer.py).
///
/// The book's Trainer draws its batches with replacement, so that an epoch misses about a third of the images (1 / e) and
/// takes others twice; here every epoch takes each image once, as PyTorch's `DataLoader` does. ``BookTraining`` is the
/// book's loop, for fully connected networks.
struct ConvTraining {
  let network: Network
  let train: [Double]
  let test: [Double]

  init(
    _ lab: Lab, _ architecture: any Architecture, epochs: Int, augmentation: Augmentation? = nil,
    schedule: Schedule = .constant, learningRate: Double, bookEpochs: Int? = 20, name: String
  ) throws {
    let digits = lab.digits
    let count = digits.train.count
    let book = bookEpochs.map { lab.words(en: " (the book: \($0) epochs of 60000)", ja: "（書籍では60000枚で\($0)エポック）") }
    lab.say(
      en: "\(name): \(epochs) epoch\(epochs == 1 ? "" : "s") of \(count) images\(book ?? "")",
      ja: "\(name)：\(count)枚で\(epochs)エポック学習\(book ?? "")")
    network = try lab.network(architecture)
    let test = Batches(digits.test, batchSize: 100)
    let some = Batches(
      digits.train, indices: (0..<Int32(min(1000, digits.train.count))).map { $0 }, batchSize: 100)
    let trainer = Trainer(
      network, loss: SoftmaxCrossEntropy(), optimizer: Adam(learningRate: Float(learningRate)),
      train: Batches(
        digits.train, batchSize: 100, shuffles: true, augmentation: augmentation, seed: lab.seed),
      validation: test, options: .init(epochs: epochs, schedule: schedule))
    var (trainCurve, testCurve) = ([Double](), [Double]())
    func showProgress(_ step: Trainer.Step) {
      guard step.index % 10 == 0 else { return }
      lab.report(
        Double(step.index) / Double(step.totalSteps),
        "\(name), \(lab.words(en: "epoch", ja: "エポック")) \(step.epoch + 1)")
    }
    let evaluator = Evaluator(network, loss: SoftmaxCrossEntropy())
    func evaluateEpoch(_ epoch: EpochRecord) throws {
      let accuracy = (train: try evaluator.evaluate(some).accuracy, test: epoch.evaluation?.accuracy ?? .nan)
      trainCurve.append(accuracy.train)
      testCurve.append(accuracy.test)
      let (train, test) = (accuracy.train.fixed(4), accuracy.test.fixed(4))
      lab.say(
        en: "=== epoch:\(epoch.number), train acc:\(train), test acc:\(test) ===",
        ja: "=== エポック \(epoch.number)の認識精度：訓練データ \(train)、テストデータ \(test) ===")
    }
    _ = try trainer.run(onEpoch: evaluateEpoch, onStep: showProgress)
    (train, self.test) = (trainCurve, testCurve)
    let last = (testCurve.last ?? .nan).fixed(4)
    lab.say(
      en: "=============== Final Test Accuracy ===============", ja: "=============== 最終的な認識精度 ===============")
    lab.say(en: "test acc:\(last)", ja: "テストデータ \(last)")
  }

  func panel(_ lab: Lab, _ title: String = "") -> Panel {
    let epochs = train.indices.map { Double($0 + 1) }
    let lowest = ((train + test).min() ?? 0.9) - 0.02
    return Panel(
      title, x: Axis(lab.words(en: "epochs", ja: "エポック")),
      y: Axis(lab.words(en: "accuracy", ja: "認識精度"), range: max(0, lowest)...1.005),
      [
        .line(.init(lab.words(en: "train", ja: "訓練データ"), x: epochs, y: train, dots: true)),
        .line(.init(lab.words(en: "test", ja: "テストデータ"), x: epochs, y: test, dash: "5 3", dots: true)),
      ])
  }
}
