/// The fully connected layer y = x · weightᵀ + bias (section 5.6 of the book). An image counts as one long vector.
///
/// Parameters: "weight" (outputs, inputs) and "bias" (outputs), as in PyTorch.
public struct Affine: LayerSpec, Codable {
  /// The number of elements of the output.
  public var outputs: Int
  /// Whether a bias is added.
  public var bias: Bool
  /// How the weight's first values are drawn.
  public var initializer: Initializer
  /// How the bias's first values are drawn.
  public var biasInitializer: Initializer

  /// A layer with that many outputs; the inputs are counted when it is built.
  public init(
    _ outputs: Int, bias: Bool = true, initializer: Initializer = .automatic, biasInitializer: Initializer = .zeros
  ) {
    (self.outputs, self.bias) = (outputs, bias)
    (self.initializer, self.biasInitializer) = (initializer, biasInitializer)
  }

  public var description: String { "Affine \(outputs)" }

  public func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> AffineLayer {
    try build(input, activation: nil, in: scope)
  }

  public func absorbing(_ next: any NodeSpec, inputs: [Shape]) -> (any NodeSpec)? {
    next.pointwise.map { FusedAffine(affine: self, activation: $0) }
  }

  fileprivate func build(
    _ input: Shape, activation: Activation?, in scope: BuildScope
  ) throws(BuildError) -> AffineLayer {
    guard outputs > 0 else { throw scope.error("\(outputs) outputs: there must be at least one") }
    guard input.count > 0 else { throw scope.error("an input of \(input) has no elements") }
    return AffineLayer(self, inputs: input.count, activation: activation, in: scope)
  }
}

/// An affine layer and the activation behind it.
private struct FusedAffine: LayerSpec {
  let affine: Affine
  let activation: Activation

  var description: String { "\(affine), \(activation)" }

  func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> AffineLayer {
    try affine.build(input, activation: activation, in: scope)
  }
}

/// A built ``Affine``.
public final class AffineLayer: Layer {
  /// The weight (outputs, inputs).
  public let weight: Parameter
  /// The bias (outputs); nil where the layer has none.
  public let bias: Parameter?
  public let output: Shape
  private let inputs: Int
  private let activation: Activation?
  private let kept: Tensor?  // what the activation is taken of, for one that keeps its input
  private let scope: BuildScope
  private let sums: BatchSums
  private let workspace: Workspace
  private var packed: PackedWeight?

  init(_ spec: Affine, inputs: Int, activation: Activation?, in scope: BuildScope) {
    weight = scope.parameter(
      "weight", [spec.outputs, inputs], spec.initializer, fanIn: inputs, decays: true, sumsParts: true)
    bias =
      spec.bias
      ? scope.parameter(
        "bias", [spec.outputs], spec.biasInitializer, fanIn: inputs, decays: false, sumsParts: true) : nil
    sums = scope.batchSums()
    output = [spec.outputs]
    let keepsInput = activation?.keepsInput == true && !scope.isInference
    kept = keepsInput ? scope.memory(output.batched(scope.batch)) : nil
    (self.inputs, self.activation, self.scope, workspace) = (inputs, activation, scope, scope.workspace)
    let (kernels, batch) = (scope.kernels, scope.batch)
    workspace.reserve(
      scope.isInference
        ? kernels.affineForwardWorkspaceBytes(batch: batch, inputs: inputs, outputs: spec.outputs, isPacked: true)
        : kernels.affineWorkspaceBytes(batch: batch, inputs: inputs, outputs: spec.outputs))
  }

  private var kernels: Kernels { scope.kernels }

  public var differentiatesShards: Bool { true }
  public var retained: Retained { activation?.keepsInput == false ? [.input, .output] : .input }

  public func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    let kept = kept.map { scope.current($0, x.shape[0]) }
    let plain = packed?.replacesWeight == true ? nil : weight.value
    try kernels.affineForward(
      batch: x.shape[0], inputs: inputs, outputs: output[0], x.span, weight: plain.span,
      packed: packed, bias: (bias?.value).span, activation: activation, into: y.mutableSpan, kept: kept.mutableSpan,
      part: sums.part,
      workspace: workspace)
  }

  public func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    let kept = activation == nil ? nil : kept.map { scope.current($0, x.shape[0]) } ?? y
    try kernels.affineBackward(
      batch: x.shape[0], inputs: inputs, outputs: output[0], dy.span, x: x.span, weight: weight.value.span,
      activation: activation, kept: kept.span, dx: dx.mutableSpan, dWeight: weight.trainedGradient.mutableSpan,
      dBias: (bias?.trainedGradient).mutableSpan, sums: sums, workspace: workspace)
  }

  public func freeze() throws {
    packed = try scope.prepare("affine", replacing: kernels.affinePackingReplacesWeight ? [weight] : []) {
      try kernels.affinePack(inputs: inputs, outputs: output[0], weight: weight.value.span)
    }
  }

  public func thaw() { packed = nil }
}
