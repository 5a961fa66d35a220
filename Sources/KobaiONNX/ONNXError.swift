/// Why a network cannot be written as ONNX, or an operator of a file cannot be read.
public struct ONNXError: Error, Equatable, CustomStringConvertible {
  /// The layer's name; that of a file's node with its type, "conv3 (Conv)".
  public let layer: String
  /// What prevents it, and the way out where there is one.
  public let reason: String
  public var description: String { "\(layer): \(reason)" }
}
