import KobaiKernels

/// A table of vectors, of which each element of the input picks one: (positions) to (positions, width).
///
/// Indices are elements of a tensor like any input, that is floats, of which each must be a whole number in 0 ..< rows.
/// Parameter: "weight" (rows, width), as in PyTorch, drawn from the standard normal distribution at first.
public struct Embedding: LayerSpec, Codable {
  /// How many vectors the table has; floats hold every index of up to 16,777,216.
  public var rows: Int
  /// The elements of a vector.
  public var width: Int
  /// How the vectors' first values are drawn.
  public var initializer: Initializer

  /// A table of `rows` vectors of `width` elements each.
  public init(_ rows: Int, _ width: Int, initializer: Initializer = .normal(deviation: 1)) {
    (self.rows, self.width, self.initializer) = (rows, width, initializer)
  }

  public var description: String { "Embedding \(rows)×\(width)" }

  public func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> EmbeddingLayer {
    guard rows > 0, width > 0 else { throw scope.error("a table of \(rows)×\(width): both must be positive") }
    guard rows <= Kernels.mostEmbeddingRows else {
      throw scope.error("a float cannot tell \(rows) rows apart; there may be \(Kernels.mostEmbeddingRows)")
    }
    guard input.rank > 0, input.rank < 3 else {
      throw scope.error("an embedding needs one or two axes of indices, not \(input)")
    }
    return EmbeddingLayer(self, input, in: scope)
  }
}

/// A built ``Embedding``.
public final class EmbeddingLayer: Layer {
  /// The table (rows, width).
  public let weight: Parameter
  public let output: Shape
  private let rows: Int
  private let width: Int
  private let layer: String
  private let sums: BatchSums
  private let kernels: Kernels

  init(_ spec: Embedding, _ input: Shape, in scope: BuildScope) {
    weight = scope.parameter("weight", [spec.rows, spec.width], spec.initializer, decays: true, sumsParts: true)
    sums = scope.batchSums(rows: input.count)
    output = Shape((0..<input.rank).map { input[$0] } + [spec.width])
    (rows, width, layer, kernels) = (spec.rows, spec.width, scope.layer, scope.kernels)
  }

  public var retained: Retained { .input }
  public var differentiatesShards: Bool { true }

  public func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    if let i = kernels.firstInvalidIndex(x.span, rows: rows) {
      throw KernelError.invalid(
        kernel: layer,
        reason: "element \(i) of its input is \(x.span[i]), no index into its table of \(rows) rows; they count from 0")
    }
    try kernels.embeddingForward(
      rows: rows, width: width, x.span, table: weight.value.span, into: y.mutableSpan)
  }

  /// Indices have no gradient: it is zero.
  public func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    if let gradient = weight.trainedGradient {
      try kernels.embeddingBackward(
        rows: rows, width: width, dy.span, index: x.span, into: gradient.mutableSpan, sums: sums)
    }
    dx?.fill(0)
  }
}
