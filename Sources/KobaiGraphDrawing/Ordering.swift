/// The order of everything in the columns of a layout, from top to bottom, with as few crossings as it finds: sweeps
/// that sort by the barycentre of the neighbours (Sugiyama et al., 1981), and swaps of neighbours (Gansner et al., 1993).
struct Ordering {
  /// Vertices, and the places where arrows pass a column.
  struct Item: Hashable {
    /// A vertex, or nil.
    var vertex: Int?
    /// An arrow that passes, or nil.
    var arrow: Int?
    let rank: Int
  }

  let items: [Item]
  /// The items of each column, from top to bottom.
  private(set) var columns: [[Int]] = []
  /// The items on the way of each arrow, without its ends.
  private(set) var chains: [[Int]] = []
  private var before: [[Int]] = []
  private var after: [[Int]] = []

  init(_ graph: LayoutGraph, ranks: [Int]) {
    var items = graph.vertices.indices.map { Item(vertex: $0, rank: ranks[$0]) }
    for (i, arrow) in graph.arrows.enumerated() {
      let first = items.count
      for rank in ranks[arrow.source] + 1..<ranks[arrow.target] { items.append(Item(arrow: i, rank: rank)) }
      chains.append(Array(first..<items.count))
    }
    self.items = items
    (before, after) = ([[Int]](repeating: [], count: items.count), [[Int]](repeating: [], count: items.count))
    for (arrow, chain) in zip(graph.arrows, chains) {
      for (a, b) in zip([arrow.source] + chain, chain + [arrow.target]) {
        after[a].append(b)
        before[b].append(a)
      }
    }
    columns = fewestCrossings(graph, columnCount: (ranks.max() ?? 0) + 1)
  }

  /// Tries several orders to begin with, the most natural one first, until one leads to no crossing.
  private func fewestCrossings(_ graph: LayoutGraph, columnCount: Int) -> [[Int]] {
    var best: (columns: [[Int]], crossings: Int)?
    for attempt in 0..<48 {
      var columns = firstOrder(graph, columnCount, attempt: attempt)
      var count = crossings(columns)
      if best.map({ count < $0.crossings }) ?? true { best = (columns, count) }
      for sweep in 0..<16 where count > 0 {
        sort(&columns, towardsEnd: sweep % 2 == 0)
        swapNeighbours(&columns)
        count = crossings(columns)
        if best.map({ count < $0.crossings }) ?? true { best = (columns, count) }
      }
      if best?.crossings == 0 { break }
    }
    return best?.columns ?? []
  }

  /// Inputs before what takes them, in the order in which it takes them, from the outputs back: a tree drawn so has no
  /// crossing. Later attempts take the inputs in other orders.
  private func firstOrder(_ graph: LayoutGraph, _ columnCount: Int, attempt: Int) -> [[Int]] {
    var columns = [[Int]](repeating: [], count: columnCount)
    var seen = [Bool](repeating: false, count: graph.vertices.count)
    var random = UInt64(attempt) &* 0x9e37_79b9_7f4a_7c15
    func priority(_ arrow: Int) -> (Int, UInt64) {
      let isLate = graph.vertices[graph.arrows[arrow].source].isSecondary
      guard attempt > 1 else {
        return (
          isLate ? 1 : 0,
          UInt64(attempt == 0 ? graph.arrows[arrow].order : graph.arrows.count - graph.arrows[arrow].order)
        )
      }
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (0, random >> 33)
    }
    func visit(_ vertex: Int) {
      guard !seen[vertex] else { return }
      seen[vertex] = true
      let arriving = graph.arrows.indices.filter { graph.arrows[$0].target == vertex }
      for (arrow, _) in arriving.map({ ($0, priority($0)) }).sorted(by: { $0.1 < $1.1 }) {
        visit(graph.arrows[arrow].source)
        for item in chains[arrow] { columns[items[item].rank].append(item) }
      }
      columns[items[vertex].rank].append(vertex)
    }
    let leaving = Set(graph.arrows.map(\.source))
    for vertex in graph.vertices.indices where !leaving.contains(vertex) { visit(vertex) }
    return columns
  }

  /// How often lines between neighbouring columns cross.
  func crossings(_ columns: [[Int]]) -> Int {
    var place = [Int](repeating: 0, count: items.count)
    for column in columns { for (i, item) in column.enumerated() { place[item] = i } }
    return columns.reduce(0) { sum, column in
      let ends = column.flatMap { item in after[item].map { place[$0] }.sorted() }
      var crossings = 0
      for i in ends.indices { for j in (i + 1)..<max(ends.count, i + 1) where ends[j] < ends[i] { crossings += 1 } }
      return sum + crossings
    }
  }

  /// The crossings that are left.
  var crossings: Int { crossings(columns) }

  private func sort(_ columns: inout [[Int]], towardsEnd: Bool) {
    let order = towardsEnd ? Array(columns.indices.dropFirst()) : columns.indices.dropLast().reversed()
    for rank in order {
      var place = [Int](repeating: 0, count: items.count)
      for column in columns { for (i, item) in column.enumerated() { place[item] = i } }
      let keyed = columns[rank].enumerated().map { i, item -> (key: Double, i: Int, item: Int) in
        let neighbours = towardsEnd ? before[item] : after[item]
        let mean = neighbours.reduce(0) { $0 + Double(place[$1]) } / Double(neighbours.count)
        return (neighbours.isEmpty ? Double(i) : mean, i, item)
      }
      columns[rank] = keyed.sorted { ($0.key, $0.i) < ($1.key, $1.i) }.map(\.item)
    }
  }

  private func swapNeighbours(_ columns: inout [[Int]]) {
    var (count, improves) = (crossings(columns), true)
    while improves && count > 0 {
      improves = false
      for rank in columns.indices where columns[rank].count > 1 {
        for i in 0..<columns[rank].count - 1 {
          columns[rank].swapAt(i, i + 1)
          let swapped = crossings(columns)
          if swapped < count { (count, improves) = (swapped, true) } else { columns[rank].swapAt(i, i + 1) }
        }
      }
    }
  }
}
