import ArgumentParser
import Foundation
import Kobai
import KobaiCommand
import KobaiData
import KobaiFiles
import KobaiImages
import KobaiInference
import KobaiReport
import Rainbow

/// Prints what a network makes of pictures, and draws them as the network sees them.
struct PicturePrediction {
  private let weights: String
  private let saved: SavedModel
  private let model: Model
  private let orientation: StoredOrientation
  private let isSingle: Bool
  private let isQuiet: Bool

  /// A prediction of a lower probability is doubtful.
  private static let leastProbability: Float = 0.6

  init(
    _ weights: String, _ saved: SavedModel, _ model: Model, orientation: StoredOrientation, isSingle: Bool,
    isQuiet: Bool
  ) {
    (self.weights, self.saved, self.model) = (weights, saved, model)
    (self.orientation, self.isSingle, self.isQuiet) = (orientation, isSingle, isQuiet)
  }

  /// Predicts for all pictures; of one that cannot be read there is an error, and the exit code is 1.
  func run(_ paths: [String]) throws {
    var isComplete = true
    for path in paths {
      do {
        if let (set, isTransposed) = try imageSet(path) {
          if isTransposed && saved.orientation == nil { notice(SavedModel.assumption(weights, path)) }
          let predictions = try checked(model.predict(saved.oriented(set, storedTransposed: isTransposed)))
          for (i, prediction) in predictions.enumerated() {
            show(prediction, of: set, i, as: set.count > 1 ? "\(path)[\(i)]" : path)
          }
        } else if model.takesDigits {
          try predictDigits(path)
        } else {
          let image = try model.image(at: path)
          show(try checked(model.predict(oriented: image))[0], of: image, 0, as: path)
        }
      } catch {
        complaint("\(error)")
        isComplete = false
      }
    }
    if !isComplete { throw ExitCode.failure }
  }

  private func predictDigits(_ path: String) throws {
    let digits = try DigitPreparation.digits(in: path, isSingle: isSingle)
    let set = ImageSet(
      pixels: digits.flatMap(\.pixels), size: Size2D(DigitPreparation.side),
      labels: [Int32](repeating: 0, count: digits.count))
    let predictions = try checked(model.predict(oriented: set))
    if isQuiet {
      print("\(Terminal.shown(path)): \(predictions.map(model.answer).joined(separator: " "))")
    } else {
      for (i, prediction) in predictions.enumerated() {
        show(prediction, of: set, i, as: digits.count > 1 ? "\(path) (digit \(i + 1) of \(digits.count))" : path)
      }
    }
    for (i, (digit, prediction)) in zip(digits, predictions).enumerated() {
      let reasons = digit.doubts.map(\.description) + doubts(prediction)
      let which = digits.count > 1 ? "digit \(i + 1) is doubtful" : "doubtful"
      if !reasons.isEmpty { warning("\(path): \(which): \(reasons.joined(separator: "; "))") }
    }
  }

  private func checked(_ predictions: [Model.Prediction]) throws -> [Model.Prediction] {
    guard predictions.allSatisfy({ $0.values.allSatisfy(\.isFinite) }) else {
      throw Failure("\(weights): the network's outputs are no numbers")
    }
    return predictions
  }

  /// The reasons why a prediction may be wrong.
  private func doubts(_ prediction: Model.Prediction) -> [String] {
    guard model.card.task == .classification, let best = prediction.best, best.probability < Self.leastProbability
    else { return [] }
    return ["\(best.name) has \(Double(best.probability).percent) only"]
  }

  private func show(_ prediction: Model.Prediction, of set: ImageSet, _ index: Int, as name: String) {
    let name = Terminal.shown(name)
    if isQuiet { return print("\(name): \(model.answer(prediction))") }
    print(name.bold)
    if set.channels == 1 { draw(prediction, below: set, index) } else { draw(prediction, beside: set, index) }
    print()
  }

  private func share(_ ranked: Model.Prediction.RankedClass) -> String {
    "\(ranked.name)  \(Double(ranked.probability).percent)"
  }

  /// A gray picture in shades, and below it the classes in a line.
  private func draw(_ prediction: Model.Prediction, below set: ImageSet, _ index: Int) {
    for line in set.drawing(index, width: Terminal.columns - 4).terminalLines(.none) { print("  " + line) }
    guard let best = prediction.best else { return print("  " + model.answer(prediction).bold) }
    let others = prediction.ranking.dropFirst().prefix(3).map(share).joined(separator: "   ")
    print("  " + share(best).bold + (others.isEmpty ? "" : "   " + others.dim))
  }

  /// A picture in colours, and beside it as many classes as have room, a line each.
  private func draw(_ prediction: Model.Prediction, beside set: ImageSet, _ index: Int) {
    let shown = prediction.ranking.prefix(5)
    let width = shown.map(\.name.terminalWidth).max() ?? 0
    var words = shown.map { ranked in
      let name = ranked.name + String(repeating: " ", count: width - ranked.name.terminalWidth)
      return name + String(format: "  %6.2f %%", 100 * ranked.probability)
    }
    if words.isEmpty { words = [model.answer(prediction)] }
    let room = Terminal.columns - 6 - (words.map(\.terminalWidth).max() ?? 0)
    let colors = TerminalColors(ProcessInfo.processInfo.environment, isTerminal: isatty(STDOUT_FILENO) == 1)
    let lines = set.drawing(index, width: min(max(room, 8), 48)).terminalLines(colors)
    let columns = set.drawing(index, width: min(max(room, 8), 48)).width
    for i in 0..<max(lines.count, words.count) {
      let line = i < lines.count ? lines[i] : String(repeating: " ", count: columns)
      let word = i < words.count ? "   " + (i == 0 ? words[i].bold : words[i].dim) : ""
      print("  " + line + word)
    }
  }

  /// Reads the images of an IDX file, which are upright and of the size that the network takes, and whether the file has
  /// them transposed; nil for any other file.
  private func imageSet(_ path: String) throws -> (ImageSet, isTransposed: Bool)? {
    let start = try readBeginning(path, count: 4)
    guard start == [0, 0, 8, 3] || start.prefix(2) == [0x1f, 0x8b] else { return nil }
    let stored = try ImageSet.load(images: path)
    let isTransposed = orientation.isTransposed(path)
    let set = isTransposed ? stored.transposed() : stored
    let shape: Shape = [set.channels, set.size.height, set.size.width]
    guard shape == model.card.input else {
      throw FileError(path: path, reason: "its images are \(shape), but the network takes \(model.card.input)")
    }
    return (set, isTransposed)
  }
}

extension ImageSet {
  /// An image to be drawn in so many columns at most.
  fileprivate func drawing(_ index: Int, width: Int) -> Picture {
    let picture = Picture(
      width: size.width, height: size.height, channels: channels, pixels: interleavedPixels(of: index))
    guard size.width > width else { return picture }
    return picture.resized(width: width, height: max(1, size.height * width / size.width))
  }
}
