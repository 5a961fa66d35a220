import Kobai
import KobaiData
import KobaiFiles
import KobaiImages
import KobaiKernels

/// A network to use: pictures or numbers go in, classes with their probabilities or numbers come out. What has to
/// be done to inputs and what outputs are called is in its file.
///
/// ```swift
/// let model = try Model(contentsOf: "digits.safetensors")
/// print(try model.predict(contentsOf: "photo.png").best?.name ?? "")
/// ```
///
/// It never changes, and any number of tasks may use it at once: the weights are in memory once (`FrozenNetwork`).
public final class Model: Sendable {
  /// The network.
  public let network: FrozenNetwork
  /// What its inputs are and what its outputs mean.
  public let card: ModelCard
  /// What a person who uses the file has to know, such as that it does not say how inputs were normalised.
  public let notices: [String]
  private let isProbability: Bool  // whether the last layer makes probabilities itself

  /// The model in a file: safetensors or a checkpoint of Kobai's, or, with the trait ONNX, an ONNX file.
  ///
  /// - Parameters:
  ///   - path: the path of the file.
  ///   - batch: how many samples are computed at once at most; a context has memory for so many.
  ///   - kernels: the kernels to compute with.
  ///   - card: what is known of the network, for a file that does not say it; nil takes what the file says.
  /// - Throws: `FileError` in one line: what is wrong with the file, and the way out.
  public convenience init(
    contentsOf path: String, batch: Int = 1, kernels: Kernels = .default, card: ModelCard? = nil
  ) throws(FileError) {
    let file = try ModelFile(path)
    var notices: [String] = []
    let network = try file.frozenNetwork(batch: batch, kernels: kernels) { notices.append($0) }
    guard network.inputs.count == 1, network.outputs.count == 1 else {
      func words(_ ends: [(name: String, shape: Shape)]) -> String { ends.map(\.name).joined(separator: ", ") }
      throw FileError(
        path: path,
        reason:
          "its network has the inputs \(words(network.inputs)) and the outputs \(words(network.outputs)); a Model takes "
          + "one of each, FrozenNetwork(contentsOf:) any")
    }
    let known: ModelCard
    if let card {
      known = card
    } else {
      known = try ModelCard(metadata: file.metadata, input: network.input, outputs: network.output, path: path)
    }
    if known.normalization == nil {
      notices.append("\(path) does not say how its inputs were normalised: unit is assumed")
    }
    do throws(ModelError) { try self.init(network, card: known, notices: notices) } catch {
      throw FileError(path: path, reason: error.description)
    }
  }

  /// The model of a network that was just trained, say, with a copy of its weights.
  ///
  /// - Parameters:
  ///   - network: a network with one input and one output.
  ///   - card: what is known of it.
  ///   - batch: how many samples are computed at once at most.
  ///   - kernels: the kernels to compute with; nil is what the network computes with.
  /// - Throws: ``ModelError`` where the card is not of this network, and what `FrozenNetwork` throws.
  public convenience init(_ network: Network, card: ModelCard, batch: Int = 1, kernels: Kernels? = nil) throws {
    try self.init(FrozenNetwork(network, batch: batch, kernels: kernels), card: card)
  }

  /// The model of a network that is frozen already.
  ///
  /// - Parameters:
  ///   - network: a network with one input and one output.
  ///   - card: what is known of it.
  /// - Throws: ``ModelError`` where the card is not of this network.
  public convenience init(_ network: FrozenNetwork, card: ModelCard) throws(ModelError) {
    try self.init(network, card: card, notices: [])
  }

  private init(_ network: FrozenNetwork, card: ModelCard, notices: [String]) throws(ModelError) {
    guard network.inputs.count == 1, network.outputs.count == 1, card.input == network.input else {
      let inputs = network.inputs.map(\.shape.description).joined(separator: " and ")
      throw ModelError("its card is of a network of \(card.input), but it takes \(inputs)")
    }
    guard card.input.rank > 0, card.input.count > 0 else {
      throw ModelError("its network takes \(card.input), which is no list of numbers and no image")
    }
    if let normalization = card.normalization, !normalization.fits(channels: card.input[0]) {
      throw ModelError(
        "its normalization \(normalization.text) has \(normalization.means.count) channels, but its inputs have "
          + "\(card.input[0])")
    }
    if let names = card.classNames, names.count != network.output.count {
      throw ModelError("its card names \(names.count) classes, but it has \(network.output.count) outputs")
    }
    (self.network, self.card, self.notices) = (network, card, notices)
    isProbability = card.task.makesProbabilities(network.outputLayer)
  }

