/// A connected component of ink; pixels that touch at a corner are connected.
struct InkComponent {
  /// Adjacent pixels of a row.
  struct Run {
    let row: Int
    let columns: Range<Int>
  }

  private(set) var runs: [Run]
  private(set) var rows: Range<Int>
  private(set) var columns: Range<Int>
  /// The number of pixels.
  private(set) var area: Int
  /// The number of pixels' sides at which ink and background meet.
  private var perimeter: Int

  fileprivate init(_ run: Run) {
    (runs, rows, columns) = ([run], run.row..<run.row + 1, run.columns)
    area = run.columns.count
    perimeter = 2 * (run.columns.count + 1)
  }

  /// The longer side of its bounding box.
  var extent: Int { max(rows.count, columns.count) }

  /// How thick its strokes are, in pixels: the area of a long stroke is its length times its thickness, and it has two borders.
  /// Slanted borders have more sides of pixels than they are long, by 4 / π on average.
  var thickness: Double { 2 * Double(area) / (Double(perimeter) * .pi / 4) }

  /// The number of pixels at the edge of a picture of that size.
  func contact(width: Int, height: Int) -> Int {
    runs.reduce(0) { sum, run in
      if run.row == 0 || run.row == height - 1 { return sum + run.columns.count }
      return sum + (run.columns.lowerBound == 0 ? 1 : 0) + (run.columns.upperBound == width ? 1 : 0)
    }
  }

  /// Whether its bounding box contains the other's.
  func surrounds(_ other: InkComponent) -> Bool {
    rows.clamped(to: other.rows) == other.rows && columns.clamped(to: other.columns) == other.columns
  }

  /// Whether it may be the same strokes, seen with their weaker parts: longer but no thicker, or blurred.
  func continues(_ strong: InkComponent) -> Bool {
    let growth = max(rows.count - strong.rows.count, columns.count - strong.columns.count)
    let isLonger = (0.8...1.3).contains(thickness / strong.thickness)
    let isBlurred = 5 * growth <= 2 * strong.extent && thickness <= strong.thickness + 1.2 * Double(growth)
    return isLonger || isBlurred && thickness >= strong.thickness
  }

  /// Adds the other component's ink to this one.
  mutating func merge(_ other: InkComponent) {
    runs += other.runs
    rows = min(rows.lowerBound, other.rows.lowerBound)..<max(rows.upperBound, other.rows.upperBound)
    columns = min(columns.lowerBound, other.columns.lowerBound)..<max(columns.upperBound, other.columns.upperBound)
    area += other.area
    perimeter += other.perimeter
  }

  /// The components of all ink above a threshold: the ink's own, unless given.
  static func all(in ink: Ink, above threshold: Int? = nil) -> [InkComponent] {
    let threshold = threshold ?? ink.threshold
    let strengths = ink.strengths.span
    var runs: [Run] = []
    var parents: [Int] = []  // for each run another one of its component, or itself where it is the root
    var shared: [Int] = []  // for each run the number of its pixels that have ink above them
    func root(_ run: Int) -> Int {
      var run = run
      while parents[run] != run {
        parents[run] = parents[parents[run]]
        run = parents[run]
      }
      return run
    }
    var above = 0..<0
    for y in 0..<ink.height {
      let first = runs.count
      var x = 0
      while x < ink.width {
        guard strengths[y * ink.width + x] > threshold else {
          x += 1
          continue
        }
        let start = x
        while x < ink.width, strengths[y * ink.width + x] > threshold { x += 1 }
        parents.append(runs.count)
        runs.append(Run(row: y, columns: start..<x))
        shared.append(0)
      }
      var candidate = above.lowerBound
      for run in first..<runs.count {
        let columns = runs[run].columns
        while candidate < above.upperBound, runs[candidate].columns.upperBound < columns.lowerBound { candidate += 1 }
        var other = candidate
        while other < above.upperBound, runs[other].columns.lowerBound <= columns.upperBound {
          shared[run] += runs[other].columns.clamped(to: columns).count
          parents[root(run)] = root(other)
          other += 1
        }
      }
      above = first..<runs.count
    }
    var indices: [Int: Int] = [:]  // of the components, by their roots
    var components: [InkComponent] = []
    for run in runs.indices {
      var component = InkComponent(runs[run])
      component.perimeter -= 2 * shared[run]
      let root = root(run)
      if let index = indices[root] {
        components[index].merge(component)
      } else {
        indices[root] = components.count
        components.append(component)
      }
    }
    return components
  }
}
