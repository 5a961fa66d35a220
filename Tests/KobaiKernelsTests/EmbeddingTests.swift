import KobaiKernels
import TestSupport
import Testing

@Suite struct EmbeddingTests {
  @Test(arguments: InstructionSet.supported, [(7, 5, 3), (40, 11, 17), (2000, 50, 64), (1, 1, 1)])
  func looksUpAndAddsUp(_ isa: InstructionSet, _ size: (count: Int, rows: Int, width: Int)) throws {
    let (count, rows, width) = size
    var random = TestRandom(83)
    let index = (0..<count).map { _ in Float(random.index(below: rows)) }
    let (table, dy) = (random.floats(rows * width), random.floats(count * width))
    var sums = [Double](repeating: 0, count: rows * width)
    for i in 0..<count {
      for j in 0..<width { sums[Int(index[i]) * width + j] += Double(dy[i * width + j]) }
    }
    var first: [Float]?
    for threads in 1...3 {
      let kernels = Kernels(instructionSet: isa, threads: threads)
      var (y, dTable) = (dy, table.map { _ in Float.nan })
      try kernels.embeddingForward(rows: rows, width: width, index.span, table: table.span, into: y.mutableSpan)
      expectSameBits(y, index.flatMap { i in (0..<width).map { table[Int(i) * width + $0] } })
      try kernels.embeddingBackward(
        rows: rows, width: width, dy.span, index: index.span, into: dTable.mutableSpan)
      expectClose(dTable, sums, tolerance: 1e-5)
      expectSameBits(dTable, first ?? dTable, "\(threads) threads")
      first = first ?? dTable
    }
  }

  @Test func refusesWhatIsNoIndex() {
    var y: [Float] = [0, 0, 0]
    for bad in [-1, 5, 1.5, .nan, .infinity, 1e30] as [Float] {
      let error = #expect(throws: KernelError.self) {
        try Kernels().embeddingForward(
          rows: 5, width: 1, [0, 4, bad].span, table: [1, 2, 3, 4, 5].span, into: y.mutableSpan)
      }
      #expect(error?.description == "embedding forward: index[2] is \(bad), not a whole number in 0 ..< 5")
    }
    #expect(y == [0, 0, 0])
  }
}