  /// What the model makes of numbers, as they were before any normalisation: the columns of a row of a table, or the pixels of an
  /// image from 0 to 1, channel by channel.
  ///
  /// - Parameter numbers: as many as ``ModelCard/input`` has elements.
  /// - Throws: `KernelError` where they are more or fewer.
  public func predict(_ numbers: [Float]) throws -> Prediction {
    guard numbers.count == card.input.count else {
      throw KernelError.count(
        kernel: "model of \(card.input)", argument: "its input", needed: card.input.count, given: numbers.count)
    }
    guard let normalization = card.normalization, normalization != .unit else {
      return try predictions(prepared: numbers)[0]
    }
    // As batches of a training are standardised, to the bit.
    var prepared = numbers
    let each = normalization.expanded(card.input[0])
    try network.kernels.standardize(
      prepared.mutableSpan, plane: card.input.count / card.input[0], mean: each.means.span,
      deviation: each.deviations.span)
    return try predictions(prepared: prepared)[0]
  }

  /// What the model makes of the bytes of an image, as IDX files have them: 0 ... 255, channel by channel, standing as those that it
  /// was trained on.
  public func predict(bytes: [UInt8]) throws -> Prediction {
    guard card.input.rank == 3 else { throw noPicture }
    guard bytes.count == card.input.count else {
      throw KernelError.count(
        kernel: "model of \(card.input)", argument: "its image", needed: card.input.count, given: bytes.count)
    }
    let size = Size2D(card.input[1], card.input[2])
    return try predict(ImageSet(pixels: bytes, size: size, channels: card.input[0], labels: [0]))[0]
  }

  /// The same for each of some images.
  public func predict(_ images: ImageSet) throws -> [Prediction] {
    let shape: Shape = [images.channels, images.size.height, images.size.width]
    guard shape == card.input else {
      throw KernelError.invalid(kernel: "model", reason: "it takes images of \(card.input), not of \(shape)")
    }
    // As batches of a training are loaded, to the bit.
    let batches = Batches(images, batchSize: max(images.count, 1), normalization: card.normalization ?? .unit)
    var numbers = [Float](repeating: 0, count: images.count * shape.count)
    batches.startEpoch(0, on: network.kernels)
    try batches.loadInputs(0..<images.count, into: numbers.mutableSpan, on: network.kernels)
    return try predictions(prepared: numbers)
  }

  var noPicture: KernelError { .invalid(kernel: "model", reason: "it takes \(card.input), which is no picture") }

  /// What the network makes of inputs that are prepared: (samples, input).
  func predictions(prepared x: [Float]) throws -> [Prediction] {
    var y = try network.predict(x)
    let (rows, columns) = (x.count / max(card.input.count, 1), network.output.count)
    switch card.task {
    case .classification where !isProbability:
      let outputs = y
      try Kernels(instructionSet: network.kernels.instructionSet, threads: 1)
        .softmaxForward(rows: rows, columns: columns, outputs.span, into: y.mutableSpan)
    case .multiLabel where !isProbability:
      let outputs = y
      try Kernels(instructionSet: network.kernels.instructionSet, threads: 1)
        .activationForward(.sigmoid, outputs.span, into: y.mutableSpan)
    default: break
    }
    return (0..<rows).map { Prediction(Array(y[$0 * columns..<($0 + 1) * columns]), card.classNames) }
  }
}

/// Why a network is not the one that a card describes.
public struct ModelError: Error, Equatable, CustomStringConvertible {
  /// What does not fit.
  public let reason: String
  public var description: String { reason }
  init(_ reason: String) { self.reason = reason }
}
