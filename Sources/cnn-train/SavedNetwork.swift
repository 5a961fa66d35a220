import ArgumentParser
import Kobai
import KobaiData
import KobaiFiles
import KobaiONNX
import KobaiTraining

/// Where a saved network comes from: a name and weights, or a file that describes it layer by layer.
enum SavedNetwork {
  /// One of the networks by name; without weights it has its first ones.
  case named(Model, weights: SafetensorsFile?)
  /// What a safetensors file describes.
  case described(Graph, weights: SafetensorsFile)
  /// What an ONNX file is.
  case onnx(ONNXFile, Model?)

  /// - Parameters:
  ///   - path: the file.
  ///   - typed: the network of a file that does not say which it is; a file that says otherwise is refused.
  ///   - stripPrefix: what the names of the tensors have in front of the network's.
  init(_ path: String, model typed: Model?, stripPrefix: String?) throws {
    func named(_ metadata: [String: String]) throws -> Model? {
      let named = metadata["model"].flatMap(Model.init(rawValue:))
      guard let named, let typed, named != typed else { return named }
      throw Failure("\(path): holds the network \(named.rawValue), not \(typed.rawValue)")
    }
    let format = try FileFormat.recognize(readFile(path))
    if format == .onnx || format == nil && path.hasSuffix(".onnx") {
      let file = try ONNXFile(path)
      let model = try named(file.metadata)
      guard model != nil || typed == nil else {
        throw ValidationError("--model: \(path) is ONNX, which holds its network itself; leave the option out")
      }
      guard stripPrefix == nil else {
        throw ValidationError("--strip-prefix: \(path) is ONNX, which holds its network itself; leave the option out")
      }
      self = .onnx(file, model)
      return
    }
    var file = try SafetensorsFile(path)
    if let stripPrefix { file = try file.stripping(prefix: stripPrefix) }
    if let model = try named(file.metadata) ?? typed {
      self = .named(model, weights: file)
    } else if let json = file.metadata[Network.descriptionKey] {
      do { self = .described(try NetworkDescription(json: json).graph(), weights: file) } catch {
        throw Failure("\(path): its network cannot be built: \(error)")
      }
    } else {
      throw Failure("\(path): does not say which network it holds; name it with --model")
    }
  }

  /// What the file says beside the network.
  var metadata: [String: String] {
    switch self {
    case .named(_, let weights): weights?.metadata ?? [:]
    case .described(_, let weights): weights.metadata
    case .onnx(let file, _): file.metadata
    }
  }

  /// The network's name.
  var model: Model? {
    switch self {
    case .named(let model, _): model
    case .onnx(_, let model): model
    case .described: nil
    }
  }

  /// What a network without a name is called.
  var title: String {
    switch self {
    case .named(let model, _): model.rawValue
    case .described(let graph, _): "a network of \(graph.nodeCount) layers"
    case .onnx(let file, _): "a network of \(file.graph.nodeCount) layers"
    }
  }

  /// The shape of one image, and the number of classes.
  func sizes(_ path: String) throws -> (input: Shape, classes: Int) {
    if case .named(_, let weights?) = self { return try Self.sizes(of: weights) }
    let network = try self.network(input: [], classes: 0, batch: 1, kernels: .fromEnvironment(threads: 1))
    guard network.inputs.count == 1, network.outputs.count == 1, network.output.rank == 1 else {
      let inputs = network.inputs.map(\.shape.description).joined(separator: " and ")
      let outputs = network.outputs.map(\.shape.description).joined(separator: " and ")
      throw Failure(
        "\(path): its network makes \(outputs) of \(inputs); cnn-train takes those that make one number a class of an image"
      )
    }
    return (network.input, network.output[0])
  }

  private static func sizes(of file: SafetensorsFile) throws -> (input: Shape, classes: Int) {
    let sizes = (file.metadata["input"] ?? "1×28×28").split(separator: "×").compactMap { Int($0) }
    let most = 1 << 24  // numbers of one input: what a damaged file says must not be allocated
    guard (1...3).contains(sizes.count), sizes.allSatisfy({ (1...10_000).contains($0) }), sizes.reduce(1, *) <= most
    else {
      throw Failure("\(file.path): its input \"\(file.metadata["input"] ?? "")\" is no shape")
    }
    let outputs = file.entries
      .filter { $0.key.hasSuffix(".weight") && $0.value.shape.count == 2 && !Checkpoint.isExtra($0.key) }
      .max { $0.key.localizedStandardCompare($1.key) == .orderedAscending }?.value.shape.first
    return (Shape(sizes), file.metadata["classes"].flatMap { Int($0) } ?? outputs ?? 10)
  }

  /// Builds the network with its weights, with a notice if their names were not the network's.
  ///
  /// - Parameters:
  ///   - input: the shape of an image, where the network has a name.
  ///   - classes: the number of classes, where the network has a name.
  ///   - batch: the largest number of images at a time.
  ///   - kernels: the kernels to compute with.
  func network(input: Shape, classes: Int, batch: Int, kernels: Kernels) throws -> Network {
    switch self {
    case .onnx(let file, _): return try Network(file, batch: batch, kernels: kernels)
    case .described(let graph, let weights):
      let network: Network
      do { network = try Network(graph, batch: batch, kernels: kernels) } catch {
        throw Failure("\(weights.path): its network cannot be built: \(error)")
      }
      try Checkpoint.loadWeights(weights, into: network)
      return network
    case .named(let model, let weights):
      let network = try Network(
        input: input, batch: batch, model.architecture(classes: classes, dropout: nil), kernels: kernels)
      guard var file = weights else { return network }
      if let match = file.matchingOrder(of: network.namedTensors) {
        file = match.file
        notice("\(file.path): layers matched by their order: \(match.layers.map { "\($0) is \($1)" }.listed)")
      }
      try Checkpoint.loadWeights(file, into: network)
      return network
    }
  }
}
