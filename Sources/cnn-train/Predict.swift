import ArgumentParser
import Foundation
import Kobai
import KobaiCommand
import KobaiData
import KobaiFiles
import KobaiImages
import KobaiReport
import KobaiTraining
import Rainbow

struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Reads digits from pictures: PNG and JPEG files of any size, or IDX files; predicts for rows of CSV files.",
    discussion: """
      A network that was trained on a table takes CSV files: of each row it prints the class with its probability, or the \
      numbers. Columns are found by their names, and need not include the target.

      The digits of a picture are found and prepared as MNIST's were: inverted where the paper is light, cropped, scaled to \
      20×20, and centred by their mass in 28×28. Shadows, ruled lines, specks and what reaches the picture's edge are no \
      digits. Several in one picture are read line by line, each from left to right. Images of IDX files are taken as \
      they are, EMNIST's turned upright.

      A doubtful prediction has a warning on standard error. A picture that cannot be read is an error there; the others are \
      read, and the exit code is 1.
      """)

  @OptionGroup var weights: WeightsOptions
  @Option(help: "\(orientationHelp)")
  var orientation = StoredOrientation.auto
  @Argument(help: "The pictures, or CSV files.", transform: expandingTilde)
  var images: [String]
  @Flag(help: "All ink of a picture is one digit.")
  var single = false
  @Flag(
    help:
      "One line a picture: its file and its class, or \"file: 4 2\" where it shows several digits; of a row its class alone."
  )
  var quiet = false

  /// A prediction of a lower probability is doubtful.
  private static let leastProbability: Float = 0.6

  func validate() throws {
    guard !images.isEmpty else { throw ValidationError("name a picture at least") }
  }

  func run() throws {
    let saved = try weights.load()
    if saved.card.encoding != nil {
      try TablePrediction(weights.weights, saved, isQuiet: quiet).run(images)
      return
    }
    let network = try weights.network(saved, batch: 1, kernels: Kernels.fromEnvironment(threads: 1))
    try network.freeze()
    let evaluator = Evaluator(network, loss: SoftmaxCrossEntropy())
    func predict(_ set: ImageSet, storedTransposed: Bool) throws -> [Prediction] {
      let asTrained = saved.oriented(set, storedTransposed: storedTransposed)
      let predictions = try evaluator.predictions(
        Batches(asTrained, batchSize: 1, normalization: saved.normalization))
      guard predictions.allSatisfy({ $0.probabilities.allSatisfy(\.isFinite) }) else {
        throw Failure("\(weights.weights): the network's outputs are no numbers")
      }
      return predictions
    }
    var isComplete = true
    for path in images {
      do {
        if let (set, isTransposed) = try imageSet(path, for: network.input) {
          if isTransposed && saved.orientation == nil { notice(SavedModel.assumption(weights.weights, path)) }
          for prediction in try predict(set, storedTransposed: isTransposed) {
            show([prediction], of: set, as: set.count > 1 ? "\(path)[\(prediction.index)]" : path, saved.classNames)
          }
        } else {
          let digits = try Self.digits(path, for: network.input, isSingle: single)
          let set = ImageSet(
            pixels: digits.flatMap(\.pixels), size: Size2D(DigitPreparation.side),
            labels: [Int32](repeating: 0, count: digits.count))
          let predictions = try predict(set, storedTransposed: false)
          show(predictions, of: set, as: path, saved.classNames)
          warn(of: zip(digits, predictions).map { Self.doubts($0, $1, saved.classNames) }, path)
        }
      } catch {
        complaint("\(error)")
        isComplete = false
      }
    }
    if !isComplete { throw ExitCode.failure }
  }

  private func show(_ predictions: [Prediction], of set: ImageSet, as name: String, _ classNames: ClassNames) {
    guard !quiet else {
      print("\(name): \(predictions.map { classNames[$0.predictedLabel] }.joined(separator: " "))")
      return
    }
    for (i, prediction) in predictions.enumerated() {
      print((predictions.count > 1 ? "\(name) (digit \(i + 1) of \(predictions.count))" : name).bold)
      draw(prediction, of: set, classNames)
    }
  }

  private func draw(_ prediction: Prediction, of set: ImageSet, _ classNames: ClassNames) {
    let span = set.pixels
    let first = prediction.index * set.pixelsPerImage
    let pixels = (0..<set.size.area).map { span[first + $0] }
    for line in terminalPicture(pixels, width: set.size.width, height: set.size.height) { print("  " + line) }
    func share(_ label: Int) -> String { "\(classNames[label])  \(Double(prediction.probabilities[label]).percent)" }
    let others = prediction.ranking.dropFirst().prefix(3).map(share).joined(separator: "   ")
    print("  " + share(prediction.predictedLabel).bold + (others.isEmpty ? "" : "   " + others.dim) + "\n")
  }

  /// The reasons why a prediction may be wrong.
  private static func doubts(_ digit: PreparedDigit, _ prediction: Prediction, _ classNames: ClassNames) -> [String] {
    let probability = prediction.probabilities[prediction.predictedLabel]
    return digit.doubts.map(\.description)
      + (probability < leastProbability
        ? ["\(classNames[prediction.predictedLabel]) has \(Double(probability).percent) only"] : [])
  }

  private func warn(of doubts: [[String]], _ path: String) {
    for (i, reasons) in doubts.enumerated() where !reasons.isEmpty {
      let which = doubts.count > 1 ? "digit \(i + 1) is doubtful" : "doubtful"
      warning("\(path): \(which): \(reasons.joined(separator: "; "))")
    }
  }

  /// Reads the images of an IDX file, which are upright and of the size that the network takes, and whether the file has
  /// them transposed; nil for any other file.
  private func imageSet(_ path: String, for input: Shape) throws -> (ImageSet, isTransposed: Bool)? {
    let start = try Array(readFile(path).prefix(4))
    guard start == [0, 0, 8, 3] || start.prefix(2) == [0x1f, 0x8b] else { return nil }
    let stored = try ImageSet.load(images: path)
    let isTransposed = orientation.isTransposed(path)
    let set = isTransposed ? stored.transposed() : stored
    let shape: Shape = [set.channels, set.size.height, set.size.width]
    guard shape == input else {
      throw FileError(path: path, reason: "its images are \(shape), but the network takes \(input)")
    }
    return (set, isTransposed)
  }

  /// Finds the digits of a picture.
  private static func digits(_ path: String, for input: Shape, isSingle: Bool) throws -> [PreparedDigit] {
    let side = DigitPreparation.side
    guard input == [1, side, side] else {
      throw Failure("\(path): pictures become \(side)×\(side) digits, but the network takes \(input); use an IDX file")
    }
    return try DigitPreparation.digits(in: path, isSingle: isSingle)
  }
}
