/// The inputs one behind the other along the first axis of a sample: the channels of images, the elements of vectors.
public struct Concatenate: MergeSpec, Codable {
  /// There is nothing to set.
  public init() {}
  public var description: String { "Concatenate" }

  public func build(_ inputs: [Shape], in scope: BuildScope) throws(BuildError) -> ConcatenateLayer {
    let first = inputs[0]
    for shape in inputs where shape.rank == 0 || first.rank == 0 || shape.element != first.element {
      throw scope.error("\(first) and \(shape) cannot be concatenated: they differ in more than the first axis")
    }
    let total = inputs.reduce(0) { $0 + $1[0] }
    return ConcatenateLayer(inputs, output: first.element.batched(total), scope.kernels)
  }
}

extension MergeSpec where Self == Concatenate {
  /// The branches' outputs one behind the other.
  public static var concatenate: Concatenate { Concatenate() }
}

/// A built ``Concatenate``: it copies.
public final class ConcatenateLayer: MergeLayer {
  public let output: Shape
  private let parts: [Range<Int>]  // where the elements of each input lie in a sample of the output
  private let kernels: Kernels

  init(_ inputs: [Shape], output: Shape, _ kernels: Kernels) {
    var start = 0
    parts = inputs.map { shape in
      defer { start += shape.count }
      return start..<start + shape.count
    }
    (self.output, self.kernels) = (output, kernels)
  }

  public var retained: Retained { [] }

  public func forward(_ xs: Selection<Tensor>, into y: Tensor, _ mode: Mode) throws {
    for i in 0..<xs.count {
      try kernels.copyColumns(
        parts[i].count, rows: y.shape[0], of: xs[i].span, from: 0, into: y.mutableSpan, at: parts[i].lowerBound)
    }
  }

  public func backward(_ dy: Tensor, xs: Selection<Tensor>, y: Tensor, into dxs: Selection<Tensor?>) throws {
    for i in 0..<dxs.count {
      guard let dx = dxs[i] else { continue }
      try kernels.copyColumns(
        parts[i].count, rows: dy.shape[0], of: dy.span, from: parts[i].lowerBound, into: dx.mutableSpan, at: 0)
    }
  }
}
