import ArgumentParser
import Foundation
import Kobai
import KobaiData
import KobaiFiles
import KobaiImages
import KobaiReport
import KobaiTraining
import Rainbow

struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reads digits from pictures: PNG files of any size, or IDX files.",
    discussion: """
      A PNG is prepared as MNIST's digits were: inverted where the paper is light, cropped, scaled to 20×20, and centred \
      by its mass in 28×28. Images of IDX files are taken as they are.
      """)

  @OptionGroup var weights: WeightsOptions
  @Argument(help: "The pictures.")
  var images: [String]
  @Flag(help: "One line a picture: its file and its class.")
  var quiet = false

  func validate() throws {
    guard !images.isEmpty else { throw ValidationError("name a picture at least") }
  }

  func run() throws {
    let saved = try weights.load()
    let network = try weights.network(saved, batch: 1, kernels: Kernels.fromEnvironment(threads: 1))
    try network.freeze()
    let evaluator = Evaluator(network, loss: SoftmaxCrossEntropy(kernels: network.kernels))
    // All are read first: a picture that cannot be is found out before anything is printed.
    let sets = try images.map { path in (path, try Self.read(path, for: network.input)) }
    for (path, set) in sets {
      let batches = Batches(set, batchSize: 1, normalization: saved.normalization, kernels: network.kernels)
      for prediction in try evaluator.predictions(batches) {
        let name = set.count > 1 ? "\(path)[\(prediction.index)]" : path
        if quiet { print("\(name): \(prediction.answer)") } else { show(prediction, name, set) }
      }
    }
  }

  private func show(_ prediction: Prediction, _ name: String, _ set: ImageSet) {
    let span = set.pixels
    let first = prediction.index * set.pixelsPerImage
    let pixels = (0..<set.size.area).map { span[first + $0] }
    print(name.bold)
    for line in terminalPicture(pixels, width: set.size.width, height: set.size.height) { print("  " + line) }
    func share(_ answer: Int) -> String { "\(answer)  \(Double(prediction.probabilities[answer]).percent)" }
    let others = prediction.ranking.dropFirst().prefix(3).map(share).joined(separator: "   ")
    print("  " + share(prediction.answer).bold + (others.isEmpty ? "" : "   " + others.dim) + "\n")
  }

  /// The images of a file, as the network takes them.
  private static func read(_ path: String, for input: Shape) throws -> ImageSet {
    let start = try Array(readFile(path).prefix(4))
    if start == [0, 0, 8, 3] || start.prefix(2) == [0x1f, 0x8b] {
      let set = try ImageSet.load(images: path)
      let shape: Shape = [set.channels, set.size.height, set.size.width]
      guard shape == input else {
        throw FileError(path: path, reason: "its images are \(shape), but the network takes \(input)")
      }
      return set
    }
    let side = DigitPreparation.side
    guard input == [1, side, side] else {
      throw Failure("\(path): pictures become \(side)×\(side) digits, but the network takes \(input); use an IDX file")
    }
    return ImageSet(pixels: try DigitPreparation.prepare(png: path), size: Size2D(side), labels: [0])
  }
}
