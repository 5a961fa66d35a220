import KobaiPreconditions

/// A network, built: its layers with all their memory, ready to run forward and backward.
///
/// Built for a largest batch, it takes any smaller one. Running it allocates nothing.
///
/// ```swift
/// let network = try Network(input: [1, 28, 28], batch: 100, SimpleConvNet())
/// let logits = try network.forward(images, .inference)
/// ```
public final class Network {
  /// A layer as it runs, which may be several layers of the design that are fused (see ``Fusion``).
  struct Element {
    let layer: any Layer
    let parameters: Range<Int>  // the indices of its parameters in the store
    let members: [Member]
  }

  /// A layer of the design: its name, its spec and the shape of its output.
  struct Member {
    let name: String
    let spec: any LayerSpec
    let output: Shape
  }

  /// The shape of one sample of the input.
  public let input: Shape
  /// The largest batch.
  public let batch: Int
  /// The seed of the first weights and of dropout.
  public let seed: UInt64
  let elements: [Element]
  /// Everything that is trained, with its gradients.
  public let parameters: ParameterStore
  /// What is saved with the parameters but not trained, such as running statistics.
  public let buffers: [(name: String, value: Tensor)]
  /// The kernels that the layers compute with.
  public let kernels: Kernels
  /// The gradient of the input after ``backward()``, if it was asked for.
  public let inputGradient: Tensor?

  private let initialBuffers: [Float]
  private let outputs: [Tensor?]  // for the largest batch; nil where a layer's is a view of the network's input
  private let gradients: [Tensor]  // the gradients of each layer's output
  private var current: Tensor?  // the input of the last forward pass
  /// Whether the weights are prepared for inference, and must not change: see ``freeze()``.
  public private(set) var isFrozen = false

  /// Builds the layers for inputs of the given shape and batches of at most `batch`, and draws their first weights.
  ///
  /// - Parameters:
  ///   - input: one sample: [channels, height, width] or [elements].
  ///   - batch: the largest number of samples at a time.
  ///   - architecture: the layers, such as a ``Sequential`` or ``SimpleConvNet``.
  ///   - seed: the seed of the first weights and of dropout.
  ///   - kernels: the kernels to compute with.
  ///   - inputGradient: whether ``backward()`` goes down to the input.
  ///   - fuses: whether layers may be fused, which computes the same bits. A layer that is fused with the one before it has
  ///     no object of its own.
  /// - Throws: ``BuildError``, which names the layer that does not fit.
  public init(
    input: Shape, batch: Int, _ architecture: some Architecture, seed: UInt64 = 0, kernels: Kernels = .default,
    inputGradient: Bool = false, fuses: Bool = true
  ) throws(BuildError) {
    guard batch > 0 else { throw BuildError(layer: "network", reason: "a batch of \(batch) holds nothing") }
    let sequence = architecture.layers.elements
    guard !sequence.isEmpty else { throw BuildError(layer: "network", reason: "it has no layers") }
    let parameters = ParameterStore(kernels: kernels)
    let state = Arena()
    let workspace = Workspace()
    var elements: [Element] = []
    var buffers: [(name: String, value: Tensor, initial: Float)] = []
    var shape = input
    var index = 0
    while index < sequence.count {
      let (name, spec) = sequence[index]
      let scope = BuildScope(
        layer: name, index: index, batch: batch, kernels: kernels, workspace: workspace, seed: seed,
        parameters: parameters, state: state,
        nextActivation: sequence[(index + 1)...].lazy.compactMap(\.spec.preferredInitializer).first)
      let first = parameters.all.count
      let layer: any Layer
      var members: [Member] = []
      if fuses, let fused = try Fusion.build(sequence, at: index, input: shape, in: scope) {
        layer = fused.layer
        members = zip(sequence[index...], fused.outputs).map { Member(name: $0.name, spec: $0.spec, output: $1) }
      } else {
        layer = try spec.build(shape, in: scope)
        members = [Member(name: name, spec: spec, output: layer.output)]
      }
      shape = layer.output
      index += members.count
      buffers += scope.buffers
      elements.append(Element(layer: layer, parameters: first..<parameters.all.count, members: members))
    }
    (self.input, self.batch, self.seed, self.kernels) = (input, batch, seed, kernels)
    (self.elements, self.parameters) = (elements, parameters)
    self.buffers = buffers.map { ($0.name, $0.value) }
    initialBuffers = buffers.map(\.initial)
    parameters.allocate()
    state.allocate()
    let plan = ActivationPlan(input: input, batch: batch, elements.map(\.layer), inputGradient: inputGradient)
    (outputs, gradients, self.inputGradient) = (plan.outputs, plan.gradients, plan.inputGradient)
    initialize(seed: seed)
  }

