import Foundation
import KobaiScratch
import TestSupport
import Testing

@testable import KobaiGraphDrawing

/// Where things stand: nothing on anything else, and as few crossings as can be.
@Suite("Layout of graphs")
struct LayoutTests {
  /// A tree of sums and products over so many inputs.
  private static func tree(_ count: Int, seed: UInt64) -> Graph {
    let graph = Graph()
    var random = RandomNumbers(seed: seed)
    var roots = (0..<count).map { graph.variable("x\($0)", NDArray(Double($0) + 1)) }
    while roots.count > 1 {
      let (a, b) = (roots.remove(at: random.choices(1, below: roots.count)[0]), roots.removeLast())
      roots.append(random.uniform() < 0.5 ? a + b : exp(a) * b)
    }
    roots[0].named("L").backward()
    return graph
  }

  @Test("trees have no crossing, whatever their shape", arguments: 1...12)
  func trees(_ seed: Int) {
    for inputs in [GraphDrawing.Inputs.left, .nearby] {
      let scene = GraphDrawing(Self.tree(3 + seed, seed: UInt64(seed)), folding: .none, inputs: inputs).scene
      #expect(scene.crossings == 0)
      #expect(scene.collisions == [])
    }
  }

  /// Results are taken from anywhere, several times.
  private static func tangle(_ count: Int, seed: UInt64) -> Graph {
    let graph = Graph()
    var random = RandomNumbers(seed: seed)
    var values = (0..<3).map { graph.variable("x\($0)", NDArray([[1, 2], [3, Double($0)]])) }
    for _ in 0..<count {
      let chosen = random.choices(2, below: values.count)
      values.append(random.uniform() < 0.3 ? tanh(values[chosen[0]]) : values[chosen[0]] * values[chosen[1]])
    }
    sum(values).named("L").backward()
    return graph
  }

  @Test("tangles: words and nodes stand clear of each other even where lines cross", arguments: 1...8)
  func tangles(_ seed: Int) {
    let scene = GraphDrawing(Self.tangle(4 + seed, seed: UInt64(seed)), labels: .values).scene
    // Lines that cross beside a word may not touch it either.
    #expect(scene.collisions == [])
  }

  @Test("two nodes that take the same two inputs: one crossing, which no order of columns avoids")
  func twoOfTwo() {
    let graph = Graph()
    let x = graph.variable("x", 2)
    let y = graph.variable("y", 3)
    ((x + y) * (y * x)).named("L").backward()
    #expect(GraphDrawing(graph).scene.crossings == 1)
  }

  @Test("no more crossings than Graphviz finds in the same columns", .enabled(if: Graphviz.isInstalled))
  func graphviz() throws {
    var (ours, theirs) = ([Int](), [Int]())
    for seed in 1...12 {
      var random = RandomNumbers(seed: UInt64(seed))
      var arrows: Set<[Int]> = []
      for target in 1..<8 + seed { for source in random.choices(2, below: target) { arrows.insert([source, target]) } }
      let graph = LayoutGraph(
        vertices: (0..<8 + seed).map { _ in LayoutGraph.Vertex(width: 30, height: 30) },
        arrows: arrows.sorted { $0.lexicographicallyPrecedes($1) }.enumerated().map {
          LayoutGraph.Arrow(source: $1[0], target: $1[1], order: $0, width: 30, above: 10, below: 10)
        })
      let ranks = graph.ranks
      ours.append(Ordering(graph, ranks: ranks).crossings)
      theirs.append(try Graphviz.crossings(graph, ranks))
    }
    // Both search, and neither finds the fewest each time.
    #expect(ours.reduce(0, +) <= theirs.reduce(0, +))
    for (a, b) in zip(ours, theirs) { #expect(a <= b + 1, "\(ours) and \(theirs)") }
  }

  @Test("a line is straight from its first column to its last")
  func straight() {
    let graph = Graph()
    let x = graph.variable("x", 2)
    let tax = graph.variable("tax", 3)
    (exp(exp(exp(x))) * tax).named("L").backward()
    let scene = GraphDrawing(graph).scene
    for arrow in scene.arrows where scene.vertices[arrow.target].shape == .operation {
      #expect(arrow.points.count <= 3)
    }
  }

  @Test("a node with one line stands at its height; a number's line bends instead")
  func mainLine() throws {
    let graph = Graph()
    sigmoid(graph.variable("x", 0.5)).named("y").backward()
    let scene = GraphDrawing(graph, folding: .none).scene
    let heights = scene.vertices.filter { $0.shape == .operation }.map(\.centre.y)
    #expect(heights.count == 4)
    #expect((heights.max() ?? 0) - (heights.min() ?? 9) < 2)
  }

  @Test("heights: springs and distances balance as by hand")
  func balance() throws {
    // Three things at one spring each to a fourth, 10 apart: the middle one at its height.
    var problem = Placement(count: 4)
    problem.springs = (0..<3).map { .init(a: 3, b: $0, offset: 0, weight: 1) }
    problem.separations = [.init(upper: 0, lower: 1, distance: 10), .init(upper: 1, lower: 2, distance: 10)]
    let y = try #require(problem.solved())
    #expect(abs(y[1] - y[0] - 10) < 0.02 && abs(y[2] - y[1] - 10) < 0.02 && abs(y[3] - y[1]) < 0.02)
    // One that pulls three times as hard gets three times as near.
    problem = Placement(count: 3)
    problem.springs = [.init(a: 0, b: 1, offset: 0, weight: 3), .init(a: 1, b: 2, offset: 0, weight: 1)]
    problem.separations = [.init(upper: 0, lower: 2, distance: 8)]
    let z = try #require(problem.solved())
    #expect(abs(z[1] - z[0] - 2) < 0.02)
    problem.separations.append(.init(upper: 2, lower: 0, distance: 1))
    #expect(problem.solved() == nil)
  }
}

/// The program `dot`, whose layouts are the field's measure.
enum Graphviz {
  static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/dot")

  /// How many crossings it is left with after its own ordering of the same columns.
  static func crossings(_ graph: LayoutGraph, _ ranks: [Int]) throws -> Int {
    let edges = graph.arrows.map { "\($0.source) -> \($0.target);" }
    let columns = Set(ranks).map { rank in
      "{ rank=same; " + ranks.indices.filter { ranks[$0] == rank }.map { "\($0);" }.joined(separator: " ") + " }"
    }
    let text = "digraph { rankdir=LR; \((edges + columns).joined(separator: " ")) }"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/dot")
    process.arguments = ["-v", "-Tplain"]
    let (input, output, words) = (Pipe(), Pipe(), Pipe())
    (process.standardInput, process.standardOutput, process.standardError) = (input, output, words)
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    try input.fileHandleForWriting.close()
    let log = String(decoding: words.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    // "mincross %3: 1 crossings, 0.00 secs."
    let number = log.firstMatch(of: /: (\d+) crossings/)?.1
    return try #require(number.flatMap { Int($0) }, "\(log)")
  }
}
