import Foundation

/// Where everything of a graph stands: in columns from left to right, the lines between them without bends where labels
/// are, so that no label ever meets a line.
struct GraphLayout {
  /// Of the vertices' boxes.
  private(set) var centres: [Point] = []
  /// The corners of each arrow's line, from source to target.
  private(set) var routes: [[Point]] = []
  /// The middle of each arrow's label, on its line.
  private(set) var labels: [Point] = []
  private(set) var width = 0.0, height = 0.0

  private let graph: LayoutGraph
  private let ranks: [Int]
  private let ordering: Ordering
  /// Of vertices, and of arrows where they leave and where they arrive.
  private var vertexHeights: [Double] = [], firstHeights: [Double] = [], lastHeights: [Double] = []
  private var sourcePorts: [Double], targetPorts: [Double]
  private var chainHeights: [[Double]] = []
  private var columns: [(left: Double, right: Double)] = []

  init(_ graph: LayoutGraph) {
    self.graph = graph
    ranks = graph.ranks
    ordering = Ordering(graph, ranks: ranks)
    sourcePorts = graph.arrows.map { _ in 0 }
    targetPorts = sourcePorts
    placePorts()
    placeHeights()
    placeColumns()
    centres = graph.vertices.indices.map { centre(of: $0) }
    routes = graph.arrows.indices.map { route(of: $0) }
    labels = graph.arrows.indices.map { label(of: $0) }
  }

  // MARK: - Heights

  /// Arrows meet a wide box one below the other, in the order in which they come.
  private mutating func placePorts() {
    var place = [Int](repeating: 0, count: ordering.items.count)
    for column in ordering.columns { for (i, item) in column.enumerated() { place[item] = i } }
    for (vertex, box) in graph.vertices.enumerated() where box.portDistance > 0 {
      let arriving = graph.arrows.indices.filter { graph.arrows[$0].target == vertex }
        .sorted { place[ordering.chains[$0].last ?? 0] < place[ordering.chains[$1].last ?? 0] }
      let leaving = graph.arrows.indices.filter { graph.arrows[$0].source == vertex }
        .sorted { place[ordering.chains[$0].first ?? 0] < place[ordering.chains[$1].first ?? 0] }
      for (i, arrow) in arriving.enumerated() {
        targetPorts[arrow] = (Double(i) - Double(arriving.count - 1) / 2) * box.portDistance
      }
      for (i, arrow) in leaving.enumerated() {
        sourcePorts[arrow] = (Double(i) - Double(leaving.count - 1) / 2) * box.portDistance
      }
    }
  }

  private mutating func placeHeights() {
    // A line is straight from its first column to its last; only where lines cross that may be asking too much.
    let (straight, bent) = (placement(isRigid: true), placement(isRigid: false))
    let solution =
      straight.problem.solved().map { ($0, straight.unit) } ?? bent.problem.solved().map { ($0, bent.unit) }
    guard let (heights, unit) = solution else { return }
    let y = ordering.items.indices.map { heights[unit[$0]] }
    let top = zip(y, ordering.items.indices.map(extent)).map { $0 - $1.above }.min() ?? 0
    vertexHeights = graph.vertices.indices.map { y[$0] - top }
    chainHeights = ordering.chains.map { $0.map { y[$0] - top } }
    height = zip(y, ordering.items.indices.map(extent)).map { $0 + $1.below - top }.max() ?? 0
  }

