import CMallocCounter
import Foundation
import Kobai
import TestSupport
import Testing

/// The system refuses memory and threads.
@Suite("Memory and threads that are refused", .enabled(if: malloc_counter_available() == 1 && Fault.isAvailable))
struct RefusedMemoryTests {
  /// The bits of a product, computed by so many threads.
  private static func product(_ threads: Int) throws -> [UInt32] {
    let (m, n, k) = (256, 256, 256)
    var random = TestRandom(1)
    let (a, b) = (random.floats(m * k), random.floats(k * n))
    var c = [Float](repeating: 0, count: m * n)
    try Kernels(threads: threads).gemm(GemmShape(m: m, n: n, k: k), a.span, b.span, into: c.mutableSpan)
    return c.map(\.bitPattern)
  }

  @Test("a network that memory is too short for is an error") func network() throws {
    malloc_counter_refuse(1 << 16)
    defer { malloc_counter_refuse(Int.max) }
    let error = #expect(throws: BuildError.self) {
      _ = try Network(input: [1, 28, 28], batch: 100, SimpleConvNet())
    }
    let line = "\(try #require(error))"
    #expect(line.contains("MiB of memory, which there are not; build it for smaller batches") && !line.contains("\n"))
  }

  private func words(_ result: ExitTest.Result?) -> String {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  }

  @Test("memory that is unavailable ends the process with its size") func alignedMemory() async {
    let small = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      malloc_counter_refuse(1)
      _ = AlignedMemory(bytes: 1000)
    }
    #expect(words(small).contains("out of memory: 1000 bytes"))
    let large = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Fault.error(ENOMEM).inject(at: 1, of: "mmap") { _ = AlignedMemory(bytes: 1 << 20) }
    }
    #expect(words(large).contains("out of memory: 1048576 bytes"))
  }

  @Test("without a team, or without its threads, the caller computes the same bits alone") func team() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      malloc_counter_refuse(16_000)
      let alone = try Self.product(4)
      malloc_counter_refuse(Int.max)
      var refused: [UInt32] = []
      let call = try Fault.error(EAGAIN).inject(at: 1) { refused = try Self.product(4) }
      #expect(call == "pthread_create")
      let expected = try Self.product(1)
      #expect(alone == expected && refused == expected)
    }
    #expect(words(result) == "")
  }
}
