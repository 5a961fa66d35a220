import Foundation
import Kobai
import KobaiData
import KobaiFiles
import KobaiTraining

#if ONNX
  import KobaiONNX
#endif

/// A file that a network was saved to: what it is built from, its weights, and what is said about them.
///
/// It may be what Kobai saved (safetensors with a description of the network), weights of a network with a name
/// (`NetworkName`), a checkpoint of a training, or, with the trait ONNX, an ONNX file.
public struct ModelFile {
  /// Where it was read from.
  public let path: String
  /// What the file says beside the network.
  public let metadata: [String: String]
  /// The network's name; nil for one that the file describes layer by layer.
  public let name: NetworkName?
  /// Whether it is an ONNX file.
  public let isONNX: Bool
  private let source: Source

  private enum Source {
    /// One of the networks by name.
    case named(NetworkName, SafetensorsFile)
    /// What a safetensors file describes.
    case described(Graph, SafetensorsFile)
    /// Weights under the names that a network of the graph has for them.
    case graph(Graph, [NamedTensor])
  }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: the path of the file.
  ///   - typed: the network of a file that does not say which it is; a file that says otherwise is refused.
  ///   - prefix: what the names of a safetensors file's tensors have in front of the network's.
  /// - Throws: `FileError` where it is nothing of all that, or damaged.
  public init(_ path: String, name typed: NetworkName? = nil, strippingPrefix prefix: String? = nil) throws(FileError) {
    func named(_ metadata: [String: String]) throws(FileError) -> NetworkName? {
      let named = metadata["model"].flatMap(NetworkName.init(rawValue:))
      guard let named, let typed, named != typed else { return named }
      throw FileError(path: path, reason: "holds the network \(named.rawValue), not \(typed.rawValue)")
    }
    self.path = path
    isONNX = try Self.isONNX(path)
    if isONNX {
      #if ONNX
        let file = try ONNXFile(path)
        (source, metadata) = (.graph(file.graph, file.weights), file.metadata)
        name = try named(file.metadata)
        return
      #else
        throw FileError(path: path, reason: "is ONNX; build Kobai with the trait ONNX to read it")
      #endif
    }
    var file = try SafetensorsFile(path)
    if let prefix { file = try file.stripping(prefix: prefix) }
    metadata = file.metadata
    name = try named(metadata) ?? typed
    if let name {
      source = .named(name, file)
    } else if let json = file.metadata[Network.descriptionKey] {
      do { source = .described(try NetworkDescription(json: json).graph(), file) } catch {
        throw FileError(path: path, reason: "its network cannot be built: \(error)")
      }
    } else {
      throw FileError(path: path, reason: "does not say which network it holds; name it with --model")
    }
  }

  private static func isONNX(_ path: String) throws(FileError) -> Bool {
    if try SafetensorsFile.isLikely(path) { return false }  // need not be read whole to tell
    // Of a file that is too large for ONNX the beginning has to tell what it is.
    let isLarge = try fileStatus(path)?.size ?? 0 > FileFormat.largestONNX
    let format = FileFormat.recognize(
      isLarge ? try readBeginning(path, count: 1 << 16) : try readFile(path, limit: FileFormat.largestONNX))
    return format == .onnx || format == nil && path.hasSuffix(".onnx")
  }

  /// What a network is called: its name, or how many layers it has.
  public var title: String {
    switch source {
    case .named(let name, _): name.rawValue
    case .described(let graph, _), .graph(let graph, _): "a network of \(graph.nodeCount) layers"
    }
  }

  /// The network's design.
  package func graph() throws(FileError) -> Graph {
    switch source {
    case .described(let graph, _), .graph(let graph, _): return graph
    case .named(let name, let file):
      let (input, classes) = try Self.sizes(of: file)
      return Graph(of: name.architecture(classes: classes), input: input)
    }
  }

  /// The names and shapes of the network's inputs and outputs. Nothing is allocated for that.
  package func ends() throws(FileError) -> (inputs: [Shape], outputs: [Shape]) {
    let graph = try graph()
    do {
      let design = try Network.Design(graph, batch: 1, kernels: .default)
      return (design.inputs.map { design.shapes[$0.value] }, design.outputs.map { design.shapes[$0.value] })
    } catch { throw cannotBeBuilt(error) }
  }

  /// Builds the network, to train or to look at, with the file's weights.
  ///
  /// - Parameters:
  ///   - batch: the largest number of samples at a time.
  ///   - kernels: the kernels to compute with.
  ///   - notice: told what a person has to know, such as that layers were matched by their order.
  /// - Throws: `FileError` where it cannot be built or does not fit the weights.
  public func network(
    batch: Int, kernels: Kernels = .default, notice: (String) -> Void = { _ in }
  ) throws(FileError) -> Network {
    let graph = try graph()
    // What the file promises is compared with what it holds before anything is allocated.
    let blueprint: Network.Blueprint
    do { blueprint = try Network.Blueprint(graph, batch: batch, kernels: kernels) } catch { throw cannotBeBuilt(error) }
    let load = try weights(for: blueprint.design.tensors, notice)
    let network: Network
    do { network = try Network(blueprint) } catch { throw cannotBeBuilt(error) }
    for tensor in network.namedTensors { try load(tensor) }
    return network
  }

