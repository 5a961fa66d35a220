import KobaiKernels

/// What a layer is built with: it names the layer's parameters, hands out memory, and carries what all layers share.
public final class BuildScope {
  /// The layer's name in its network.
  public let layer: String
  /// The largest batch that the network will be given.
  public let batch: Int
  /// The kernels that the layer computes with.
  public let kernels: Kernels
  /// Scratch memory for the kernels; all layers share it, one call at a time.
  public let workspace: Workspace
  let seed: UInt64
  private let index: Int
  private let parameters: ParameterStore
  private let state: Arena
  private let nextActivation: Initializer?
  private let outermost: BuildScope?  // nil where this scope is the outermost
  private var innerScopes = 0
  private(set) var buffers: [(name: String, value: Tensor, initial: Float)] = []

  init(
    layer: String, index: Int, batch: Int, kernels: Kernels, workspace: Workspace, seed: UInt64,
    parameters: ParameterStore, state: Arena, nextActivation: Initializer?, outermost: BuildScope? = nil
  ) {
    (self.layer, self.index, self.batch, self.kernels) = (layer, index, batch, kernels)
    (self.workspace, self.seed, self.parameters) = (workspace, seed, parameters)
    (self.state, self.nextActivation, self.outermost) = (state, nextActivation, outermost)
  }

  /// A scope to build a layer in that is part of this one. Its parameters are saved as "layer.name.weight" and so on, and
  /// its random numbers are its own.
  ///
  /// The layer that is made of others runs them itself, on tensors from ``memory(_:)``.
  public func inner(_ name: String) -> BuildScope {
    let outermost = self.outermost ?? self
    outermost.innerScopes += 1
    return BuildScope(
      layer: "\(layer).\(name)", index: outermost.index + outermost.innerScopes << 16, batch: batch, kernels: kernels,
      workspace: workspace, seed: seed, parameters: parameters, state: state, nextActivation: nextActivation,
      outermost: outermost)
  }

  /// A trained tensor, saved as "layer.name".
  ///
  /// - Parameters:
  ///   - name: "weight" and "bias" where that fits, as in PyTorch.
  ///   - shape: the shape of the tensor.
  ///   - initializer: how the first values are drawn.
  ///   - fanIn: how many inputs each output sums over; the initializers scale with it.
  ///   - decays: whether weight decay applies.
  public func parameter(
    _ name: String, _ shape: Shape, _ initializer: Initializer, fanIn: Int = 1, decays: Bool
  ) -> Parameter {
    let drawn = initializer == .automatic ? nextActivation ?? .he : initializer
    return parameters.claim("\(layer).\(name)", shape, drawn, fanIn: fanIn, decays: decays)
  }

  /// A tensor that is saved with the parameters but not trained, such as running statistics.
  public func buffer(_ name: String, _ shape: Shape, filledWith initial: Float) -> Tensor {
    let tensor = Tensor(shape, state.claim(Float.self, count: shape.count))
    (outermost ?? self).buffers.append(("\(layer).\(name)", tensor, initial))
    return tensor
  }

  /// Memory that the layer keeps from its forward to its backward pass. It is not saved.
  public func memory(_ shape: Shape) -> Tensor { Tensor(shape, state.claim(Float.self, count: shape.count)) }

  /// Bytes that the layer keeps from its forward to its backward pass. They are not saved.
  public func bytes(_ count: Int) -> Buffer<UInt8> { state.claim(UInt8.self, count: count) }

  /// The key of the layer's own random numbers, which are different in every training step.
  public func randomKey(step: Int) -> RandomKey { RandomKey(seed: seed, .dropout, index: index, step: step) }

  /// An error that names the layer.
  public func error(_ reason: String) -> BuildError { BuildError(layer: layer, reason: reason) }
}