  /// What the heights have to satisfy. Vertices are things of their own; an arrow is one thing, or where it may bend one
  /// in each column.
  private func placement(isRigid: Bool) -> (problem: Placement, unit: [Int]) {
    var unit = ordering.items.indices.map { $0 }
    if isRigid { for chain in ordering.chains { for item in chain { unit[item] = chain[0] } } }
    let numbers = Dictionary(uniqueKeysWithValues: Set(unit).sorted().enumerated().map { ($1, $0) })
    unit = unit.map { numbers[$0] ?? 0 }
    var problem = Placement(count: numbers.count)
    for (i, arrow) in graph.arrows.enumerated() {
      let (chain, last) = (ordering.chains[i], ordering.chains[i][ordering.chains[i].count - 1])
      let (from, to) = (ease(at: ranks[arrow.source]), ease(at: ranks[arrow.target]))
      problem.springs.append(
        .init(a: unit[arrow.source], b: unit[chain[0]], offset: sourcePorts[i], weight: from * arrow.sourceWeight))
      problem.springs.append(
        .init(a: unit[arrow.target], b: unit[last], offset: targetPorts[i], weight: to * arrow.targetWeight))
      guard !isRigid else { continue }
      for (a, b) in zip(chain, chain.dropFirst()) {
        problem.springs.append(.init(a: unit[a], b: unit[b], offset: 0, weight: 10))
      }
    }
    for column in ordering.columns {
      for (a, b) in zip(column, column.dropFirst()) {
        problem.separations.append(
          .init(upper: unit[a], lower: unit[b], distance: extent(a).below + extent(b).above + 6))
      }
    }
    return (problem, unit)
  }

  /// Springs grow weaker from left to right, so that a vertex stands in the middle of what it takes rather than of what
  /// comes after it.
  private func ease(at rank: Int) -> Double { max(pow(0.5, Double(rank) / 2), 1e-3) }

  /// How far an item reaches above and below its height.
  private func extent(_ item: Int) -> (above: Double, below: Double) {
    if let vertex = ordering.items[item].vertex {
      return (graph.vertices[vertex].height / 2, graph.vertices[vertex].height / 2)
    }
    guard let arrow = ordering.items[item].arrow, ordering.chains[arrow].first == item else { return (6, 6) }
    return (graph.arrows[arrow].above, graph.arrows[arrow].below)
  }

  // MARK: - Columns

  private mutating func placeColumns() {
    let count = ordering.columns.count
    var (widths, gaps) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
    for (vertex, rank) in ranks.enumerated() { widths[rank] = max(widths[rank], graph.vertices[vertex].width) }
    for (i, arrow) in graph.arrows.enumerated() {
      let (from, to) = (ranks[arrow.source], ranks[arrow.target])
      widths[from + 1] = max(widths[from + 1], arrow.width)
      // The steeper a line, the more room it gets.
      gaps[from] = max(gaps[from], 3 + Self.run(for: rise(atSourceOf: i)))
      gaps[to - 1] = max(gaps[to - 1], 12 + Self.run(for: rise(atTargetOf: i)))
    }
    for i in chainHeights.indices {
      for (j, item) in ordering.chains[i].dropLast().enumerated() {
        let rank = ordering.items[item].rank
        gaps[rank] = max(gaps[rank], Self.run(for: chainHeights[i][j + 1] - chainHeights[i][j]))
      }
    }
    var x = 0.0
    for rank in 0..<count {
      columns.append((x, x + widths[rank]))
      x += widths[rank] + (rank < count - 1 ? gaps[rank] : 0)
    }
    width = x
  }

  private static func run(for rise: Double) -> Double { abs(rise) < 1.5 ? 0 : min(0.45 * abs(rise) + 4, 80) }

  private func rise(atSourceOf arrow: Int) -> Double {
    (chainHeights[arrow].first ?? 0) - vertexHeights[graph.arrows[arrow].source] - sourcePorts[arrow]
  }

  private func rise(atTargetOf arrow: Int) -> Double {
    (chainHeights[arrow].last ?? 0) - vertexHeights[graph.arrows[arrow].target] - targetPorts[arrow]
  }

  // MARK: - Points

  private func centre(of vertex: Int) -> Point {
    let (column, half) = (columns[ranks[vertex]], graph.vertices[vertex].width / 2)
    let isFirst = !graph.arrows.contains { $0.target == vertex }
    // Words stand right before their line; what lines lead to stands where they come from.
    return Point(x: isFirst ? column.right - half : column.left + half, y: vertexHeights[vertex])
  }