  /// The shape of one sample of the output.
  public var output: Shape { elements[elements.count - 1].layer.output }

  /// The layer of that name; nil where there is none, or where it is fused with the one before it.
  public subscript(name: String) -> (any Layer)? { elements.first { $0.members[0].name == name }?.layer }

  /// Draws the first weights anew and resets the running statistics. The network must not be frozen.
  public func initialize(seed: UInt64) {
    requireThawed()
    parameters.initialize(seed: seed)
    for (buffer, initial) in zip(buffers, initialBuffers) { buffer.value.fill(initial) }
  }

  /// Runs the layers on `x` (batch, input). The result stays valid until the next forward pass; `x` must stay as it
  /// is until ``backward()`` is done.
  ///
  /// - Parameters:
  ///   - x: at most ``batch`` samples.
  ///   - mode: whether the pass trains.
  ///   - observe: called with the output of each layer as soon as it is computed; other layers use its memory later. The
  ///     output of fused layers has the name of the last of them.
  /// - Throws: `KernelError` for a tensor of another shape, and what `observe` throws.
  @discardableResult
  public func forward(
    _ x: Tensor, _ mode: Mode = .inference, observe: ((_ name: String, _ output: Tensor) throws -> Void)? = nil
  ) throws -> Tensor {
    let count = x.shape.rank > 0 ? x.shape[0] : 0
    guard count > 0 && count <= batch && x.shape == input.batched(count) else {
      throw KernelError.invalid(
        kernel: "network", reason: "it takes up to \(batch) samples of \(input), not a tensor of \(x.shape)")
    }
    if mode.isTraining { requireThawed() }
    current = x
    var value = x
    for i in elements.indices {
      let y = output(i, of: x)
      try elements[i].layer.forward(value, into: y, mode)
      if let observe { try observe(elements[i].members[elements[i].members.count - 1].name, y) }
      value = y
    }
    return value
  }

  /// Where the gradient of the output goes: a loss fills it between ``forward(_:_:observe:)`` and ``backward()``.
  public var outputGradient: Tensor {
    gradients[gradients.count - 1].prefix(current?.shape[0] ?? batch)
  }

  /// Runs the layers backward from ``outputGradient`` and overwrites the gradient of every parameter that is trained
  /// (``Tuning``). It ends at the lowest layer that has one.
  public func backward() throws {
    guard let input = current else { fatalError("backward() comes after forward(_:_:)") }
    let count = input.shape[0]
    let lowest = lowestTrained
    for i in stride(from: elements.count - 1, through: lowest, by: -1) {
      let x = i > 0 ? output(i - 1, of: input) : input
      let dx = i > lowest ? gradients[i - 1].prefix(count) : i > 0 ? nil : inputGradient?.prefix(count)
      try elements[i].layer.backward(gradients[i].prefix(count), x: x, y: output(i, of: input), into: dx)
    }
  }

  /// The lowest layer that the backward pass has to reach; beyond the last where there is nothing to train.
  private var lowestTrained: Int {
    if inputGradient != nil { return 0 }
    guard let parameter = parameters.firstTrainable else { return elements.count }
    for i in elements.indices where elements[i].parameters.contains(parameter) { return i }
    return elements.count
  }

  /// Prepares the weights for inference: each layer packs them once, and not in every forward pass. Single samples gain
  /// most. The bits stay the same. Until ``thaw()`` the weights must not change, and the network does not train.
  public func freeze() throws {
    isFrozen = true
    for element in elements { try element.layer.freeze() }
  }

  /// Lets the weights change again.
  public func thaw() {
    for element in elements { element.layer.thaw() }
    isFrozen = false
  }

  func requireThawed() {
    require(!isFrozen, "a frozen network keeps its weights and does not train: thaw() it first")
  }

  /// Where layer i's output for this input lies.
  private func output(_ i: Int, of input: Tensor) -> Tensor {
    let count = input.shape[0]
    return outputs[i]?.prefix(count) ?? input.reshaped(elements[i].layer.output.batched(count))
  }
}
