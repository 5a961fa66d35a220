import KobaiKernels
import TestSupport
import Testing

@Suite("Passes over all gradients or weights")
struct VectorTests {
  static let sizes = [0, 1, 15, 16, 17, 1000, 40_000]

  @Test("scaling, clamping and moving averages", arguments: Kernels.everyKind)
  func everyKind(_ kernels: Kernels) throws {
    for n in Self.sizes {
      var random = TestRandom(UInt64(n))
      let (x, old) = (random.floats(n), random.floats(n))
      var scaled = x
      kernels.scale(scaled.mutableSpan, by: 0.37)
      #expect(scaled == x.map { $0 * 0.37 })
      var clamped = x
      try kernels.clamp(clamped.mutableSpan, to: 0.25)
      #expect(clamped == x.map { min(0.25, max(-0.25, $0)) })
      var sum = [Float](repeating: 0, count: n)
      try kernels.add(x.span, old.span, into: sum.mutableSpan)
      #expect(sum == zip(x, old).map(+))
      if n > 0 {  // two rows, whose last columns become the first ones of longer rows
        let columns = (n + 1) / 2
        var wide = [Float](repeating: 9, count: 2 * (n + 1))
        try kernels.copyColumns(columns, rows: 2, of: (x + old).span, from: n - columns, into: wide.mutableSpan, at: 1)
        for (row, source) in [x, old].enumerated() {
          let target = wide[row * (n + 1)..<(row + 1) * (n + 1)]
          #expect(Array(target) == [9] + source[(n - columns)...] + [Float](repeating: 9, count: n - columns))
        }
      }
      var average = old
      try kernels.lerp(x.span, weight: 0.01, into: average.mutableSpan)
      #expect(average == zip(x, old).map { $1.addingProduct(0.01, $0 - $1) })
    }
  }

  @Test("products, sums, maxima, exponentials and logarithms", arguments: Kernels.everyKind)
  func elementwise(_ kernels: Kernels) throws {
    for n in Self.sizes {
      var random = TestRandom(UInt64(n + 1))
      let (a, b, c) = (random.floats(n), random.floats(n), random.floats(n))
      var y = c
      try kernels.multiply(a.span, b.span, into: y.mutableSpan)
      expectSameBits(y, zip(a, b).map { $0 * $1 })
      try kernels.multiplyAdd(a.span, b.span, c.span, into: y.mutableSpan)
      expectSameBits(y, a.indices.map { c[$0].addingProduct(a[$0], b[$0]) })
      try kernels.maximum(a.span, b.span, into: y.mutableSpan)
      expectSameBits(y, zip(a, b).map { Swift.max($0, $1) })
      let wide = a.map { $0 * 80 }
      try kernels.exp(wide.span, into: y.mutableSpan)
      let exponentials = wide.map { Oracle.exp(Double($0)) }
      expectClose(y, exponentials, tolerance: { exponentials[$0] * 0x1p-22 + 0x1p-126 })
      let positive = y
      try kernels.log(positive.span, into: y.mutableSpan)
      let logarithms = positive.map { Oracle.log(Double($0)) }
      expectClose(y, logarithms, tolerance: { Swift.max(abs(logarithms[$0]), 0x1p-20) * 0x1p-22 })
    }
  }

  @Test("a maximum does not hide a NaN; zero, infinity and NaN in exponentials and logarithms") func special() throws {
    for kernels in Kernels.everyKind {
      var y: [Float] = [0, 0, 0]
      try kernels.maximum([.nan, 1, -0.5].span, [1, .nan, -.infinity].span, into: y.mutableSpan)
      #expect(y[0].isNaN && y[1].isNaN && y[2] == -0.5)
      try kernels.exp([-200, 200, .nan].span, into: y.mutableSpan)
      #expect(y[0] == 0 && y[1] == .infinity && y[2].isNaN)
      try kernels.log([0, .infinity, -1].span, into: y.mutableSpan)
      #expect(y[0] == -.infinity && y[1] == .infinity && y[2].isNaN)
    }
  }

  @Test("the squared norm agrees with Double, and in its bits everywhere", arguments: [0, 1, 31, 4096, 10_001])
  func squaredNorm(_ count: Int) {
    var random = TestRandom(47)
    let x = random.floats(count)
    let right = x.reduce(0.0) { $0 + Double($1) * Double($1) }
    let norms = Kernels.everyKind.map { $0.squaredNorm(x.span) }
    #expect(norms.allSatisfy { $0 == norms[0] && abs($0 - right) <= 1e-6 * right })
  }

  @Test("columns that a matrix lacks are refused") func columns() {
    let x = [Float](repeating: 0, count: 6)
    var y = x
    #expect {
      try Kernels.default.copyColumns(2, rows: 2, of: x.span, from: 2, into: y.mutableSpan, at: 0)
    } throws: {
      "\($0)" == "copy columns: x is 2 rows of 3; it lacks columns 2 ..< 4"
    }
  }

  @Test("a NaN is not hidden by a limit") func notANumber() throws {
    var x: [Float] = [.nan, .infinity, -.infinity]
    try Kernels.default.clamp(x.mutableSpan, to: 1)
    #expect(x[0].isNaN && x[1] == 1 && x[2] == -1)
  }

  @Test("a negative limit and an average of another size are refused") func errors() throws {
    var x: [Float] = [1, 2]
    let limit = #expect(throws: KernelError.self) { try Kernels.default.clamp(x.mutableSpan, to: -1) }
    #expect(limit?.description == "clamp: limit -1.0 must not be negative")
    let size = #expect(throws: KernelError.self) {
      try Kernels.default.lerp([Float](repeating: 0, count: 3).span, weight: 0.1, into: x.mutableSpan)
    }
    #expect(size?.description == "lerp: average has 2 elements, but the sizes need 3")
  }
}