  private func label(of arrow: Int) -> Point {
    let (source, width) = (graph.arrows[arrow].source, graph.arrows[arrow].width)
    let column = columns[ranks[source] + 1]
    let isLiteral = graph.vertices[source].width == 0
    return Point(x: isLiteral ? column.right - width / 2 : (column.left + column.right) / 2, y: chainHeights[arrow][0])
  }

  private func route(of arrow: Int) -> [Point] {
    let (source, target) = (graph.arrows[arrow].source, graph.arrows[arrow].target)
    let (from, to) = (graph.vertices[source], graph.vertices[target])
    let heights = chainHeights[arrow]
    let first = columns[ranks[source] + 1]
    let last = columns[ranks[target] - 1]
    var points: [Point] = []
    let isLevel = abs(rise(atSourceOf: arrow)) < 1.5
    let start = Point(
      x: centres[source].x + from.width / 2, y: isLevel ? heights[0] : centres[source].y + sourcePorts[arrow])
    if from.width == 0 {
      points.append(Point(x: label(of: arrow).x - graph.arrows[arrow].width / 2 + 6, y: heights[0]))
    } else {
      points.append(start)
      if columns[ranks[source]].right > start.x + 1 {
        points.append(Point(x: columns[ranks[source]].right, y: start.y))
      }
      points.append(Point(x: first.left, y: heights[0]))
    }
    for (item, y) in zip(ordering.chains[arrow], heights).dropFirst() {
      let column = columns[ordering.items[item].rank]
      points.append(Point(x: columns[ordering.items[item].rank - 1].right, y: points.last?.y ?? y))
      points.append(Point(x: column.left, y: y))
    }
    let y = heights[heights.count - 1]
    points.append(Point(x: last.right, y: y))
    let left = Point(x: centres[target].x - to.width / 2, y: centres[target].y + targetPorts[arrow])
    points += end(
      at: left, radius: to.portDistance > 0 ? 0 : to.height / 2, column: columns[ranks[target]].left,
      from: points[points.count - 1])
    return Self.withoutStraightCorners(points)
  }

  /// The last points of a line that comes from `previous` to a box that begins at `left`. Round boxes are met where the
  /// line points at the middle of the round.
  private func end(at left: Point, radius: Double, column: Double, from previous: Point) -> [Point] {
    let rise = previous.y - left.y
    if abs(rise) < 1.5 { return [Point(x: left.x, y: previous.y)] }
    guard radius > 0 else { return [Point(x: column, y: left.y), left] }
    let steepness = (abs(rise) / (left.x + radius - previous.x)).clamped(to: 0...1.4)
    let length = (1 + steepness * steepness).squareRoot()
    let side = rise > 0 ? 1.0 : -1
    let meeting = Point(x: left.x + radius * (1 - 1 / length), y: left.y + side * radius * steepness / length)
    return left.x > column + 6 ? [Point(x: column, y: meeting.y), meeting] : [meeting]
  }

  /// A line without points that it would pass anyway.
  private static func withoutStraightCorners(_ points: [Point]) -> [Point] {
    points.reduce(into: []) { line, point in
      if let last = line.last, abs(last.x - point.x) < 0.01, abs(last.y - point.y) < 0.01 { return }
      if line.count > 1 {
        let (a, b) = (line[line.count - 2], line[line.count - 1])
        let turn = (b.x - a.x) * (point.y - b.y) - (b.y - a.y) * (point.x - b.x)
        if abs(turn) < 1e-6 { line.removeLast() }
      }
      line.append(point)
    }
  }
}

extension Comparable {
  func clamped(to range: ClosedRange<Self>) -> Self { min(max(self, range.lowerBound), range.upperBound) }
}