  /// Builds the network for inference: its weights are in memory once.
  ///
  /// - Parameters:
  ///   - batch: the largest batch that is computed at once.
  ///   - kernels: the kernels to compute with.
  ///   - notice: told what a person has to know.
  /// - Throws: `FileError` where it cannot be built or does not fit the weights.
  public func frozenNetwork(
    batch: Int = 1, kernels: Kernels = .default, notice: (String) -> Void = { _ in }
  ) throws(FileError) -> FrozenNetwork {
    let graph = try graph()
    do {
      return try FrozenNetwork(graph, batch: batch, kernels: kernels) { tensors in
        let load = try weights(for: tensors, notice)
        return { tensor in
          try load(tensor)
          try requireFinite(tensor, from: path)
        }
      }
    } catch let error as FileError {
      throw error
    } catch { throw cannotBeBuilt(error) }
  }

  /// Whether the file has a SHA-256 of its contents, by which damage is found when it is read: only safetensors that Kobai saved
  /// have one.
  public var hasDigest: Bool {
    switch source {
    case .named(_, let file), .described(_, let file): file.hasDigest
    case .graph: false
    }
  }

  /// Checks that the file's weights fit a network.
  ///
  /// - Parameter tensors: those of the network, which is not built yet.
  /// - Returns: fills one of the network's tensors.
  private func weights(
    for tensors: [NamedShape], _ notice: (String) -> Void
  ) throws(FileError) -> (NamedTensor) throws(FileError) -> Void {
    let fill = try fitting(tensors, notice)
    if !hasDigest, !isONNX { notice(unverifiedNotice(path)) }  // of ONNX files nobody expects a digest
    return fill
  }

  private func fitting(
    _ tensors: [NamedShape], _ notice: (String) -> Void
  ) throws(FileError) -> (NamedTensor) throws(FileError) -> Void {
    switch source {
    case .named(_, var file):
      if let match = file.matchingOrder(of: tensors) {
        file = match.file
        notice("\(path): layers matched by their order: \(match.layers.map { "\($0) is \($1)" }.listed)")
      }
      return try Checkpoint.weights(of: file, for: tensors)
    case .described(_, let file): return try Checkpoint.weights(of: file, for: tensors)
    case .graph(_, let weights):
      do { return try copyingByName(weights, into: tensors, what: "the file's weights") } catch {
        throw cannotBeBuilt(error)
      }
    }
  }

  private func cannotBeBuilt(_ error: any Error) -> FileError {
    FileError(path: path, reason: "its network cannot be built: \(error)")
  }

  /// The shape of one sample and the number of classes, where the network has a name. A file from elsewhere is taken for one of
  /// images of 28×28 with as many classes as its last layer has outputs.
  private static func sizes(of file: SafetensorsFile) throws(FileError) -> (input: Shape, classes: Int) {
    let sizes = (file.metadata["input"] ?? "1×28×28").split(separator: "×").compactMap { Int($0) }
    let most = 1 << 24  // numbers of one input: what a damaged file says must not be allocated
    guard (1...3).contains(sizes.count), sizes.allSatisfy({ (1...10_000).contains($0) }), sizes.reduce(1, *) <= most
    else {
      throw FileError(path: file.path, reason: "its input \"\(file.metadata["input"] ?? "")\" is no shape")
    }
    let outputs = file.entries
      .filter { $0.key.hasSuffix(".weight") && $0.value.shape.count == 2 && !Checkpoint.isExtra($0.key) }
      .max { $0.key.localizedStandardCompare($1.key) == .orderedAscending }?.value.shape.first
    let classes = file.metadata["classes"].flatMap { Int($0) } ?? outputs ?? 10
    guard (1...100_000).contains(classes) else {
      throw FileError(path: file.path, reason: "its network has \(classes) classes; from 1 to 100,000 are possible")
    }
    return (Shape(sizes), classes)
  }
}

/// What a person has to know of a file of weights without a digest.
package func unverifiedNotice(_ path: String) -> String {
  "\(path) has no SHA-256 of its contents: damage would go unnoticed"
}

extension Network {
  /// Refuses weights that no prediction can come from: those of a training that diverged.
  ///
  /// - Parameter path: the file they came from.
  package func requireFiniteWeights(from path: String) throws(FileError) {
    for tensor in namedTensors { try requireFinite(tensor, from: path) }
  }
}

private func requireFinite(_ weights: NamedTensor, from path: String) throws(FileError) {
  let span = weights.tensor.span
  for i in span.indices where !span[i].isFinite {
    throw FileError(
      path: path,
      reason: "\(weights.name) holds \(span[i]); such weights predict nothing; train again with a lower rate")
  }
}
