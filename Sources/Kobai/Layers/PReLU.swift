import KobaiKernels

/// x where x > 0, else a · x, the slope a learnt (He et al., "Delving deep into rectifiers", 2015).
///
/// Parameter: "weight", one slope or one for each channel, as in PyTorch. Weight decay does not apply to it.
public struct PReLU: LayerSpec, Codable {
  /// Whether each channel, that is each place along the first axis of a sample, has a slope of its own.
  public var perChannel: Bool
  /// The slopes' first value.
  public var initial: Float

  /// The defaults are PyTorch's: one slope, 0.25 at first.
  public init(perChannel: Bool = false, initial: Float = 0.25) {
    (self.perChannel, self.initial) = (perChannel, initial)
  }

  public var description: String { "PReLU" + (perChannel ? " per channel" : "") }
  public var preferredInitializer: Initializer? { .he }

  public func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> PReLULayer {
    guard input.rank > 0, input.count > 0 else { throw scope.error("an input of \(input) has no elements") }
    return PReLULayer(self, input, in: scope)
  }
}

/// A built ``PReLU``.
public final class PReLULayer: Layer {
  /// The slopes, one or (channels).
  public let weight: Parameter
  public let output: Shape
  private let channels: Int
  private let sums: BatchSums
  private let kernels: Kernels
  private let workspace: Workspace

  init(_ spec: PReLU, _ input: Shape, in scope: BuildScope) {
    channels = spec.perChannel ? input[0] : 1
    weight = scope.parameter("weight", [channels], .constant(spec.initial), decays: false, sumsParts: true)
    sums = scope.batchSums()
    (output, kernels, workspace) = (input, scope.kernels, scope.workspace)
    workspace.reserve(kernels.preluWorkspaceBytes(samples: scope.batch, channels: channels))
  }

  public var retained: Retained { .input }
  public var placement: Placement { .inPlace }
  public var differentiatesShards: Bool { true }
  private var plane: Int { output.count / channels }

  public func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    try kernels.preluForward(
      samples: x.shape[0], channels: channels, plane: plane, x.span, weight: weight.value.span, into: y.mutableSpan)
  }

  public func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    try kernels.preluBackward(
      samples: x.shape[0], channels: channels, plane: plane, dy.span, x: x.span, weight: weight.value.span,
      dx: dx.mutableSpan, dWeight: weight.trainedGradient.mutableSpan, sums: sums, workspace: workspace)
  }
}
