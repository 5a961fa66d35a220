/// Where the outputs of a network's layers and their gradients lie: in one arena, in which those that are not needed at
/// the same time share memory.
///
/// Time runs through the forward passes 0 ..< n, the loss at n, and the backward passes of layer n − 1 at n + 1 down
/// to layer 0 at 2n. An output is nil where it is a view of the network's input.
struct ActivationPlan {
  private(set) var outputs: [Tensor?] = []
  private(set) var gradients: [Tensor] = []
  private(set) var inputGradient: Tensor?

  init(input: Shape, batch: Int, _ layers: [any Layer], inputGradient wantsInputGradient: Bool) {
    let n = layers.count
    func backwardStep(_ layer: Int) -> Int { 2 * n - layer }
    func bytes(_ layer: Int) -> Int { layers[layer].output.count * batch * MemoryLayout<Float>.stride }

    // A layer that may work in place writes its output to its input's slot, unless a backward pass still reads that.
    var requests: [MemoryPlanner.Request] = []
    var outputSlot: [Int?] = []  // nil stands for the network's own input, which is the caller's
    var isRead = true  // whether a backward pass reads the value that the next layer gets
    var slot: Int?
    for (i, layer) in layers.enumerated() {
      let readsInput = layer.retained.contains(.input)
      let readsOutput = layer.retained.contains(.output)
      if let slot {
        requests[slot].last = max(requests[slot].last, readsInput ? backwardStep(i) : i)
      }
      switch layer.placement {
      case .view:
        isRead = isRead || readsInput || readsOutput
      case .inPlace where slot != nil && !isRead && !readsInput:
        isRead = readsOutput
      case .inPlace, .separate:
        requests.append(.init(bytes: bytes(i), first: i, last: i))
        slot = requests.count - 1
        isRead = readsOutput
      }
      outputSlot.append(slot)
      if let slot, readsOutput { requests[slot].last = max(requests[slot].last, backwardStep(i)) }
    }
    if let slot { requests[slot].last = 2 * n }  // the caller reads the result

    // Gradients are planned from the loss down; a layer that works in place overwrites its output's gradient with its
    // input's.
    var gradientSlot = [Int](repeating: 0, count: n)
    requests.append(.init(bytes: bytes(n - 1), first: n, last: n))
    var gradient = requests.count - 1
    var inputSlot: Int?
    for i in layers.indices.reversed() {
      gradientSlot[i] = gradient
      requests[gradient].last = backwardStep(i)
      guard i > 0 || wantsInputGradient else { break }
      if layers[i].placement == .separate {
        let size = i > 0 ? bytes(i - 1) : input.count * batch * MemoryLayout<Float>.stride
        requests.append(.init(bytes: size, first: backwardStep(i), last: backwardStep(i)))
        gradient = requests.count - 1
      }
      if i == 0 {
        requests[gradient].last = 2 * n
        inputSlot = gradient
      }
    }

    let plan = MemoryPlanner.plan(requests)
    let arena = Arena()
    let memory = arena.claim(UInt8.self, count: plan.bytes)
    arena.allocate()
    func tensor(_ slot: Int, _ shape: Shape) -> Tensor {
      let shape = shape.batched(batch)
      return Tensor(
        shape, Buffer(arena: memory.arena, offset: memory.offset + plan.offsets[slot], count: shape.count))
    }
    for i in layers.indices {
      outputs.append(outputSlot[i].map { tensor($0, layers[i].output) })
      gradients.append(tensor(gradientSlot[i], layers[i].output))
    }
    inputGradient = inputSlot.map { tensor($0, input) }
  }
}
