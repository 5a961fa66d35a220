import KobaiKernels

/// What all layers of a network share while they are built: parameters, buffers, and memory.
final class Construction {
  let batch: Int
  let seed: UInt64
  let kernels: Kernels
  /// The weights of a network that only predicts; nil for one that trains, whose parameters are its own.
  let shared: SharedWeights?
  /// How the weights of each node of the design are drawn where it is left to the next activation.
  let nextActivations: [Initializer?]
  /// The only node that reads each node's output, if there is only one.
  let followers: [(any NodeSpec)?]
  let workspace = Workspace()
  /// Which part of a batch is computed at the moment.
  let position = BatchPosition()
  let parameters: ParameterStore
  /// The memory that layers keep between their passes.
  let state = Arena()
  /// The memory of the buffers, which are saved.
  let savedState = Arena()
  private(set) var buffers: [(name: String, value: Tensor, initial: Float, node: Int)] = []
  /// The gradients of layers that share their weights with an earlier one, to be added to that one's.
  private(set) var sharedGradients: [(from: Tensor, into: Parameter)] = []
  /// The parameters whose layers do not add up the gradients of a batch's parts themselves.
  private(set) var overwritten: [Parameter] = []
  /// The batch of shards that is computed at the moment; nil where a batch is whole or comes in parts.
  var shardedBatch: ShardedBatch?
  /// The parameters that layers asked for, in that order, each with the gradient that the layer fills, and whether the layer itself
  /// adds the gradients of a batch's shards up.
  private(set) var uses: [(parameter: Parameter, sumsShards: Bool)] = []
  /// What does not fit between layers that share weights.
  private(set) var problem: BuildError?

  init(batch: Int, seed: UInt64, kernels: Kernels, shared: SharedWeights? = nil, of graph: Graph) {
    (self.batch, self.seed, self.kernels, self.shared) = (batch, seed, kernels, shared)
    (nextActivations, followers) = (graph.nextActivations, graph.followers)
    parameters = ParameterStore(kernels: kernels)
  }

  func parameter(
    _ name: String, _ shape: Shape, _ initializer: Initializer, fanIn: Int, decays: Bool, sumsParts: Bool,
    sumsShards: Bool, of node: Graph.Node
  ) -> Parameter {
    if let shared {
      let parameter = Parameter(name, shared.tensor(name, shape), decays: decays, node: node.index)
      if node.name == node.weights { parameters.add(parameter) }
      uses.append((parameter, sumsShards))
      return parameter
    }
    let parameter = claim(name, shape, initializer, fanIn: fanIn, decays: decays, of: node)
    if !sumsParts { overwritten.append(parameter) }
    uses.append((parameter, sumsShards))
    return parameter
  }

  private func claim(
    _ name: String, _ shape: Shape, _ initializer: Initializer, fanIn: Int, decays: Bool, of node: Graph.Node
  ) -> Parameter {
    let initializer = initializer == .automatic ? nextActivations[node.index] ?? .he : initializer
    guard node.name != node.weights else {
      return parameters.claim(name, shape, initializer, fanIn: fanIn, decays: decays, node: node.index)
    }
    guard let shared = parameters.all.first(where: { $0.name == name }), shared.value.shape == shape else {
      let other = parameters.all.first { $0.name == name }.map { "is \($0.value.shape)" } ?? "is none of its parameters"
      problem =
        problem
        ?? BuildError(
          layer: node.name, reason: "it would share \(name) (\(shape)), which \(other) where it was used first")
      return parameters.claim(name, shape, initializer, fanIn: fanIn, decays: decays, node: node.index)
    }
    let gradient = Tensor(shape, state.claim(Float.self, count: shape.count))
    sharedGradients.append((gradient, shared))
    return shared.withGradient(gradient)
  }

  func buffer(_ name: String, _ shape: Shape, filledWith initial: Float, of node: Graph.Node) -> Tensor {
    if node.name != node.weights, let shared = buffers.first(where: { $0.name == name }), shared.value.shape == shape {
      return shared.value
    }
    let tensor = shared?.tensor(name, shape) ?? Tensor(shape, savedState.claim(Float.self, count: shape.count))
    buffers.append((name, tensor, initial, node.index))
    return tensor
  }

  /// What has been claimed so far.
  var bytes: Int { [state.bytes, savedState.bytes, parameters.bytes].max() ?? 0 }

  /// The parameters, then the buffers, as far as they have been claimed.
  var tensors: [NamedShape] {
    parameters.all.map { ($0.name, $0.value.shape) } + buffers.map { ($0.name, $0.value.shape) }
  }

  /// The memory of all that was claimed.
  var memory: NetworkMemory {
    let own = parameters.memory
    let weights = shared.map { $0.isSealed ? [] : $0.bytes } ?? []
    return NetworkMemory(
      weights: [own.values, savedState.bytes] + weights, gradients: [own.gradients],
      layers: [state.bytes, workspace.reserved])
  }

  /// Puts everything into the order of the design and allocates it.
  func allocate() {
    buffers = buffers.enumerated().sorted { ($0.element.node, $0.offset) < ($1.element.node, $1.offset) }.map(\.element)
    parameters.allocate()
    state.allocate()
    savedState.allocate()
  }
}
