import KobaiScratch

/// What a picture of a graph shows: some groups as one box, a dot wherever a result goes to several places, and for every
/// line what runs along it in both directions.
struct Diagram {
  enum Shape: Sendable { case input, literal, operation, box, fork, output }

  struct Vertex {
    let shape: Shape
    /// What stands in it.
    let text: String
    /// The unfolded groups around it, the outermost first.
    let groups: [Int]
    /// Whether it stands for something that nobody varies.
    var isConstant = false
  }

  struct Arrow {
    /// Vertices.
    let source: Int, target: Int
    /// The node of the graph whose result runs along it, and the uses that it stands for; none to an output.
    let node: Int, edges: [Graph.Edge]
    /// Whether nobody asks for a derivative.
    let isConstant: Bool
  }

  private(set) var vertices: [Vertex] = []
  private(set) var arrows: [Arrow] = []
  private let graph: Graph
  private let isFolded: (String) -> Bool

  /// - Parameter isFolded: whether groups of that name are shown as one box.
  init(_ graph: Graph, isFolded: @escaping (String) -> Bool) {
    (self.graph, self.isFolded) = (graph, isFolded)
    var vertexOfNode: [Int] = []
    var vertexOfGroup: [Int: Int] = [:]
    var uses = [[Graph.Edge]](repeating: [], count: graph.nodes.count)
    for edge in graph.edges { uses[edge.source].append(edge) }
    let boxes = graph.nodes.indices.map { box(of: $0) }
    for (i, node) in graph.nodes.enumerated() {
      if let group = boxes[i], let known = vertexOfGroup[group] {
        vertexOfNode.append(known)
        continue
      }
      vertexOfNode.append(vertices.count)
      if let group = boxes[i] { vertexOfGroup[group] = vertices.count }
      vertices.append(vertex(node, box: boxes[i]))
    }
    for (i, node) in graph.nodes.enumerated() {
      let outside = uses[i].filter { vertexOfNode[$0.target] != vertexOfNode[i] }
      let isConstant = node.operation == .constant
      guard !outside.isEmpty else {
        if uses[i].isEmpty {
          vertices.append(Vertex(shape: .output, text: node.name ?? "", groups: []))
          arrows.append(
            Arrow(source: vertexOfNode[i], target: vertices.count - 1, node: i, edges: [], isConstant: isConstant))
        }
        continue
      }
      let branches = branches(outside, vertexOfNode)
      var start = vertexOfNode[i]
      if branches.count > 1 {
        start = vertices.count
        vertices.append(
          Vertex(
            shape: .fork, text: "",
            groups: commonGroups(branches.map { vertices[$0.target].groups } + [vertices[vertexOfNode[i]].groups])))
        arrows.append(Arrow(source: vertexOfNode[i], target: start, node: i, edges: outside, isConstant: isConstant))
      }
      for branch in branches {
        arrows.append(
          Arrow(source: start, target: branch.target, node: i, edges: branch.edges, isConstant: isConstant))
      }
    }
    sortForComputing()
  }

  /// The outermost folded group of a node.
  private func box(of node: Int) -> Int? { graph.nodes[node].groups.first { isFolded(graph.groups[$0].name) } }

  private func vertex(_ node: Graph.Node, box: Int?) -> Vertex {
    if let box {
      return Vertex(shape: .box, text: graph.groups[box].name, groups: Array(node.groups.prefix { $0 != box }))
    }
    switch node.operation {
    case .input: return Vertex(shape: .input, text: node.name ?? "", groups: [])
    case .constant:
      guard let name = node.name else {
        return Vertex(shape: .literal, text: "", groups: node.groups, isConstant: true)
      }
      return Vertex(shape: .input, text: name, groups: [], isConstant: true)
    default: return Vertex(shape: .operation, text: node.operation.symbol, groups: node.groups)
    }
  }

  /// Where a result goes: to every use of its own, but to a box once.
  private func branches(
    _ uses: [Graph.Edge], _ vertexOfNode: [Int]
  ) -> [(target: Int, edges: [Graph.Edge])] {
    var branches: [(target: Int, edges: [Graph.Edge])] = []
    for use in uses {
      let target = vertexOfNode[use.target]
      if vertices[target].shape == .box, let known = branches.firstIndex(where: { $0.target == target }) {
        branches[known].edges.append(use)
      } else {
        branches.append((target, [use]))
      }
    }
    return branches
  }

  private func commonGroups(_ paths: [[Int]]) -> [Int] {
    paths.dropFirst().reduce(paths.first ?? []) { common, path in
      Array(zip(common, path).prefix { $0 == $1 }.map(\.0))
    }
  }

  /// Puts the vertices in an order in which each comes after what it takes, those that were recorded first before others.
  private mutating func sortForComputing() {
    var waiting = [Int](repeating: 0, count: vertices.count)
    for arrow in arrows { waiting[arrow.target] += 1 }
    var order: [Int] = []
    var ready = vertices.indices.filter { waiting[$0] == 0 }
    while !ready.isEmpty {
      // A fork goes before everything else, so that its result is divided as soon as it is there.
      let next = ready.firstIndex { vertices[$0].shape == .fork } ?? 0
      let vertex = ready.remove(at: next)
      order.append(vertex)
      for arrow in arrows where arrow.source == vertex {
        waiting[arrow.target] -= 1
        if waiting[arrow.target] == 0 { ready.append(arrow.target) }
      }
      ready.sort()
    }
    var place = [Int](repeating: 0, count: vertices.count)
    for (i, vertex) in order.enumerated() { place[vertex] = i }
    vertices = order.map { vertices[$0] }
    arrows = arrows.map {
      Arrow(
        source: place[$0.source], target: place[$0.target], node: $0.node, edges: $0.edges, isConstant: $0.isConstant)
    }
  }
}
