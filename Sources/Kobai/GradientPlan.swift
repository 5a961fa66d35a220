/// The memory of the values' gradients, planned from the loss down.
///
/// Every node that reads a value makes a gradient of it, and so does the loss. Where these are several, they are added up in
/// the order of the design, whatever is fused, the loss's last, as soon as the last of them is there.
struct GradientPlan {
  /// A gradient of a value: one node's, the loss's, or the sum of all.
  struct Entry {
    let value: Int
    let slot: Int
  }

  /// What a node's backward pass reads and writes, as indices of ``entries``.
  struct Pass {
    /// The gradient of the output; nil where the node has nothing to do.
    var output: Int?
    /// The gradient of each input; the number of entries stands for one that nobody needs.
    var inputs: [Int]
    /// What is added up after the pass.
    var sums: [Sum] = []
  }

  /// total = ((terms[0] + terms[1]) + terms[2]) ...
  struct Sum {
    let total: Int
    let terms: [Int]
  }

  /// One of several gradients of a value.
  private struct Term {
    /// The node that makes it; the loss counts as node n.
    let node: Int
    let entry: Int
    /// Its place in the sum: that of the reader in the design, and of the value among its inputs.
    let order: (reader: Int, operand: Int)
  }

  private(set) var entries: [Entry] = []
  private(set) var passes: [Pass]
  /// What is added up before the first pass: the loss's gradients of values that are several outputs and nothing else.
  private(set) var lossSums: [Sum] = []
  /// The loss's gradients of the network's outputs, in their order.
  private(set) var outputs: [Int] = []
  /// The gradients of the network's inputs; the number of entries stands for one that nobody asked for.
  private(set) var inputs: [Int] = []
  private var isShared: [Bool]  // by slot: whether several gradients lie in it at once

  init(_ topology: Topology, batch: Int, inputGradient: Bool, _ requests: inout [MemoryPlanner.Request]) {
    let n = topology.nodes.count
    passes = topology.nodes.map { Pass(output: nil, inputs: [Int](repeating: Self.nobody, count: $0.inputs.count)) }
    isShared = [Bool](repeating: false, count: requests.count)
    let isNeeded = topology.needed(inputGradient: inputGradient) { !$0.parameterNodes.isEmpty }
    var terms = [[Term]](repeating: [], count: topology.shapes.count)
    for (i, output) in topology.outputs.enumerated() {
      outputs.append(separate(output, at: n, topology, batch, &requests))
      terms[output].append(Term(node: n, entry: outputs[i], order: (.max, i)))
    }
    for (i, node) in topology.nodes.enumerated().reversed() {
      guard isNeeded[node.output] else { continue }
      let step = topology.backwardStep(i)
      let dy = total(terms[node.output], of: node.output, topology, batch, &requests)
      passes[i].output = dy
      requests[entries[dy].slot].last = max(requests[entries[dy].slot].last, step)
      place(i, dy, isNeeded, topology, batch, &requests)
      for (operand, entry) in passes[i].inputs.enumerated() where entry != Self.nobody {
        terms[node.inputs[operand]].append(Term(node: i, entry: entry, order: (node.readers[operand], operand)))
      }
    }
    for input in topology.inputs {
      guard inputGradient, !terms[input].isEmpty else {
        inputs.append(Self.nobody)
        continue
      }
      let entry = total(terms[input], of: input, topology, batch, &requests)
      requests[entries[entry].slot].last = 2 * n
      inputs.append(entry)
    }
    for i in passes.indices {
      for operand in passes[i].inputs.indices where passes[i].inputs[operand] == Self.nobody {
        passes[i].inputs[operand] = entries.count
      }
    }
    for i in inputs.indices where inputs[i] == Self.nobody { inputs[i] = entries.count }
  }

  /// That of a network that only predicts.
  init(ofNone topology: Topology) {
    passes = topology.nodes.map { Pass(output: nil, inputs: [Int](repeating: 0, count: $0.inputs.count)) }
    (inputs, isShared) = ([Int](repeating: 0, count: topology.inputs.count), [])
  }

  // While it is planned, the number of entries is not known.
  private static let nobody = -1

  /// Decides where the gradients of node i's inputs lie.
  private mutating func place(
    _ i: Int, _ dy: Int, _ isNeeded: [Bool], _ topology: Topology, _ batch: Int,
    _ requests: inout [MemoryPlanner.Request]
  ) {
    let (node, slot) = (topology.nodes[i], entries[dy].slot)
    var views = 0
    var replaced = false
    for (operand, value) in node.inputs.enumerated() where isNeeded[value] {
      switch node.operation.gradientPlacement(of: operand) {
      case .view:
        entries.append(Entry(value: value, slot: slot))
        views += 1
      case .inPlace where !isShared[slot] && !replaced:
        entries.append(Entry(value: value, slot: slot))
        replaced = true
      case .inPlace, .separate:
        _ = separate(value, at: topology.backwardStep(i), topology, batch, &requests)
      }
      passes[i].inputs[operand] = entries.count - 1
    }
    if views > 1 { isShared[slot] = true }
  }

  /// A gradient with memory of its own, from a step on.
  private mutating func separate(
    _ value: Int, at step: Int, _ topology: Topology, _ batch: Int, _ requests: inout [MemoryPlanner.Request]
  ) -> Int {
    requests.append(.init(bytes: topology.bytes(of: value, batch: batch), first: step, last: step))
    isShared.append(false)
    entries.append(Entry(value: value, slot: requests.count - 1))
    return entries.count - 1
  }

  /// The one gradient of a value, which all others are added up to.
  private mutating func total(
    _ terms: [Term], of value: Int, _ topology: Topology, _ batch: Int, _ requests: inout [MemoryPlanner.Request]
  ) -> Int {
    guard terms.count > 1 else { return terms[0].entry }
    let last = terms.reduce(.max) { min($0, $1.node) }  // backward passes run in reverse
    let terms = terms.sorted { $0.order < $1.order }
    let step = topology.backwardStep(last)
    for term in terms {
      let slot = entries[term.entry].slot
      requests[slot].last = max(requests[slot].last, step)
    }
    // One of the first two terms may take up the sum where it lies, if nothing else does.
    let own = terms[..<2].first { !isShared[entries[$0.entry].slot] }
    let total = own?.entry ?? separate(value, at: step, topology, batch, &requests)
    let sum = Sum(total: total, terms: terms.map(\.entry))
    if last < passes.count { passes[last].sums.append(sum) } else { lossSums.append(sum) }
    return total
  }
}
