/// The places of a network's values and their gradients in one arena, in which those that are not needed at the same time share
/// memory; none of it is allocated yet.
///
/// Time runs through the forward passes 0 ..< n, the loss at n, and the backward passes of node n − 1 at n + 1 down to node
/// 0 at 2n.
struct ActivationLayout {
  let values: ValuePlan
  let gradients: GradientPlan
  fileprivate let plan: MemoryPlanner.Plan

  /// The size of the arena.
  var bytes: Int { plan.bytes }

  /// - Parameters:
  ///   - topology: who computes what from what.
  ///   - batch: the largest number of samples.
  ///   - isInference: whether there are no backward passes: values need memory only until the last node has read them.
  ///   - inputGradient: whether there are gradients of the inputs.
  init(_ topology: Topology, batch: Int, isInference: Bool, inputGradient: Bool) {
    var requests: [MemoryPlanner.Request] = []
    values = ValuePlan(topology, batch: batch, isInference: isInference, &requests)
    gradients =
      isInference
      ? GradientPlan(ofNone: topology)
      : GradientPlan(topology, batch: batch, inputGradient: inputGradient, &requests)
    plan = MemoryPlanner.plan(requests)
  }
}

/// Where the values of a network and their gradients lie.
struct ActivationPlan {
  /// The values by index, for the largest batch; nil where one is a view of a network's input.
  let values: [Tensor?]
  /// The values that are views of each input of the network, itself included.
  let inputViews: [[Int]]
  /// All gradients; ``gradients`` says whose they are.
  let gradientTensors: [Tensor]
  let gradients: GradientPlan

  /// Allocates what was laid out.
  init(_ layout: ActivationLayout, _ topology: Topology, batch: Int) {
    let (values, gradients, plan) = (layout.values, layout.gradients, layout.plan)
    let arena = Arena()
    let memory = arena.claim(UInt8.self, count: plan.bytes)
    arena.allocate()
    func tensor(_ slot: Int, _ shape: Shape) -> Tensor {
      let shape = shape.batched(batch)
      return Tensor(
        shape, Buffer(arena: memory.arena, offset: memory.offset + plan.offsets[slot], count: shape.count))
    }
    self.values = values.slots.enumerated().map { value, slot in slot.map { tensor($0, topology.shapes[value]) } }
    inputViews = topology.inputs.map { input in values.views(of: input, topology) }
    gradientTensors = gradients.entries.map { tensor($0.slot, topology.shapes[$0.value]) }
    self.gradients = gradients
  }
}

/// What the plans need to know of a network: who computes what from what.
struct Topology {
  let nodes: [Node]
  /// The shape of one sample of each value.
  let shapes: [Shape]
  let inputs: [Int]  // values
  let outputs: [Int]  // values
  /// The nodes that read each value, and the value's place among their inputs, in the order of the nodes.
  let consumers: [[(node: Int, operand: Int)]]

  init(_ nodes: [Node], shapes: [Shape], inputs: [Int], outputs: [Int]) {
    (self.nodes, self.shapes, self.inputs, self.outputs) = (nodes, shapes, inputs, outputs)
    var consumers = [[(node: Int, operand: Int)]](repeating: [], count: shapes.count)
    for (i, node) in nodes.enumerated() {
      for (operand, value) in node.inputs.enumerated() { consumers[value].append((i, operand)) }
    }
    self.consumers = consumers
  }

  /// When the backward pass of a node runs.
  func backwardStep(_ node: Int) -> Int { 2 * nodes.count - node }

  /// Whether the gradient of each value is needed: something is trained before it, or it is that of an input.
  func needed(inputGradient: Bool, isTrained: (Node) -> Bool) -> [Bool] {
    var isNeeded = [Bool](repeating: false, count: shapes.count)
    for input in inputs { isNeeded[input] = inputGradient }
    for node in nodes { isNeeded[node.output] = isTrained(node) || node.inputs.contains { isNeeded[$0] } }
    return isNeeded
  }

  func bytes(of value: Int, batch: Int) -> Int { shapes[value].count * batch * MemoryLayout<Float>.stride }
}

/// The memory of a network's values: which slot each lies in, and when the slots are needed.
///
/// A node that may work in place writes to its input's slot, unless somebody else reads that: another node, the caller, or
/// a backward pass.
struct ValuePlan {
  private(set) var slots: [Int?]  // by value; nil: in the memory of a network's input, which is the caller's

  init(_ topology: Topology, batch: Int, isInference: Bool, _ requests: inout [MemoryPlanner.Request]) {
    let (n, count) = (topology.nodes.count, topology.shapes.count)
    slots = [Int?](repeating: nil, count: count)
    var isRead = [Bool](repeating: true, count: count)  // whether a backward pass reads the value
    var isShared = (0..<count).map { topology.consumers[$0].count > 1 || topology.outputs.contains($0) }
    for (i, node) in topology.nodes.enumerated() {
      let (operation, y) = (node.operation, node.output)
      let retained = isInference ? [] : operation.retained
      let (readsInput, readsOutput) = (retained.contains(.input), retained.contains(.output))
      for x in node.inputs {
        guard let slot = slots[x] else { continue }
        requests[slot].last = max(requests[slot].last, readsInput ? topology.backwardStep(i) : i)
      }
      let x = node.inputs[0]
      switch operation.placement {
      case .view:
        slots[y] = slots[x]
        isRead[y] = isRead[x] || readsInput || readsOutput
        isShared[y] = isShared[y] || isShared[x]
      case .inPlace where slots[x] != nil && !isRead[x] && !readsInput && !isShared[x]:
        slots[y] = slots[x]
        isRead[y] = readsOutput
      case .inPlace, .separate:
        requests.append(.init(bytes: topology.bytes(of: y, batch: batch), first: i, last: i))
        slots[y] = requests.count - 1
        isRead[y] = readsOutput
      }
      if let slot = slots[y], readsOutput { requests[slot].last = max(requests[slot].last, topology.backwardStep(i)) }
    }
    for output in topology.outputs {
      if let slot = slots[output] { requests[slot].last = 2 * n }  // the caller reads the result
    }
  }

  /// A value and those that lie in its memory only because their layers change its shape alone.
  func views(of value: Int, _ topology: Topology) -> [Int] {
    let next = topology.consumers[value].map { topology.nodes[$0.node] }
      .filter { if case .view = $0.operation.placement { true } else { false } }
    return [value] + next.flatMap { views(of: $0.output, topology) }
  }
}
