/// Layers that run as one, so that the values between them need not leave the cache: convolution, activation and 2 × 2 max
/// pooling, or affine and activation. Fused layers compute the same bits as separate ones, under the same parameter names.
///
/// Each spec says itself what it absorbs (``NodeSpec/absorbing(_:inputs:)``); here it is asked, wherever nobody else reads
/// the values between the two.
struct Fusion {
  /// Nodes of the design that run as one; mostly it is one node.
  struct Group {
    var spec: any NodeSpec
    var members: [Graph.Node]
    var inputs: [Graph.Value]
    /// The place in the design of the member that reads each of them.
    var readers: [Int]
    var output: Graph.Value { members[members.count - 1].output }

    /// One node by itself.
    init(_ node: Graph.Node) {
      (spec, members, inputs) = (node.spec, [node], node.inputs)
      readers = node.inputs.map { _ in node.index }
    }
  }

  /// The groups that a design runs as, in an order in which each comes after what it reads.
  ///
  /// - Parameter shapes: of one sample of each value.
  static func groups(of graph: Graph, shapes: [Shape]) -> [Group] {
    let (consumers, outputs) = (graph.consumers, Set(graph.outputs.map(\.value)))
    let uses = graph.nodes.reduce(into: [:]) { $0[$1.weights, default: 0] += 1 }
    // Layers that share weights stay where they are among the others, for the statistics of normalisations move, and
    // gradients are added up, in the order of the design.
    func keepsOrder(_ group: Group, _ next: Graph.Node) -> Bool {
      let members = group.members + [next]
      return next.index == members[members.count - 2].index + 1
        || members.allSatisfy { uses[$0.weights, default: 1] == 1 }
    }
    var absorbed: Set<Int> = []
    var groups: [Group] = []
    for node in graph.nodes where !absorbed.contains(node.index) {
      var group = Group(node)
      while !outputs.contains(group.output), consumers[group.output.index].count == 1 {
        let (next, operand) = consumers[group.output.index][0]
        // A merge is absorbed by one of its inputs; of more than two, the order of their sum would change.
        guard !absorbed.contains(next), graph.nodes[next].inputs.count <= 2, keepsOrder(group, graph.nodes[next])
        else { break }
        let inputs = group.inputs.map { shapes[$0.index] }
        guard let fused = group.spec.absorbing(graph.nodes[next].spec, inputs: inputs) else { break }
        absorbed.insert(next)
        group.spec = fused
        group.members.append(graph.nodes[next])
        let others = graph.nodes[next].inputs.enumerated().filter { $0.offset != operand }.map(\.element)
        group.inputs += others
        group.readers += others.map { _ in next }
      }
      groups.append(group)
    }
    // What a merge absorbed reads may be computed only after the group's first node, but never after its last one.
    return groups.sorted { $0.output.index < $1.output.index }
  }

  /// The same without fusion.
  static func nodes(of graph: Graph) -> [Group] { graph.nodes.map { Group($0) } }
}
