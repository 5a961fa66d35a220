import ArgumentParser
import Foundation
import Kobai
import KobaiCommand
import KobaiData

/// A saved network: what a file of weights says of it, which is all that is needed to build it again.
struct SavedModel {
  /// The network's name; nil for one of a file that describes it layer by layer.
  let model: Model?
  let input: Shape
  let classes: Int
  /// How its inputs are normalised.
  let normalization: Normalization
  /// What a person has to know about the normalisation.
  let normalizationNotice: String?
  /// The names of the outputs.
  let classNames: ClassNames
  /// How the training images stood; nil where the file does not say.
  let orientation: TrainedOrientation?
  private let source: SavedNetwork

  /// A network that has not been saved yet, trained on upright images.
  init(model: Model, input: Shape, classes: ClassNames, standardizes: Bool) {
    (self.model, self.input, self.classes, classNames) = (model, input, classes.count, classes)
    (normalization, normalizationNotice) = (standardizes ? .mnist : .unit, nil)
    (orientation, source) = (.upright, .named(model, weights: nil))
  }

  /// Reads a file of weights. One that Kobai wrote says everything itself, as ONNX does; one from elsewhere is taken for
  /// images of 28×28 with as many classes as its last layer has outputs.
  ///
  /// - Parameters:
  ///   - model: the network of a file that does not say which it is; a file that says otherwise is refused.
  ///   - normalize: how the inputs are normalised, whatever the file says.
  ///   - stripPrefix: what the names of the tensors have in front of the network's.
  ///   - classNames: the names of the outputs, whatever the file says.
  ///   - orientation: how the training images stood, whatever the file says.
  init(
    _ path: String, model typed: Model?, normalize: Normalization? = nil, stripPrefix: String? = nil,
    classNames: ClassNames? = nil, orientation: TrainedOrientation? = nil
  ) throws {
    source = try SavedNetwork(path, model: typed, stripPrefix: stripPrefix)
    let metadata = source.metadata
    model = source.model
    (input, classes) = try source.sizes(path)
    guard (1...100_000).contains(classes) else {
      throw Failure("\(path): its network has \(classes) classes; from 1 to 100,000 are possible")
    }
    guard classNames?.count ?? classes == classes else {
      throw ValidationError("--class-names: \(classNames?.count ?? 0) names for the \(classes) classes of \(path)")
    }
    self.classNames = try classNames ?? Self.classNames(metadata, classes: classes, path: path)
    self.orientation = orientation ?? Self.orientation(metadata)
    (normalization, normalizationNotice) = try Self.normalization(
      of: path, says: Self.normalization(in: metadata, of: path), option: normalize, channels: input[0])
  }

  /// What a person calls the network: its name, or how many layers its file describes.
  var title: String { model?.rawValue ?? source.title }

  /// The metadata that ``init(_:model:)`` reads again.
  var metadata: [String: String] {
    var words = ["format": "pt", "input": input.description, "classes": "\(classes)"]
    words["model"] = model?.rawValue
    words[Self.normalizationKey] = normalization.name
    return words.merging(classMetadata) { first, _ in first }
  }

  /// Builds the network with its weights, with a notice if their names were not the network's.
  func network(batch: Int, kernels: Kernels) throws -> Network {
    try source.network(input: input, classes: classes, batch: batch, kernels: kernels)
  }
}

/// The options of every command that reads weights.
struct WeightsOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The weights: a safetensors file, a checkpoint, an ONNX file, or the pickle of one of the book's networks.",
      valueName: "file"),
    transform: expandingTilde)
  var weights: String
  @Option(help: "The network, where the file does not say.")
  var model: Model?
  @Option(
    help: ArgumentHelp(
      "What the network was trained on, whatever the file says: unit (pixels from 0 to 1), mnist (mean 0.1307, deviation "
        + "0.3081), cifar10, a mean and a deviation, or one of each for every channel: 0.49,0.48,0.45/0.25,0.24,0.26.",
      valueName: "unit|mnist|cifar10|MEAN,STD|MEAN,…/STD,…"))
  var normalize: Normalization?
  @Option(
    help: ArgumentHelp(
      "What the names of the file's tensors have in front of the network's, such as module. or _orig_mod.",
      valueName: "prefix"))
  var stripPrefix: String?
  @Option(help: ArgumentHelp(classNamesHelp, valueName: "names"), transform: expandingTilde)
  var classNames: String?
  @Option(help: "How the training images stood, where the file does not say; EMNIST as others read it is transposed.")
  var trainedOn: TrainedOrientation?

  /// Reads the file, with a notice where its normalisation is not certain.
  func load() throws -> SavedModel {
    let saved = try SavedModel(
      weights, model: model, normalize: normalize, stripPrefix: stripPrefix, classNames: classNames.map(readClassNames),
      orientation: trainedOn)
    if let text = saved.normalizationNotice { notice(text) }
    return saved
  }

  /// Builds the network with its weights, ready to predict.
  func network(_ saved: SavedModel, batch: Int, kernels: Kernels) throws -> Network {
    let network = try saved.network(batch: batch, kernels: kernels)
    try network.requireFiniteWeights(from: weights)
    return network
  }
}
