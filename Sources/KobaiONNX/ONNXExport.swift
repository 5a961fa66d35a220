import Foundation
import Kobai
import KobaiFiles
import SwiftProtobuf

/// Why a network cannot be written as ONNX.
public struct ONNXError: Error, Equatable, CustomStringConvertible {
  /// The layer's name.
  public let layer: String
  /// What prevents the export, and the way out where there is one.
  public let reason: String
  public var description: String { "\(layer): \(reason)" }
}

/// Networks as ONNX files.
extension Network {
  /// Writes the network as it predicts to an ONNX file.
  ///
  /// - Parameters:
  ///   - path: the path of the file; one that exists is replaced.
  ///   - metadata: keys and values to save with the network.
  /// - Throws: ``ONNXError`` or `FileError`; the file that was there stays whole.
  public func saveONNX(to path: String, metadata: [String: String] = [:]) throws {
    let file = try AtomicFile(path)
    try file.write(onnxModel(metadata: metadata))
    try file.commit()
  }

  /// The network as it predicts, as the bytes of an ONNX file: operator set 13, which every runtime since 2021 knows,
  /// or 17, from 2022, where there is a `LayerNorm`.
  ///
  /// Its one input is "input" (batch, network's input), its one output "logits" (batch, network's output), both of
  /// floats, for batches of any size; several inputs or outputs have their own names. Weights keep their names ("conv1.weight"); what only matters while training, such
  /// as dropout, is left out.
  ///
  /// - Throws: ``ONNXError``, which names a layer that is none of Kobai's own.
  public func onnxModel(metadata: [String: String] = [:]) throws(ONNXError) -> [UInt8] {
    var builder = GraphBuilder(design, tensors: namedTensors)
    for node in design.nodes {
      try builder.add(node) { (builder) throws(ONNXError) in
        let inputs = node.inputs.map { design.shapes[$0] }
        try builder.append(node.spec, named: node.name, inputs: inputs, output: design.shapes[node.output])
      }
    }
    let model = ONNXModel.with {
      $0.irVersion = builder.operatorSet < 15 ? 7 : 8  // came with operator sets 13 and 15
      $0.opsetImport = [.with { $0.version = Int64(builder.operatorSet) }]
      $0.producerName = "Kobai"
      $0.graph = builder.graph()
      $0.metadataProps = metadata.sorted { $0.key < $1.key }.map { word in
        .with { ($0.key, $0.value) = word }
      }
    }
    do {
      return try model.serializedBytes()
    } catch {
      throw ONNXError(layer: "network", reason: "an ONNX file holds 2 GiB at most; the weights are too many")
    }
  }
}
