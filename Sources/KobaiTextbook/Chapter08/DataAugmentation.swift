import Kobai
import KobaiData
import KobaiReport

/// More images out of few: the same training with and without small random changes.
public struct DataAugmentation: Experiment {
  public let about = About(
    "ch08/data-augmentation", .accuracy, en: "Training with and without data augmentation", ja: "データ拡張の有無による学習の比較",
    usesDigits: true)
  @Setting("epochs", in: 1...1000, en: "epochs", ja: "エポック数") var epochs = Epochs(30, onMNIST: 3)
  @Setting("lr", in: 0...1, en: "largest learning rate of the one-cycle schedule", ja: "one-cycleスケジュールの最大学習率")
  var lr = 0.003
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let architecture = SimpleConvNet(classes: lab.digits.classes)
    let epochs = epochs(in: lab)
    let plain = try ConvTraining(
      lab, architecture, epochs: epochs, schedule: .oneCycle(), learningRate: lr, bookEpochs: nil,
      name: lab.words(en: "plain", ja: "拡張なし"))
    let augmented = try ConvTraining(
      lab, architecture, epochs: epochs, augmentation: Augmentation(), schedule: .oneCycle(), learningRate: lr,
      bookEpochs: nil,
      name: lab.words(en: "augmented", ja: "拡張あり"))
    let x = plain.test.indices.map { Double($0 + 1) }
    let curves = Panel(
      lab.words(en: "test accuracy", ja: "テストデータの認識精度"), x: Axis(lab.words(en: "epochs", ja: "エポック")),
      y: Axis(range: max(0, ((plain.test + augmented.test).min() ?? 0.87) - 0.02)...1.005),
      [
        .line(.init(lab.words(en: "plain", ja: "拡張なし"), x: x, y: plain.test)),
        .line(.init(lab.words(en: "augmented", ja: "拡張あり"), x: x, y: augmented.test)),
      ])
    var examples = try Self.examples(lab)
    examples.title = lab.words(en: "one digit, changed at random", ja: "1枚の画像をランダムに変形した例")
    return Outcome(
      ["plain": [plain.test.last ?? 0], "augmented": [augmented.test.last ?? 0]],
      pictures: [
        Picture(
          "data-augmentation", Figure(lab.words(en: "Data augmentation", ja: "データ拡張"), [curves, examples], columns: 1))
      ])
  }

  /// The first training digit as ten epochs see it.
  private static func examples(_ lab: Lab) throws -> Panel {
    let train = lab.digits.train
    let batches = Batches(
      train, indices: [0], batchSize: 1, augmentation: Augmentation(), seed: lab.seed)
    let pictures = try (0..<10).map { epoch in
      batches.startEpoch(epoch, on: lab.kernels)
      var image = [Float](repeating: 0, count: train.pixelsPerImage)
      var label: [Int32] = [0]
      try batches.load(0, inputs: image.mutableSpan, classes: label.mutableSpan, on: lab.kernels)
      return (
        PNGImage(width: train.size.width, height: train.size.height, values: image, black: 1, white: 0), "\(epoch + 1)"
      )
    }
    return gallery(pictures, columns: 10, cell: 44)
  }
}
