import ArgumentParser
import Kobai
import KobaiCommand
import KobaiData
import KobaiInference
import KobaiTraining

/// A saved network that makes a list of numbers of a sample, such as one for each class of an image: its file, and what that says of it, or what the options say
/// instead.
struct SavedModel {
  /// The network's name; nil for one of a file that describes it layer by layer.
  let name: NetworkName?
  /// What is known of its inputs and outputs.
  let card: ModelCard
  /// The names of the outputs.
  let classNames: ClassNames
  /// What a person has to know about the normalisation.
  let normalizationNotice: String?
  private let file: ModelFile?  // nil for a network that has not been saved yet

  /// The key of the metadata with the digest of the data that a network was trained on, where some of them were set aside.
  static let trainingDataKey = "training_data"

  /// A network that has not been saved yet; one without a name is described by its file.
  init(name: NetworkName?, card: ModelCard) {
    (self.name, self.card, normalizationNotice, file) = (name, card, nil, nil)
    classNames = card.classNames ?? ClassNames(count: 1)
  }

  /// Reads a file of weights. One that Kobai wrote says everything itself, as ONNX does; one from elsewhere is taken for
  /// images of 28×28 with as many classes as its last layer has outputs.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - typed: the network of a file that does not say which it is; a file that says otherwise is refused.
  ///   - normalize: how the inputs are normalised, whatever the file says.
  ///   - stripPrefix: what the names of the tensors have in front of the network's.
  ///   - classNames: the names of the outputs, whatever the file says.
  ///   - orientation: how the training images stood, whatever the file says.
  init(
    _ path: String, name typed: NetworkName?, normalize: Normalization? = nil, stripPrefix: String? = nil,
    classNames: ClassNames? = nil, orientation: ModelCard.Orientation? = nil
  ) throws {
    let file = try ModelFile(path, name: typed, strippingPrefix: stripPrefix)
    if file.isONNX { try Self.checkONNX(file, name: typed, stripPrefix: stripPrefix) }
    let (inputs, outputs) = try file.ends()
    let kind = file.metadata["task"].flatMap(LearningTask.Kind.init)
    let isReconstruction = kind == .reconstruction  // whose outputs may be an image
    guard inputs.count == 1, outputs.count == 1,
      isReconstruction ? outputs[0].count == inputs[0].count : outputs[0].rank == 1
    else {
      func words(_ shapes: [Shape]) -> String { shapes.map(\.description).joined(separator: " and ") }
      throw Failure(
        "\(path): its network makes \(words(outputs)) of \(words(inputs)); cnn-train takes those that make one number a "
          + "class of an image"
      )
    }
    let classes = outputs[0].count
    guard isReconstruction || (1...100_000).contains(classes) else {
      throw Failure("\(path): its network has \(classes) classes; from 1 to 100,000 are possible")
    }
    guard classNames?.count ?? classes == classes else {
      throw ValidationError("--class-names: \(classNames?.count ?? 0) names for the \(classes) classes of \(path)")
    }
    var metadata = file.metadata
    if let classNames {
      metadata["class_names"] = nil
      if kind == .regression || kind == .reconstruction {
        throw ValidationError("--class-names \(classNames.names.listed): the outputs of \(path) are no classes")
      }
    }
    var card = try ModelCard(metadata: metadata, input: inputs[0], outputs: outputs[0], path: path)
    if let orientation { card.orientation = orientation }
    self.classNames = classNames ?? card.classNames ?? ClassNames(count: isReconstruction ? 1 : classes)
    if card.classNames != nil { card.classNames = self.classNames }
    (card.normalization, normalizationNotice) = try Self.normalization(
      of: path, says: card.normalization, option: normalize, channels: inputs[0][0])
    (self.card, name, self.file) = (card, file.name, file)
  }

  private static func checkONNX(_ file: ModelFile, name: NetworkName?, stripPrefix: String?) throws {
    func refuse(_ option: String) -> ValidationError {
      ValidationError("\(option): \(file.path) is ONNX, which holds its network itself; leave the option out")
    }
    guard file.name != nil || name == nil else { throw refuse("--model") }
    guard stripPrefix == nil else { throw refuse("--strip-prefix") }
  }

  /// What a person calls the network: its name, or how many layers its file describes.
  var title: String { name?.rawValue ?? file?.title ?? "" }
  /// The shape of one image.
  var input: Shape { card.input }
  /// The number of classes.
  var classes: Int { classNames.count }
  /// What the network does.
  var task: LearningTask { LearningTask(card.task, outputs: classes) }
  /// The digest of the data that it was trained on, where some of them were set aside to test with.
  var trainingDataDigest: String? { file?.metadata[Self.trainingDataKey] }
  /// How its inputs are normalised.
  var normalization: Normalization { card.normalization ?? .unit }
  /// How the training images stood; nil where the file does not say.
  var orientation: ModelCard.Orientation? { card.orientation }

  /// The metadata that ``init(_:name:)`` reads again.
  var metadata: [String: String] {
    var words = card.metadata
    words["format"] = "pt"
    words["model"] = name?.rawValue
    words[Self.trainingDataKey] = trainingDataDigest
    return words
  }

  /// The network with its weights, to predict with alone.
  ///
  /// - Parameter batch: how many samples are computed at once at most.
  func model(batch: Int, kernels: Kernels) throws -> Model {
    guard let file else { preconditionFailure("a network that has not been saved predicts nothing") }
    return try Model(file.frozenNetwork(batch: batch, kernels: kernels, notice: notice), card: card)
  }

  /// Builds the network with its weights, with a notice if their names were not the network's.
  func network(batch: Int, kernels: Kernels) throws -> Network {
    if let file { return try file.network(batch: batch, kernels: kernels, notice: notice) }
    let architecture = (name ?? .simple).architecture(classes: classes)
    return try Network(input: input, batch: batch, architecture, kernels: kernels)
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
  var model: NetworkName?
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
  var trainedOn: ModelCard.Orientation?

  /// Reads the file, with a notice where its normalisation is not certain.
  func load() throws -> SavedModel {
    let saved = try SavedModel(
      weights, name: model, normalize: normalize, stripPrefix: stripPrefix, classNames: classNames.map(readClassNames),
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
