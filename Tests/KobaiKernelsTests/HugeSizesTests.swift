import KobaiKernels
import Testing

/// Sizes whose products overflow are errors of the kernel in its own words; none is a trap of the processor.
@Suite struct HugeSizesTests {
  private static let sizes = [Int.min, -1, 0, 1, 2, 1 << 31, 1 << 32, 1 << 61, .max - 1, .max]
  private let kernels = Kernels(threads: 1)
  private let four: [Float] = [1, 2, 3, 4]

  @Test("the words of an error") func words() {
    var y = four
    #expect(throws: KernelError.count(kernel: "softmax forward", argument: "x", needed: .max, given: 4)) {
      try kernels.softmaxForward(rows: 1 << 32, columns: 1 << 32, four.span, into: y.mutableSpan)
    }
    #expect(throws: KernelError.count(kernel: "gemm", argument: "a", needed: .max, given: 4)) {
      try kernels.gemm(GemmShape(m: .max, n: 2, k: 2), four.span, four.span, into: y.mutableSpan)
    }
    #expect(Conv2DShape(batch: .max, channels: 2, input: 2, filters: 1, kernel: 1).inputCount == .max)
    #expect(Pool2DShape(planes: 1, input: 2, window: 2, padding: Size2D(.max)).output == Size2D(.max / 2))
  }

  @Test("every kernel of sizes, each size in turn absurd") func everyKernel() {
    var refused = 0
    func attempt(_ body: () throws -> Void) {
      do { try body() } catch {
        #expect(!"\(error)".isEmpty && !"\(error)".contains("\n"))
        refused += 1
      }
    }
    let labels: [Int32] = [0, 1]
    let bytes = [UInt8](repeating: 0, count: 4)
    for a in Self.sizes {
      for b in Self.sizes {
        var (y, z, w, v) = (four, four, four, four)
        var index: [Int32] = [0, 0]
        var indices = bytes
        let size = Size2D(a, b)
        attempt { try kernels.softmaxForward(rows: a, columns: b, four.span, into: y.mutableSpan) }
        attempt { try kernels.softmaxBackward(rows: a, columns: b, four.span, y: four.span, into: y.mutableSpan) }
        attempt { try kernels.argmax(rows: a, columns: b, four.span, into: index.mutableSpan) }
        attempt { _ = try kernels.softmaxCrossEntropy(rows: a, columns: b, four.span, labels: labels.span) }
        attempt { _ = try kernels.softmaxCrossEntropy(rows: a, columns: b, four.span, targets: four.span) }
        attempt { try kernels.biasForward(rows: a, four.span, into: y.mutableSpan) }
        attempt { try kernels.biasBackward(rows: a, four.span, into: y.mutableSpan) }
        attempt {
          try kernels.affineForward(
            batch: a, inputs: b, outputs: 2, four.span, weight: four.span, bias: nil, into: y.mutableSpan)
        }
        attempt {
          try kernels.affineForward(
            batch: 2, inputs: a, outputs: b, four.span, weight: four.span, bias: nil, into: y.mutableSpan)
        }
        attempt {
          try kernels.affineBackward(
            batch: a, inputs: b, outputs: 2, four.span, x: four.span, weight: four.span, dx: y.mutableSpan,
            dWeight: z.mutableSpan, dBias: nil)
        }
        attempt { _ = try kernels.affinePack(inputs: a, outputs: b, weight: four.span) }
        attempt { try kernels.gemm(GemmShape(m: a, n: b, k: 2), four.span, four.span, into: y.mutableSpan) }
        attempt {
          try kernels.gemm(
            GemmShape(m: 2, n: 2, k: 2, lda: a, ldb: b), four.span, four.span, into: y.mutableSpan)
        }
        attempt { try kernels.embeddingForward(rows: a, width: b, [0, 1].span, table: four.span, into: y.mutableSpan) }
        attempt {
          try kernels.embeddingBackward(rows: a, width: b, four.span, index: [0, 1].span, into: y.mutableSpan)
        }
        attempt { try kernels.copyColumns(a, rows: 2, of: four.span, from: b, into: y.mutableSpan, at: a) }
        attempt {
          try kernels.preluForward(
            samples: a, channels: b, plane: 2, four.span, weight: [1, 2].span, into: y.mutableSpan)
        }
        attempt { try kernels.standardize(y.mutableSpan, plane: a, mean: [0, 0].span, deviation: [1, 1].span) }
        attempt {
          try kernels.gatherImages(
            bytes.span, channels: a, plane: b, index: index.span, scale: [1].span, offset: [0].span, into: y.mutableSpan
          )
        }
        attempt {
          try kernels.moveImages(
            bytes.span, channels: 2, size: size, index: index.span,
            shifts: [ImageShift](repeating: ImageShift(), count: 2).span, erased: [ImagePatch]().span,
            scale: [1, 1].span, offset: [0, 0].span, into: y.mutableSpan)
        }
        for pool in [
          Pool2DShape(planes: 1, input: size, window: 1), Pool2DShape(planes: a, input: 2, window: Size2D(b)),
          Pool2DShape(planes: 1, input: 2, window: 2, stride: size, padding: 1),
          Pool2DShape(planes: 1, input: 2, window: 2, padding: size),
        ] {
          _ = (pool.inputCount, pool.outputCount)
          attempt {
            try kernels.maxPool2DForward(pool, four.span, into: y.mutableSpan, argmax: indices.mutableSpan)
          }
          attempt { try kernels.averagePool2DBackward(pool, four.span, into: y.mutableSpan) }
        }
        attempt {
          try kernels.adaptiveAveragePool2DForward(
            AdaptivePool2DShape(planes: 2, input: size, output: 1), four.span, into: y.mutableSpan)
        }
        attempt {
          try kernels.upsample2DForward(
            Upsample2DShape(planes: a, input: 1, output: Size2D(b, 2)), four.span, into: y.mutableSpan)
        }
        attempt {
          try kernels.batchNormInfer(
            BatchNormShape(batch: a, channels: b, size: 2), four.span, gamma: four.span, beta: four.span,
            runningMean: four.span, runningVariance: four.span, into: y.mutableSpan)
        }
        attempt {
          try kernels.groupNormForward(
            GroupNormShape(samples: 2, groups: a, channels: b), four.span, gamma: nil, beta: nil, into: y.mutableSpan,
            mean: z.mutableSpan, inverseStd: w.mutableSpan)
        }
        attempt {
          try kernels.lstmForward(
            RecurrentShape(batch: 2, steps: a, hidden: b), gates: y.mutableSpan, weight: four.span, bias: nil,
            into: z.mutableSpan, previous: w.mutableSpan, cells: v.mutableSpan)
        }
        attempt {
          try kernels.gruForward(
            RecurrentShape(batch: a, steps: 1, hidden: 1, outputs: b, firstOutput: a), gates: y.mutableSpan,
            weight: four.span, bias: nil, into: z.mutableSpan, previous: w.mutableSpan, candidates: v.mutableSpan)
        }
        for conv in [
          Conv2DShape(batch: a, channels: 1, input: Size2D(b), filters: 1, kernel: 1),
          Conv2DShape(batch: 1, channels: a, input: 2, filters: b, kernel: size, dilation: size),
          Conv2DShape(batch: 1, channels: 1, input: 2, filters: 1, kernel: 2, stride: size, padding: size),
        ] {
          _ = (conv.inputCount, conv.weightCount, conv.outputCount, conv.columnCount)
          attempt { try kernels.im2col(conv, four.span, into: y.mutableSpan) }
          attempt { try kernels.conv2DForward(conv, four.span, weight: four.span, bias: nil, into: y.mutableSpan) }
        }
        let transposed = ConvTranspose2DShape(batch: a, channels: 1, input: size, filters: b, kernel: size)
        _ = (transposed.inputCount, transposed.weightCount, transposed.outputCount)
        attempt { _ = try ConvTranspose2DPlan(kernels, transposed) }
      }
    }
    #expect(refused > 3000, "\(refused)")
  }

  @Test("memory that no process can address ends it with the reason") func memory() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = AlignedMemory(bytes: .max)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("9223372036854775807 bytes of memory: a process can address no such number"))
  }
}
