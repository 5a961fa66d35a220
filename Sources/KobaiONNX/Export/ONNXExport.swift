import Foundation
import Kobai
import KobaiFiles
import SwiftProtobuf

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
  /// floats, for batches of any size; several inputs or outputs have their own names. Weights keep their names
  /// ("conv1.weight"); what only matters while training, such as dropout, is left out.
  ///
  /// - Throws: ``ONNXError``, which names a layer that is not ``ONNXExportable``.
  public func onnxModel(metadata: [String: String] = [:]) throws(ONNXError) -> [UInt8] {
    var builder = GraphBuilder(design, tensors: namedTensors)
    for node in design.nodes { try builder.add(node) }
    let graph = try builder.graph()
    let model = ONNXModel.with {
      $0.irVersion = Self.irVersion(of: builder.operatorSet)
      $0.opsetImport =
        [.with { $0.version = Int64(builder.operatorSet) }]
        + builder.domains.sorted().map { domain in .with { ($0.domain, $0.version) = (domain, 1) } }
      $0.producerName = "Kobai"
      $0.graph = graph
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

  /// The version of the format that came with a set of operators (https://onnx.ai/onnx/repo-docs/Versioning.html).
  private static func irVersion(of operatorSet: Int) -> Int64 {
    switch operatorSet {
    case ...14: 7
    case ...18: 8
    case ...20: 9
    case ...22: 10
    case ...23: 11
    case ...24: 12
    default: 13
    }
  }
}
