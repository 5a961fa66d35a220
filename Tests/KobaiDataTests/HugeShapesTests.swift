import KobaiData
import KobaiKernels
import Testing

/// Shapes whose product overflows are programmers' errors in words, as other shapes that do not fit are.
@Suite struct HugeShapesTests {
  private func words(_ result: ExitTest.Result?) -> String {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  }

  @Test func endInWords() async {
    var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = NumPyArray([1, 2], shape: [.max, 2])
    }
    #expect(words(result).contains("2 numbers do not make an array of shape [9223372036854775807, 2]"))
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Samples(inputs: [1, 2], shape: [1 << 40, 1 << 40])
    }
    #expect(words(result).contains("2 numbers do not make inputs of shape [1099511627776, 1099511627776]"))
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = ImageSet(pixels: [1, 2], size: Size2D(.max), labels: [0])
    }
    #expect(words(result).contains("2 pixels end too early"))
  }

  @Test("a batch may be larger than all samples are") func batches() {
    let batches = Batches(Samples(inputs: [1, 2, 3], shape: [1]), batchSize: .max)
    #expect(batches.count == 1 && batches.positions(of: 0) == 0..<3)
  }
}
