import KobaiKernels
import KobaiPreconditions

// The steps of a forward and a backward pass.
extension Network {
  /// Makes all tensors as large as the batch that comes.
  func begin(_ count: Int, _ mode: Mode, _ part: BatchPart?) throws {
    guard count > 0 && count <= batch else {
      let shapes = inputs.map { $0.shape.description }.joined(separator: " and ")
      throw KernelError.invalid(
        kernel: "network", reason: "it takes up to \(batch) samples of \(shapes), not \(max(count, 0))")
    }
    if mode.isTraining && isFrozen {
      throw KernelError.invalid(kernel: "network", reason: "a frozen network does not train; thaw() it first")
    }
    try parts.take(part, count)
    if count != self.count { cut(to: count) }
    (self.mode, isReady) = (mode, true)
  }

  /// Takes a tensor as the network's input number i, with all values that are views of it.
  func give(_ i: Int, _ x: Tensor) throws {
    let shape = inputs[i].shape.batched(count)
    guard x.shape == shape else {
      throw KernelError.invalid(kernel: "network", reason: "\(inputs[i].name) is \(shape), not a tensor of \(x.shape)")
    }
    let views = plan.inputViews[i]
    values[views[0]] = x
    for j in 1..<views.count { values[views[j]] = x.reshaped(topology.shapes[views[j]].batched(count)) }
  }

  func run(_ mode: Mode, _ observe: ((String, Tensor) throws -> Void)?) throws -> Tensor {
    for i in nodes.indices {
      let y = values[nodes[i].output]
      switch nodes[i].operation {
      case .layer(let layer): try layer.forward(values[nodes[i].inputs[0]], into: y, mode)
      case .merge(let merge): try merge.forward(Selection(values, at: nodes[i].inputs), into: y, mode)
      }
      if let observe { try observe(nodes[i].name, y) }
    }
    return values[topology.outputs[0]]
  }

  func prepareBackward() throws {
    require(isReady, "backward() comes after forward(_:_:)")
    if !mode.isTraining, let node = nodes.first(where: { $0.operation.backwardNeedsTraining }) {
      throw KernelError.invalid(
        kernel: "network",
        reason: "\(node.name) has no gradient after a pass of inference; call forward(x, .training(step: 0)) before it")
    }
    findNeeded()
  }

  /// Calls `body` with every node whose output's gradient is needed, the last one first, and with that gradient.
  func runBackward(_ body: (_ node: Int, _ dy: Tensor) throws -> Void) throws {
    // Iterators would allocate memory in debug builds.
    for i in plan.gradients.lossSums.indices { try add(plan.gradients.lossSums[i]) }
    for i in stride(from: nodes.count - 1, through: 0, by: -1) {
      guard let dy = plan.gradients.passes[i].output, runsBackward(i) else { continue }
      try body(i, gradient(dy))
      for j in plan.gradients.passes[i].sums.indices { try add(plan.gradients.passes[i].sums[j]) }
    }
  }

  /// Whether a backward pass comes to a node (``findNeeded()`` goes before).
  func runsBackward(_ i: Int) -> Bool { plan.gradients.passes[i].output != nil && isNeeded[nodes[i].output] }

  /// Runs one node backward.
  func differentiate(_ i: Int, _ dy: Tensor) throws {
    let output = nodes[i].output
    switch nodes[i].operation {
    case .layer(let layer):
      let input = nodes[i].inputs[0]
      try layer.backward(
        dy, x: values[input], y: values[output],
        into: isNeeded[input] ? gradients[plan.gradients.passes[i].inputs[0]] : nil)
    case .merge(let merge):
      try merge.backward(
        dy, xs: Selection(values, at: nodes[i].inputs), y: values[output],
        into: Selection(gradients, at: plan.gradients.passes[i].inputs))
    }
  }

  /// Lets a node whose samples depend on each other add up what it needs of all shards.
  func sumShards(_ i: Int, _ dy: Tensor) throws {
    guard let mixing = nodes[i].operation.mixing else { return }
    let inputGradients = plan.gradients.passes[i].inputs
    let dxs = nodes[i].inputs.indices.map { k in isNeeded[nodes[i].inputs[k]] ? gradients[inputGradients[k]] : nil }
    try mixing.sumShards(
      dy, Selection(values, at: nodes[i].inputs), y: values[nodes[i].output],
      into: Selection(dxs, at: Array(dxs.indices)))
  }

  /// Runs one node backward for some of the samples.
  func differentiate(_ i: Int, _ dy: Tensor, shard: Range<Int>) throws {
    construction.position.shard = shard
    defer { construction.position.shard = nil }
    let output = nodes[i].output
    let inputGradients = plan.gradients.passes[i].inputs
    switch nodes[i].operation {
    case .layer(let layer):
      let input = nodes[i].inputs[0]
      try layer.backward(
        dy.slice(shard), x: values[input].slice(shard), y: values[output].slice(shard),
        into: isNeeded[input] ? gradients[inputGradients[0]]?.slice(shard) : nil)
    case .merge(let merge):
      let (xs, dxs) = (
        nodes[i].inputs.map { values[$0].slice(shard) }, inputGradients.map { gradients[$0]?.slice(shard) }
      )
      try merge.backward(
        dy.slice(shard), xs: Selection(xs, at: Array(xs.indices)), y: values[output].slice(shard),
        into: Selection(dxs, at: Array(dxs.indices)))
    }
  }

  func cut(to count: Int) {
    for i in values.indices { if let whole = plan.values[i] { values[i] = whole.prefix(count) } }
    for i in plan.gradientTensors.indices { gradients[i] = plan.gradientTensors[i].prefix(count) }
    self.count = count
  }

  /// Finds out which values' gradients the backward pass needs, where that may have changed.
  func findNeeded() {
    guard knownTunings != parameters.tunings else { return }
    knownTunings = parameters.tunings
    let trained = Set(parameters.all.filter { $0.tuning.isTrainable }.map(\.node))
    isNeeded = topology.needed(inputGradient: wantsInputGradient) { !trained.isDisjoint(with: $0.parameterNodes) }
  }

  func gradient(_ entry: Int) -> Tensor {
    guard let gradient = gradients[entry] else { fatalError("a gradient that was not planned") }
    return gradient
  }

  func add(_ sum: GradientPlan.Sum) throws {
    let total = gradient(sum.total)
    for i in 1..<sum.terms.count {
      let first = i == 1 ? gradient(sum.terms[0]) : total
      try kernels.add(first.span, gradient(sum.terms[i]).span, into: total.mutableSpan)
    }
  }

  func output(_ i: Int) -> Int {
    require(outputs.indices.contains(i), "output \(i) of \(outputs.count)")
    return i
  }

  func wrongInputs(_ count: Int) -> KernelError {
    let names = inputs.map(\.name).joined(separator: ", ")
    return .invalid(kernel: "network", reason: "it has \(inputs.count) inputs (\(names)), not \(count)")
  }
}
