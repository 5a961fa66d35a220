import ArgumentParser
import CBench
import Foundation
import Kobai

/// The machine's limits, measured.
enum MachinePeak {
  /// GFLOP/s of fused multiply-adds in registers, on all of the kernels' threads at once; of products of bf16 below full
  /// precision, three of which make one of high precision.
  static func gflops(_ kernels: Kernels) -> Double {
    let unit: Int32 =
      switch (kernels.instructionSet, kernels.precision) {
      case (.portable, _): 0
      case (.avx2, _): 1
      case (.avx512, .highest), (.amx, .highest): 2
      case (.neon, _): 3
      case (.avx512, _): 4
      case (.amx, _): 5
      }
    let threads = Int32(kernels.threads)
    let operations = peak_fma(unit, threads, 1)  // warms the threads up
    let rounds = 4_000_000
    let each = kernels.precision == .high ? 3.0 : 1.0
    return best { _ = peak_fma(unit, threads, rounds) }.map { operations * Double(rounds) / $0 / 1e9 / each } ?? 0
  }

  /// GB/s between the cores and main memory, reading two arrays and writing a third.
  static func bandwidth(threads: Int) -> Double {
    let count = 16 << 20
    let (a, b, c) = (Tensor([count]), randomFloats(count, 1), randomFloats(count, 2))
    return best { a.triad(b, c, threads: threads) }.map { 12 * Double(count) / $0 / 1e9 } ?? 0
  }

  private static func best(_ body: () -> Void) -> Double? {
    (0..<5).map { _ in
      let start = ContinuousClock.now
      body()
      return (ContinuousClock.now - start) / .seconds(1)
    }.min()
  }
}

extension Tensor {
  /// self = b + c / 2
  fileprivate func triad(_ b: Tensor, _ c: Tensor, threads: Int) {
    var target = mutableSpan
    let (first, second) = (b.span, c.span)
    unsafe target.withUnsafeMutableBufferPointer { a in
      unsafe first.withUnsafeBufferPointer { b in
        unsafe second.withUnsafeBufferPointer { c in
          unsafe peak_triad(Int32(threads), a.count, a.baseAddress, b.baseAddress, c.baseAddress)
        }
      }
    }
  }
}

struct PeakCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peak", abstract: "The limits of this machine: arithmetic in registers and memory bandwidth.")
  @OptionGroup var options: BenchOptions

  func run() throws {
    let all = try options.prepare()
    var table = Table(["threads", "GFLOP/s", "memory GB/s"])
    var records: [Record] = []
    for kernels in all {
      let (flops, bytes) = (MachinePeak.gflops(kernels), MachinePeak.bandwidth(threads: kernels.threads))
      for (name, value, unit) in [("peak-fma", flops, "GFLOP/s"), ("peak-memory", bytes, "GB/s")] {
        records.append(
          Record(
            benchmark: name, on: kernels, best: value, median: value, worst: value, unit: unit))
      }
      table.append([records.last?.setting ?? "", flops.short, bytes.short])
    }
    table.print()
    print("best of 5")
    try options.finish(
      records,
      plot: barFigure(
        title: "Limits of this machine", axis: "GFLOP/s, GB/s", series: ["products", "memory"],
        groups: stride(from: 0, to: records.count, by: 2).map {
          (records[$0].series, [records[$0].best, records[$0 + 1].best])
        }))
  }
}
