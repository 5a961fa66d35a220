/// What a layout is made for: boxes of known size, and arrows with a label of known size.
struct LayoutGraph {
  struct Vertex {
    /// The box that it fills.
    let width: Double, height: Double
    /// How far apart arrows arrive and leave; 0 where all meet in the middle.
    var portDistance = 0.0
    /// Whether it stands right before what takes it, rather than at the left margin.
    var isNearTarget = false
    /// Whether it comes after its siblings, further down.
    var isSecondary = false
  }

  struct Arrow {
    let source: Int, target: Int
    /// Among the arrows to its target, from top to bottom where nothing speaks against it.
    let order: Int
    /// The room that the label needs: along the line, above it and below it.
    let width: Double, above: Double, below: Double
    /// How hard the line pulls at its ends.
    var sourceWeight = 1.0, targetWeight = 1.0
  }

  /// Each after those from which arrows lead to it.
  let vertices: [Vertex]
  let arrows: [Arrow]

  /// The column of each vertex, an even number: as far right as the longest path to it is long (Sugiyama et al., 1981).
  /// The odd columns between them are for labels (Gansner et al., 1993, section 5.3).
  var ranks: [Int] {
    var ranks = [Int](repeating: 0, count: vertices.count)
    for vertex in vertices.indices {
      for arrow in arrows where arrow.target == vertex { ranks[vertex] = max(ranks[vertex], ranks[arrow.source] + 2) }
    }
    // A vertex that may come later, and makes no arrow longer by that, does.
    for vertex in vertices.indices.reversed() {
      let leaving = arrows.filter { $0.source == vertex }
      let arriving = arrows.filter { $0.target == vertex }
      guard let latest = leaving.map({ ranks[$0.target] - 2 }).min(), arriving.count <= leaving.count else { continue }
      if arriving.isEmpty ? vertices[vertex].isNearTarget : isFree(arriving[0].source) { ranks[vertex] = latest }
    }
    return ranks
  }

  /// Whether a vertex hangs on nothing that stays at the left margin.
  private func isFree(_ vertex: Int) -> Bool {
    let arriving = arrows.filter { $0.target == vertex }
    return arriving.isEmpty ? vertices[vertex].isNearTarget : arriving.allSatisfy { isFree($0.source) }
  }
}
