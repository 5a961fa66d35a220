import Foundation
import Kobai
import KobaiFiles
import SwiftProtobuf

/// An ONNX file, read as a network of Kobai's: its graph, and the weights of its layers.
///
/// ```swift
/// let file = try ONNXFile("model.onnx")
/// let network = try Network(file, batch: 32)
/// ```
public struct ONNXFile {
  /// The path that it was read from.
  public let path: String
  /// Keys and values that were saved with the network.
  public let metadata: [String: String]
  /// The network's design. Layers are called as their parameters in the file: "conv1" where it has "conv1.weight".
  public let graph: Graph
  /// The elements of all parameters and running statistics, under the names that a network of ``graph`` has for them.
  public let weights: [NamedTensor]

  /// Reads a file, and weights that it keeps in other files of its folder.
  ///
  /// - Parameters:
  ///   - path: the path of the file.
  ///   - operators: what operators mean.
  /// - Throws: `FileError`, which names the node that Kobai cannot express, or the first thing that is wrong.
  public init(_ path: String, operators: ONNXOperators = .standard) throws(FileError) {
    func refusal(_ reason: String) -> FileError {
      FileError(path: path, reason: reason.printable)  // names in a damaged file may hold what a terminal obeys
    }
    let bytes = try readFile(path, limit: FileFormat.largestONNX)
    var model: ONNXModel
    do {
      var options = BinaryDecodingOptions()
      options.discardUnknownFields = true
      model = try ONNXModel(serializedBytes: bytes, options: options)
    } catch {
      let format = FileFormat.recognize(bytes).flatMap { $0 == .onnx ? nil : $0.name }
      throw refusal(format.map { "is \($0), not ONNX" } ?? "is no ONNX file, or one that is damaged")
    }
    guard model.hasGraph, !model.graph.node.isEmpty || !model.graph.output.isEmpty else {
      throw refusal("is no ONNX file: it holds no graph")
    }
    do {
      try ExternalData(besides: path).load(into: &model.graph)
      let reader = try GraphReader(model, operators)
      (graph, weights) = (reader.layers.graph, reader.layers.weights)
    } catch { throw refusal("\(error)") }
    self.path = path
    metadata = Dictionary(model.metadataProps.map { ($0.key, $0.value) }) { first, _ in first }
  }
}

/// Networks from ONNX files.
extension Network {
  /// Builds the network that an ONNX file holds, with its weights.
  ///
  /// - Parameters:
  ///   - path: a file that Kobai, PyTorch or others wrote. What Kobai's layers can express is read; layers and parameters have
  ///     the names that their weights have there.
  ///   - batch: the largest number of samples at a time.
  ///   - operators: what the file's operators mean.
  ///   - seed: the seed of dropout, should it be trained on.
  ///   - kernels: the kernels to compute with.
  /// - Throws: `FileError` that names the node which is in the way, and why: "model.onnx: conv3 (Conv): …".
  public convenience init(
    contentsOfONNX path: String, batch: Int, operators: ONNXOperators = .standard, seed: UInt64 = 0,
    kernels: Kernels = .default
  ) throws(FileError) {
    try self.init(ONNXFile(path, operators: operators), batch: batch, seed: seed, kernels: kernels)
  }

  /// The same of a file that was read already.
  ///
  /// - Parameters:
  ///   - file: the file.
  ///   - batch: the largest number of samples at a time.
  ///   - seed: the seed of dropout, should it be trained on.
  ///   - kernels: the kernels to compute with.
  /// - Throws: `FileError` where the network cannot be built for such a batch.
  public convenience init(
    _ file: ONNXFile, batch: Int, seed: UInt64 = 0, kernels: Kernels = .default
  ) throws(FileError) {
    do throws(BuildError) {
      try self.init(file.graph, batch: batch, seed: seed, kernels: kernels)
      try copyByName(file.weights, into: namedTensors, what: "the file's weights")
    } catch {
      throw FileError(path: file.path, reason: "its network cannot be built: \(error)")
    }
  }
}
