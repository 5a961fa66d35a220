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
  /// The name and the shape of one sample of each input.
  public let inputs: [(name: String, shape: Shape)]
  /// The name and the shape of one sample of each output.
  public let outputs: [(name: String, shape: Shape)]
  /// The largest batch.
  public let batch: Int
  /// The seed of the first weights and of dropout.
  public let seed: UInt64
  /// The layers and merges that were asked for, in order, and the values between them.
  public let design: Design
  /// What the design was made from.
  let graph: Graph
  /// What runs: fused layers are one node.
  let nodes: [Node]
  /// Everything that is trained, with its gradients.
  public let parameters: ParameterStore
  /// What is saved with the parameters but not trained, such as running statistics.
  public let buffers: [(name: String, value: Tensor)]
  /// The kernels that the layers compute with.
  public let kernels: Kernels

  private let initialBuffers: [Float]
  private let savedState: Arena  // of the buffers
  let sharedGradients: [(from: Tensor, into: Parameter)]
  let parts: PartialGradients
  let construction: Construction
  let topology: Topology
  let plan: ActivationPlan
  var count = 0  // the samples that the tensors below are cut to
  var values: [Tensor] = []
  var gradients: [Tensor?] = []  // the last one is nil: that of what needs none
  let wantsInputGradient: Bool
  var isNeeded: [Bool] = []  // by value: whether a backward pass needs its gradient
  var knownTunings: Int?  // for which that is known
  var isReady = false  // whether a forward pass has been run
  var mode = Mode.inference  // of the last forward pass
  /// Whether the weights are prepared for inference, and must not change: see ``freeze()``.
  public private(set) var isFrozen = false

  /// Builds the layers for inputs of the given shape and batches of at most `batch`, and draws their first weights.
  ///
  /// - Parameters:
  ///   - input: one sample: [channels, height, width] or [elements].
  ///   - batch: the largest number of samples at a time.
  ///   - layers: the layers in order.
  ///   - seed: the seed of the first weights and of dropout.
  ///   - kernels: the kernels to compute with.
  ///   - inputGradient: whether ``backward()`` goes down to the input.
  ///   - fuses: whether layers may be fused, which computes the same bits. A layer that is fused with the one before it has
  ///     no object of its own.
  /// - Throws: ``BuildError``, which names the layer that does not fit.
  public convenience init(
    input: Shape, batch: Int, _ layers: Sequential, seed: UInt64 = 0, kernels: Kernels = .default,
    inputGradient: Bool = false, fuses: Bool = true
  ) throws(BuildError) {
    try self.init(
      Graph(of: layers, input: input), batch: batch, seed: seed, kernels: kernels, inputGradient: inputGradient,
      fuses: fuses)
  }

  /// The same for any part, such as an architecture of a fixed kind: ``SimpleConvNet``.
  public convenience init(
    input: Shape, batch: Int, _ part: some Part, seed: UInt64 = 0, kernels: Kernels = .default,
    inputGradient: Bool = false, fuses: Bool = true
  ) throws(BuildError) {
    try self.init(
      Graph(of: part, input: input), batch: batch, seed: seed, kernels: kernels, inputGradient: inputGradient,
      fuses: fuses)
  }

  /// The same for a graph, which says itself what its inputs are.
  public convenience init(
    _ graph: Graph, batch: Int, seed: UInt64 = 0, kernels: Kernels = .default, inputGradient: Bool = false,
    fuses: Bool = true
  ) throws(BuildError) {
    try self.init(
      Blueprint(graph, batch: batch, seed: seed, kernels: kernels, inputGradient: inputGradient, fuses: fuses))
  }

  /// Builds what a blueprint plans, and draws the first weights.
  ///
  /// - Throws: ``BuildError`` where there is not that much memory.
  package convenience init(_ blueprint: Blueprint) throws(BuildError) {
    try self.init(undrawn: blueprint)
    initialize(seed: seed)
  }

  /// The same without any weights yet.
  init(undrawn blueprint: Blueprint) throws(BuildError) {
    try blueprint.memory.check()
    let (graph, design, construction) = (blueprint.graph, blueprint.design, blueprint.construction)
    construction.allocate()
    (topology, batch) = (blueprint.topology, construction.batch)
    plan = ActivationPlan(blueprint.layout, topology, batch: batch)
    wantsInputGradient = blueprint.wantsInputGradient
    (self.graph, self.design, nodes) = (graph, design, topology.nodes)
    (seed, kernels) = (construction.seed, construction.kernels)
    inputs = graph.inputs.map { ($0.name, $0.shape) }
    outputs = graph.outputs.map { ($0.name, design.shapes[$0.value.index]) }
    parameters = construction.parameters
    buffers = construction.buffers.map { ($0.name, $0.value) }
    initialBuffers = construction.buffers.map(\.initial)
    savedState = construction.savedState
    sharedGradients = construction.sharedGradients
    (parts, self.construction) = (PartialGradients(construction), construction)
    values = plan.values.map { $0 ?? Tensor([0]) }
    gradients = plan.gradientTensors + [nil]
    cut(to: batch)
  }

  /// The shape of one sample of the input; of the first one where there are several.
  public var input: Shape { inputs[0].shape }

  /// The shape of one sample of the output; of the first one where there are several.
  public var output: Shape { outputs[0].shape }

  /// The layer of that name; nil where there is none, or where it is fused with the one before it.
  public subscript(name: String) -> (any Layer)? {
    guard case .layer(let layer) = nodes.first(where: { $0.members[0].name == name })?.operation else { return nil }
    return layer
  }

  /// Draws the first weights anew and resets the running statistics. The network must not be frozen.
  public func initialize(seed: UInt64) {
    parameters.initialize(seed: seed)
    for (buffer, initial) in zip(buffers, initialBuffers) { buffer.value.fill(initial) }
  }

  /// Runs the layers on `x` (batch, input). The result stays valid until the next forward pass; `x` must stay as it
  /// is until ``backward()`` is done.
  ///
  /// A batch that is larger than the network's memory comes in parts (gradient accumulation): after a forward and a backward
  /// pass for each, one after the other, the gradients are those of the whole batch, to the bit; before the last they are not
  /// to be used. Parts differ from the whole where a layer mixes samples, as ``BatchNorm`` does, and by rounding where the
  /// kernels' precision is below `highest` or a layer does not let its sums go on (``BuildScope/batchSums(rows:)``).
  ///
  /// ```swift
  /// for first in stride(from: 0, to: labels.count, by: network.batch) {
  ///   let samples = first..<min(first + network.batch, labels.count)
  ///   let logits = try network.forward(
  ///     images.slice(samples), .training(step: step), part: BatchPart(first: first, of: labels.count))
  ///   _ = try loss.evaluate(
  ///     logits, .classes(labels.slice(samples)), divisor: Double(labels.count), gradient: network.outputGradient,
  ///     on: network.kernels)
  ///   try network.backward()
  /// }
  /// try optimizer.step(network.parameters)
  /// ```
  ///
  /// - Parameters:
  ///   - x: at most ``batch`` samples.
  ///   - mode: whether the pass trains.
  ///   - part: which part of a batch `x` is; nil for all of it.
  ///   - observe: called with the output of each layer as soon as it is computed; other layers use its memory later. The
  ///     output of fused layers has the name of the last of them.
  /// - Returns: the output; the first one where there are several.
  /// - Throws: `KernelError` for a tensor of another shape, and what `observe` throws.
  @discardableResult
  public func forward(
    _ x: Tensor, _ mode: Mode = .inference, part: BatchPart? = nil,
    observe: ((_ name: String, _ output: Tensor) throws -> Void)? = nil
  ) throws -> Tensor {
    guard inputs.count == 1 else { throw wrongInputs(1) }
    let count = x.shape.rank > 0 ? x.shape[0] : 0
    try begin(count, mode, part)
    try give(0, x)
    return try run(mode, observe)
  }

  /// The same for a network with several inputs, in the order of ``inputs``. The outputs are those of
  /// ``outputValue(_:)``.
  @discardableResult
  public func forward(
    _ xs: [Tensor], _ mode: Mode = .inference, part: BatchPart? = nil,
    observe: ((_ name: String, _ output: Tensor) throws -> Void)? = nil
  ) throws -> Tensor {
    guard xs.count == inputs.count else { throw wrongInputs(xs.count) }
    let count = xs[0].shape.rank > 0 ? xs[0].shape[0] : 0
    try begin(count, mode, part)
    for i in xs.indices { try give(i, xs[i]) }
    return try run(mode, observe)
  }

  /// The same for the samples of one process of a batch that several share out in shards (``ShardedNetwork``).
  func forward(_ x: Tensor, _ mode: Mode, shardsFrom part: BatchPart) throws -> Tensor {
    try begin(x.shape[0], mode, nil)
    construction.position.part = part
    try give(0, x)
    return try run(mode, nil)
  }

  /// An output of the last forward pass, by its place in ``outputs``. It stays valid until the next one.
  public func outputValue(_ i: Int) -> Tensor { values[topology.outputs[output(i)]] }

  /// Where the gradient of the output goes: a loss fills it between `forward(_:_:observe:)` and ``backward()``. Where there
  /// are several outputs, it is that of the first one.
  public var outputGradient: Tensor { outputGradient(0) }

  /// Where the gradient of an output goes, by its place in ``outputs``. All of them must be filled before ``backward()``;
  /// an output that no loss looks at has a gradient of zeros.
  public func outputGradient(_ i: Int) -> Tensor { gradient(plan.gradients.outputs[output(i)]) }

  /// The gradient of the input after ``backward()``, if it was asked for, cut to the last batch; that of the first input
  /// where there are several.
  public var inputGradient: Tensor? { inputGradient(0) }

  /// The gradient of an input, by its place in ``inputs``.
  public func inputGradient(_ i: Int) -> Tensor? {
    require(inputs.indices.contains(i), "input \(i) of \(inputs.count)")
    return gradients[plan.gradients.inputs[i]]
  }

  /// Runs the layers backward from ``outputGradient`` and overwrites the gradient of every parameter that is trained
  /// (``Tuning``). It goes no further than there are any, or to the input where its gradient was asked for.
  ///
  /// - Throws: `KernelError` where the last forward pass was one of inference and a layer needs what only training keeps, and
  ///   where it was for a part of a batch that the parts before do not lead up to.
  public func backward() throws {
    try prepareBackward()
    try parts.begin()
    try runBackward { i, dy in try differentiate(i, dy) }
    guard try parts.end(count) else { return }
    try addSharedGradients()
  }

  /// Adds the gradients of layers that share their weights with an earlier one to that one's.
  func addSharedGradients() throws(KernelError) {
    for i in sharedGradients.indices {
      let (from, into) = sharedGradients[i]
      guard into.tuning.isTrainable else { continue }
      try kernels.add(into.gradient.span, from.span, into: into.gradient.mutableSpan)
    }
  }

  /// Prepares the weights for inference: each layer packs them once, and not in every forward pass. Single samples gain
  /// most. A batch normalisation that is fused with the convolution before it is folded into that one's weights, so that
  /// outputs round differently; otherwise the bits stay the same. Until ``thaw()`` the network does not train, and to change
  /// its weights is a programmer's error.
  public func freeze() throws { try freeze { _ in } }

  /// The same, with what has to happen before each node is prepared.
  func freeze(before: (Node) throws -> Void) throws {
    setFrozen(true)
    for node in nodes {
      try before(node)
      try node.operation.freeze()
    }
  }

  /// Lets the weights change again.
  public func thaw() {
    for node in nodes { node.operation.thaw() }
    setFrozen(false)
  }

  private func setFrozen(_ isFrozen: Bool) {
    self.isFrozen = isFrozen
    parameters.isLocked = isFrozen
    savedState.isLocked = isFrozen
  }
}
