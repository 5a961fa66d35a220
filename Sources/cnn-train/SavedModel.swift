import ArgumentParser
import Foundation
import Kobai
import KobaiCommand
import KobaiData
import KobaiFiles
import KobaiTraining

/// A saved network: what the metadata of a weights file say of it, which is all that is needed to build it again.
struct SavedModel {
  let model: Model
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
  private let file: SafetensorsFile?

  /// A network that has not been saved yet, trained on upright images.
  init(model: Model, input: Shape, classes: ClassNames, standardizes: Bool) {
    (self.model, self.input, self.classes, classNames) = (model, input, classes.count, classes)
    (normalization, normalizationNotice) = (standardizes ? .mnist : .unit, nil)
    (orientation, file) = (.upright, nil)
  }

  /// Reads a file of weights. One that Kobai wrote says everything itself; one from elsewhere is taken for images of
  /// 28×28 with as many classes as its last layer has outputs.
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
    var file = try SafetensorsFile(path)
    if let stripPrefix { file = try file.stripping(prefix: stripPrefix) }
    let named = file.metadata["model"].flatMap(Model.init(rawValue:))
    if let named, let typed, named != typed {
      throw Failure("\(path): holds the network \(named.rawValue), not \(typed.rawValue)")
    }
    guard let model = named ?? typed else {
      throw Failure("\(path): does not say which network it holds; name it with --model")
    }
    let sizes = (file.metadata["input"] ?? "1×28×28").split(separator: "×").compactMap { Int($0) }
    let most = 1 << 24  // numbers of one input: what a damaged file says must not be allocated
    guard (1...3).contains(sizes.count), sizes.allSatisfy({ (1...10_000).contains($0) }), sizes.reduce(1, *) <= most
    else {
      throw Failure("\(path): its input \"\(file.metadata["input"] ?? "")\" is no shape")
    }
    let outputs = file.entries
      .filter { $0.key.hasSuffix(".weight") && $0.value.shape.count == 2 && !Checkpoint.isExtra($0.key) }
      .max { $0.key.localizedStandardCompare($1.key) == .orderedAscending }?.value.shape.first
    let classes = file.metadata["classes"].flatMap { Int($0) } ?? outputs ?? 10
    guard (1...100_000).contains(classes) else {
      throw Failure("\(path): its network has \(classes) classes; from 1 to 100,000 are possible")
    }
    guard classNames?.count ?? classes == classes else {
      throw ValidationError("--class-names: \(classNames?.count ?? 0) names for the \(classes) classes of \(path)")
    }
    (self.model, self.classes, self.file) = (model, classes, file)
    self.classNames = try classNames ?? Self.classNames(file.metadata, classes: classes, path: path)
    self.orientation = orientation ?? Self.orientation(file.metadata)
    input = Shape(sizes)
    (normalization, normalizationNotice) = Self.normalization(
      of: path, says: try Self.normalization(in: file.metadata, of: path), option: normalize)
  }

  /// The metadata that ``init(_:model:)`` reads again.
  var metadata: [String: String] {
    [
      "format": "pt", "model": model.rawValue, "input": input.description, "classes": "\(classes)",
      Self.normalizationKey: normalization.name,
    ].merging(classMetadata) { first, _ in first }
  }

  /// Builds the network with its weights, with a notice if their names were not the network's.
  func network(batch: Int, kernels: Kernels) throws -> Network {
    let network = try Network(
      input: input, batch: batch, model.architecture(classes: classes, dropout: nil), kernels: kernels)
    if var file {
      if let match = file.matchingOrder(of: network.namedTensors) {
        file = match.file
        notice("\(file.path): layers matched by their order: \(match.layers.map { "\($0) is \($1)" }.listed)")
      }
      try Checkpoint.loadWeights(file, into: network)
    }
    return network
  }
}

/// The options of every command that reads weights.
struct WeightsOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The weights: a safetensors file or a checkpoint.", valueName: "file"), transform: expandingTilde
  )
  var weights: String
  @Option(help: "The network, where the file does not say.")
  var model: Model?
  @Option(
    help: ArgumentHelp(
      "What the network was trained on, whatever the file says: unit (pixels from 0 to 1), mnist (mean 0.1307, deviation "
        + "0.3081), or a mean and a deviation.", valueName: "unit|mnist|MEAN,STD"))
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
