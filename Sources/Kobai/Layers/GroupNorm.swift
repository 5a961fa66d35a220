import KobaiKernels

/// Normalises each group of channels of each sample to mean 0 and variance 1, and scales and shifts each channel (Wu & He,
/// 2018). It works the same in training and inference, and with batches of any size.
///
/// Parameters: "weight" (gamma) and "bias" (beta), (channels) each, as in PyTorch.
public struct GroupNorm: LayerSpec, Codable {
  /// How many groups the channels are divided into.
  public var groups: Int
  /// Added to the variance, so that nothing divides by zero.
  public var epsilon: Float
  /// Whether channels are scaled and shifted.
  public var affine: Bool

  /// The defaults are PyTorch's.
  public init(_ groups: Int, epsilon: Float = 1e-5, affine: Bool = true) {
    (self.groups, self.epsilon, self.affine) = (groups, epsilon, affine)
  }

  public var description: String { "GroupNorm \(groups)" }

  public func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> GroupNormLayer {
    guard input.rank > 0, input.count > 0 else { throw scope.error("an input of \(input) has no channels") }
    guard groups > 0, input[0] % groups == 0 else {
      throw scope.error("\(input[0]) channels cannot be divided into \(groups) groups")
    }
    let shape = GroupNormShape(
      samples: 1, groups: groups, channels: input[0] / groups, plane: input.count / input[0], epsilon: epsilon)
    return try GroupNormLayer(input, shape, affine ? [input[0]] : nil, bias: affine, in: scope)
  }
}

/// Normalises the last axes of each sample to mean 0 and variance 1, and scales and shifts each element (Ba et al., 2016).
///
/// Parameters: "weight" (gamma) and "bias" (beta), of the shape that is normalised, as in PyTorch.
public struct LayerNorm: LayerSpec, Codable {
  /// The sizes of the axes over which means are taken, which are the last ones of a sample; nil for its very last alone.
  public var shape: Shape?
  /// Added to the variance, so that nothing divides by zero.
  public var epsilon: Float
  /// Whether elements are scaled, and whether they are shifted; without the first there is not the second.
  public var affine: Bool, bias: Bool

  /// The defaults are PyTorch's; a shape that is left out is the sample's last axis.
  public init(_ shape: Shape? = nil, epsilon: Float = 1e-5, affine: Bool = true, bias: Bool = true) {
    (self.shape, self.epsilon, self.affine, self.bias) = (shape, epsilon, affine, bias)
  }

  public var description: String { "LayerNorm" + (shape.map { " \($0)" } ?? "") }

  public func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> GroupNormLayer {
    guard input.rank > 0, input.count > 0 else { throw scope.error("an input of \(input) has no elements") }
    let normalized = shape ?? [input[input.rank - 1]]
    guard normalized.rank > 0, normalized.rank <= input.rank,
      (0..<normalized.rank).allSatisfy({ normalized[$0] == input[input.rank - normalized.rank + $0] })
    else { throw scope.error("\(normalized) are not the last axes of its \(input) input") }
    let rows = input.count / normalized.count
    let shape = GroupNormShape(samples: rows, channels: normalized.count, epsilon: epsilon)
    return try GroupNormLayer(input, shape, affine ? normalized : nil, bias: bias, in: scope)
  }
}

/// A built ``GroupNorm`` or ``LayerNorm``.
public final class GroupNormLayer: Layer {
  /// The factors of normalised channels or elements, if any; saved as "weight".
  public let gamma: Parameter?
  /// Their summands, if any; saved as "bias".
  public let beta: Parameter?
  public let output: Shape
  private let shape: GroupNormShape  // of one sample
  private let mean: Tensor
  private let inverseStd: Tensor
  private let sums: BatchSums
  private let scope: BuildScope
  private let workspace: Workspace

  init(
    _ input: Shape, _ shape: GroupNormShape, _ parameters: Shape?, bias: Bool, in scope: BuildScope
  ) throws(BuildError) {
    guard shape.epsilon > 0 else { throw scope.error("epsilon \(shape.epsilon) must be positive") }
    gamma = parameters.map { scope.parameter("weight", $0, .constant(1), decays: false, sumsParts: true) }
    beta = bias ? parameters.map { scope.parameter("bias", $0, .zeros, decays: false, sumsParts: true) } : nil
    sums = scope.batchSums(rows: shape.samples)
    mean = scope.memory([scope.batch, shape.samples * shape.groups])
    inverseStd = scope.memory([scope.batch, shape.samples * shape.groups])
    (output, self.shape, self.scope, workspace) = (input, shape, scope, scope.workspace)
    workspace.reserve(kernels.groupNormWorkspaceBytes(self.shape(scope.batch)))
  }

  public var retained: Retained { .input }
  public var placement: Placement { .inPlace }
  public var differentiatesShards: Bool { true }
  private var kernels: Kernels { scope.kernels }

  private func shape(_ batch: Int) -> GroupNormShape {
    var shape = self.shape
    shape.samples *= batch
    return shape
  }

  public func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    let batch = x.shape[0]
    try kernels.groupNormForward(
      shape(batch), x.span, gamma: (gamma?.value).span, beta: (beta?.value).span, into: y.mutableSpan,
      mean: scope.current(mean, batch).mutableSpan, inverseStd: scope.current(inverseStd, batch).mutableSpan)
  }

  public func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    let batch = x.shape[0]
    try kernels.groupNormBackward(
      shape(batch), dy.span, x: x.span, gamma: (gamma?.value).span, mean: scope.current(mean, batch).span,
      inverseStd: scope.current(inverseStd, batch).span, dx: dx.mutableSpan,
      dGamma: (gamma?.trainedGradient).mutableSpan,
      dBeta: (beta?.trainedGradient).mutableSpan, sums: sums, workspace: workspace)
  }
}
