import Foundation
import KobaiKernels
import TestSupport
import Testing

@Suite struct KernelsTests {
  @Test func portableKernelsRunEverywhere() {
    #expect(InstructionSet.portable.isSupported)
    #expect(InstructionSet.best.isSupported)
    #expect(Kernels().instructionSet == .best)
  }

  @Test func threadsAreClamped() {
    #expect(Kernels(threads: 0).threads == 1)
    #expect(Kernels(threads: -3).threads == 1)
    #expect(Kernels(threads: 3).threads == 3)
    #expect(Kernels(threads: 100_000).threads == 256)
    #expect(Kernels(threads: .max).threads == 256)
  }

  @Test func threadsAreStarted() {
    #expect(Kernels(threads: 3).startThreads() == 3)
    #expect(Kernels(threads: 1).startThreads() == 1)
    #expect(Processors.current.allowed >= Processors.current.usable && Kernels.defaultThreads >= 1)
  }

  @Test func workspaceGrowsAndStays() throws {
    let workspace = Workspace()
    workspace.reserve(100_000)
    workspace.reserve(50)
    #expect(workspace.bytes == 0, "nothing is allocated before it is used")
    var loss: Float = 0
    var sizes: [Int] = []
    for rows in [2, 30_000, 2] {
      let (x, labels) = ([Float](repeating: 0, count: rows), [Int32](repeating: 0, count: rows))
      loss = try Kernels().softmaxCrossEntropy(
        rows: rows, columns: 1, x.span, labels: labels.span, dx: nil, workspace: workspace)
      sizes.append(workspace.bytes)
    }
    #expect(loss == 0 && sizes[0] == 100_000 && sizes[1] >= 120_000 && sizes[2] == sizes[1])
  }

  /// Denormal numbers count as zero inside a kernel, and the caller's own mode comes back after it.
  @Test(arguments: InstructionSet.supported)
  func denormalsAreFlushedInsideOnly(_ isa: InstructionSet) throws {
    let tiny = Float.leastNormalMagnitude
    var y = [Float](repeating: 1, count: 40)
    try Kernels(instructionSet: isa, threads: 2).activationForward(
      .sigmoid, [Float](repeating: -200, count: 40).span, into: y.mutableSpan)
    #expect(y.allSatisfy { $0 == 0 })
    var product = [Float](repeating: 1, count: 1)
    try Kernels(instructionSet: isa).gemm(
      GemmShape(m: 1, n: 1, k: 1), [tiny].span, [0.5].span, into: product.mutableSpan)
    #expect(product == [0])
    #expect(tiny * Float(y.count) / 80 != 0, "the caller's arithmetic still has denormals")
  }
}
