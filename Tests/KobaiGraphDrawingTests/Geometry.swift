@testable import KobaiGraphDrawing

extension Box {
  func contains(_ other: Box) -> Bool {
    left <= other.left && other.right <= right && top <= other.top && other.bottom <= bottom
  }
}

extension GraphScene {
  /// How often lines of different arrows cross. Lines that leave or reach the same vertex meet there, which is no crossing.
  var crossings: Int {
    var count = 0
    for i in arrows.indices {
      for j in arrows.indices.dropFirst(i + 1) {
        for (a, b) in zip(arrows[i].points, arrows[i].points.dropFirst()) {
          for (c, d) in zip(arrows[j].points, arrows[j].points.dropFirst()) where Self.cross(a, b, c, d) { count += 1 }
        }
      }
    }
    return count
  }

  /// Whether two pieces of lines cross at a point that is inside of both.
  private static func cross(_ a: Point, _ b: Point, _ c: Point, _ d: Point) -> Bool {
    func side(_ p: Point, _ q: Point, _ r: Point) -> Double { (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x) }
    return side(a, b, c) * side(a, b, d) < -1e-6 && side(c, d, a) * side(c, d, b) < -1e-6
  }

  /// What stands on something else: words on words, words or vertices on lines, vertices on vertices.
  var collisions: [String] {
    let words = arrows.map(\.wordsBox)
    var found: [String] = []
    for i in arrows.indices {
      for j in arrows.indices where i < j && words[i].overlaps(words[j]) {
        found.append("words \(arrows[i].forward) and \(arrows[j].forward)")
      }
      // The words of a line stand on both its sides; for other lines they are one box.
      for j in arrows.indices where i != j {
        for (a, b) in zip(arrows[j].points, arrows[j].points.dropFirst()) where words[i].touches(a, b) {
          found.append("line \(j) and words \(arrows[i].forward) \(arrows[i].backward)")
        }
      }
      for vertex in vertices where words[i].overlaps(vertex.box) { found.append("\(vertex.text) and words \(i)") }
      for (v, vertex) in vertices.enumerated() where v != arrows[i].source && v != arrows[i].target {
        for (a, b) in zip(arrows[i].points, arrows[i].points.dropFirst()) where vertex.box.touches(a, b) {
          found.append("line \(i) and \(vertex.shape) \(vertex.text)")
        }
      }
    }
    for v in vertices.indices {
      for w in vertices.indices where v < w && vertices[v].box.overlaps(vertices[w].box) {
        found.append("\(vertices[v].text) and \(vertices[w].text)")
      }
    }
    return found
  }
}
