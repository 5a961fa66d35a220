import KobaiScratch

/// The order of everything in the columns of a layout, from top to bottom, with as few crossings as it finds: sweeps
/// that sort by the barycentre of the neighbours (Sugiyama et al., 1981), and swaps of neighbours (Gansner et al., 1993).
/// The columns of labels follow from those of the vertices around them: lines leave in the order in which they arrive.
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
      let path = [arrow.source] + chain.filter { items[$0].rank % 2 == 0 } + [arrow.target]
      for (a, b) in zip(path, path.dropFirst()) {
        after[a].append(b)
        before[b].append(a)
      }
    }
    columns = fewestCrossings(graph, columnCount: (ranks.max() ?? 0) + 1)
    fillLabelColumns(graph)
  }

  private mutating func fillLabelColumns(_ graph: LayoutGraph) {
    var place = [Int](repeating: 0, count: items.count)
    for column in columns { for (i, item) in column.enumerated() { place[item] = i } }
    var keyed = columns.map { _ in [(from: Int, to: Int, item: Int)]() }
    for (arrow, chain) in zip(graph.arrows, chains) {
      let path = [arrow.source] + chain + [arrow.target]
      for i in stride(from: 1, to: path.count, by: 2) {
        keyed[items[path[i]].rank].append((place[path[i - 1]], place[path[i + 1]], path[i]))
      }
    }
    for rank in stride(from: 1, to: columns.count, by: 2) {
      columns[rank] = keyed[rank].sorted { ($0.from, $0.to, $0.item) < ($1.from, $1.to, $1.item) }.map(\.item)
    }
  }

  /// Tries several orders to begin with, the most natural one first, until one leads to no crossing.
  private func fewestCrossings(_ graph: LayoutGraph, columnCount: Int) -> [[Int]] {
    var best: (columns: [[Int]], crossings: Int)?
    for attempt in 0..<48 {
      var columns = firstOrder(graph, columnCount, attempt: attempt)
      var count = crossings(columns)
      if best.map({ count < $0.crossings }) ?? true { best = (columns, count) }
      for sweep in 0..<24 where count > 0 {
        sort(&columns, towardsEnd: sweep % 2 == 0, reversesTies: sweep % 4 > 1)
        swapNeighbours(&columns, alsoEquals: sweep % 8 > 3)
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
    var random = RandomNumbers(seed: UInt64(attempt))
    func priority(_ arrow: Int) -> (Int, UInt64) {
      let isLate = graph.vertices[graph.arrows[arrow].source].isSecondary
      guard attempt > 1 else {
        return (
          isLate ? 1 : 0,
          UInt64(attempt == 0 ? graph.arrows[arrow].order : graph.arrows.count - graph.arrows[arrow].order)
        )
      }
      return (0, random.next())
    }
    func visit(_ vertex: Int) {
      guard !seen[vertex] else { return }
      seen[vertex] = true
      let arriving = graph.arrows.indices.filter { graph.arrows[$0].target == vertex }
      for (arrow, _) in arriving.map({ ($0, priority($0)) }).sorted(by: { $0.1 < $1.1 }) {
        visit(graph.arrows[arrow].source)
        for item in chains[arrow] where items[item].rank % 2 == 0 { columns[items[item].rank].append(item) }
      }
      columns[items[vertex].rank].append(vertex)
    }
    let leaving = Set(graph.arrows.map(\.source))
    let outputs = graph.vertices.indices.filter { !leaving.contains($0) }
    // Later attempts begin with another output.
    for i in outputs.indices { visit(outputs[(i + attempt / 2) % outputs.count]) }
    return columns
  }

  /// How often lines between columns of vertices cross.
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
  var crossings: Int { crossings(columns.enumerated().map { $0 % 2 == 0 ? $1 : [] }) }

  private func sort(_ columns: inout [[Int]], towardsEnd: Bool, reversesTies: Bool) {
    let order = towardsEnd ? Array(columns.indices) : columns.indices.reversed()
    for rank in order {
      var place = [Int](repeating: 0, count: items.count)
      for column in columns { for (i, item) in column.enumerated() { place[item] = i } }
      let keyed = columns[rank].enumerated().map { i, item -> (key: Double, i: Int, item: Int) in
        let neighbours = towardsEnd ? before[item] : after[item]
        let mean = neighbours.reduce(0) { $0 + Double(place[$1]) } / Double(neighbours.count)
        return (neighbours.isEmpty ? Double(i) : mean, reversesTies ? -i : i, item)
      }
      columns[rank] = keyed.sorted { ($0.key, $0.i) < ($1.key, $1.i) }.map(\.item)
    }
  }

  /// Swaps neighbours of a column for as long as that saves crossings.
  private func swapNeighbours(_ columns: inout [[Int]], alsoEquals: Bool) {
    var place = [Int](repeating: 0, count: items.count)
    for column in columns { for (i, item) in column.enumerated() { place[item] = i } }
    var (improves, isFirst) = (true, true)
    while improves {
      improves = false
      for rank in columns.indices {
        for i in columns[rank].indices.dropLast() {
          let (upper, lower) = (columns[rank][i], columns[rank][i + 1])
          let saved = crossings(upper, above: lower, place) - crossings(lower, above: upper, place)
          guard saved > 0 || saved == 0 && alsoEquals && isFirst else { continue }
          columns[rank].swapAt(i, i + 1)
          (place[upper], place[lower]) = (i + 1, i)
          improves = improves || saved > 0
        }
      }
      isFirst = false
    }
  }

  /// How often the lines of two items of a column cross where `upper` stands above `lower`.
  private func crossings(_ upper: Int, above lower: Int, _ place: [Int]) -> Int {
    func count(_ neighbours: [[Int]]) -> Int {
      neighbours[upper].reduce(0) { sum, a in sum + neighbours[lower].count { place[$0] < place[a] } }
    }
    return count(before) + count(after)
  }
}
