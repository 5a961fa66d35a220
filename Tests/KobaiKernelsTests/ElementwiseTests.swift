import KobaiKernels
import Synchronization
import TestSupport
import Testing

@Suite("Functions of one's own on the kernels' threads")
struct ElementwiseTests {
  /// Around sixteen lanes, around two threads' work, and rows that end within a vector.
  static let shapes = [(0, 0), (1, 1), (1, 15), (3, 16), (5, 17), (7, 33), (40, 1000), (3, 30_001), (2000, 25)]

  @Test("map and its rows are plain loops, on all kinds of kernels and in place", arguments: Kernels.everyKind)
  func map(_ kernels: Kernels) throws {
    for (rows, columns) in Self.shapes {
      var random = TestRandom(UInt64(rows * columns))
      let (a, b) = (random.floats(rows * columns), random.floats(rows * columns))
      let slopes: [Float] = [0.1, 0.2, 0.5]
      func row(_ i: Int) -> Int { i / columns }
      var y = a
      try kernels.map(a.span, into: y.mutableSpan) { x in x.replacing(with: 0.01 * x, where: x .< 0) }
      expectSameBits(y, a.map { $0 < 0 ? 0.01 * $0 : $0 }, "\(rows) × \(columns)")
      try kernels.map(a.span, b.span, into: y.mutableSpan) { a, b in a * b + a }
      expectSameBits(y, zip(a, b).map { $0 * $1 + $0 }, "\(rows) × \(columns)")
      let span = slopes.span
      try kernels.map(a.span, rows: rows, into: y.mutableSpan) { x, row in span[row % 3] * x }
      expectSameBits(y, a.indices.map { slopes[row($0) % 3] * a[$0] }, "\(rows) × \(columns)")
      let memory = AlignedMemory(bytes: a.count * 4)
      let elements = unsafe memory.base.assumingMemoryBound(to: Float.self)
      for i in a.indices { unsafe elements[i] = a[i] }
      try unsafe kernels.map(
        Span(_unsafeStart: elements, count: a.count), b.span, rows: rows,
        into: MutableSpan(_unsafeStart: elements, count: a.count)
      ) { a, b, row in span[row % 3] * a - b }
      expectSameBits(
        a.indices.map { unsafe elements[$0] }, a.indices.map { slopes[row($0) % 3] * a[$0] - b[$0] },
        "\(rows) × \(columns)")
    }
  }

  @Test("sums of rows agree with Double, and in their bits on all kinds of kernels") func sums() throws {
    for (rows, columns) in Self.shapes {
      var random = TestRandom(UInt64(rows * columns + 1))
      let (a, b) = (random.floats(rows * columns), random.floats(rows * columns))
      let all = try Kernels.everyKind.map { kernels in
        var sums = [Float](repeating: .nan, count: rows)
        try kernels.sumRows(a.span, b.span, into: sums.mutableSpan) { a, b in a * b + 1 }
        return sums
      }
      let right = (0..<rows).map { row in
        (row * columns..<(row + 1) * columns).reduce(0.0) { $0 + Double(a[$1]) * Double(b[$1]) + 1 }
      }
      expectClose(all[0], right, tolerance: 2e-6 * Double(columns), "\(rows) × \(columns)")
      for sums in all { expectSameBits(sums, all[0], "\(rows) × \(columns)") }
    }
  }

  @Test("every range comes once, cut at multiples of the unit", arguments: Kernels.everyKind)
  func parallelFor(_ kernels: Kernels) throws {
    for count in [0, 1, 7, 1000] {
      let ranges = Mutex<[Range<Int>]>([])
      kernels.parallelFor(count, grain: 10, unit: 4) { range in ranges.withLock { $0.append(range) } }
      let sorted = ranges.withLock { $0 }.sorted { $0.lowerBound < $1.lowerBound }
      #expect(sorted.flatMap(Array.init) == Array(0..<count))
      #expect(sorted.dropFirst().allSatisfy { $0.lowerBound % 4 == 0 } && sorted.count <= kernels.threads)
      var y = [Float](repeating: -1, count: count * 3)
      try kernels.parallelFor(count, grain: 10, into: y.mutableSpan) { range, part in
        for i in range {
          for j in 0..<3 { part[(i - range.lowerBound) * 3 + j] = Float(i * 10 + j) }
        }
      }
      #expect(y == (0..<count).flatMap { i in (0..<3).map { Float(i * 10 + $0) } })
    }
  }

  @Test("denormals count as zero inside, and the caller's mode comes back") func denormals() throws {
    let (x, half): ([Float], Float) = ([.leastNormalMagnitude], 0.5)
    for kernels in Kernels.everyKind {
      var y: [Float] = [1]
      try kernels.map(x.span, into: y.mutableSpan) { x in half * x }
      #expect(y == [0])
    }
    #expect(x[0] * half > 0)
  }

  @Test("what does not fit is refused in words") func errors() throws {
    let kernels = Kernels.default
    var y: [Float] = [1, 2, 3]
    func refusal(_ body: () throws -> Void) -> String? {
      #expect(throws: KernelError.self, performing: body)?.description
    }
    #expect(
      refusal { try kernels.map([1, 2].span, into: y.mutableSpan) { x in x } }
        == "map: y has 3 elements, but the sizes need 2")
    #expect(
      refusal { try kernels.map([1, 2, 3].span, rows: 2, into: y.mutableSpan) { x, _ in x } }
        == "map: 3 elements are no 2 rows of the same length")
    #expect(
      refusal { try kernels.sumRows([1, 2, 3, 4].span, [1].span, into: y.mutableSpan) { a, b in a * b } }
        == "sum rows: b has 1 elements, but the sizes need 4")
    #expect(
      refusal { try kernels.parallelFor(2, grain: 1, into: y.mutableSpan) { _, _ in } }
        == "parallel for: y has 3 elements, which 2 cannot share evenly")
  }
}
