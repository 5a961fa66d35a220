import Foundation
import Kobai
import TestSupport
import Testing

/// What a served network takes in memory, in a process of its own, of which the system counts the pages. `kernel-bench serve`
/// loads and predicts as a server does.
@Suite("Serving, in a process of its own", .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/statm")))
struct ServingTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// The MB that loading takes at most, and those that stay, for each number of tasks.
  private func memory(_ network: Network, tasks: [Int]) throws -> [(peak: Double, stays: Double)] {
    try network.save(to: folder / "w")
    let run = try Command.run(
      "kernel-bench",
      [
        "serve", "--weights", folder / "w", "--tasks", tasks.map(String.init).joined(separator: ","), "--seconds",
        "0.1",
        "--threads", "2", "--json", folder / "json",
      ])
    #expect(run.code == 0, "\(run.errors)")
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder / "json")))
    return try #require(json as? [[String: Any]]).map {
      (try #require($0["peak_mb"] as? Double), try #require($0["resident_mb"] as? Double))
    }
  }

  @Test("matrices are there once, and while they are loaded one of them twice")
  func affine() throws {
    let layers: Sequential = [
      "a": Affine(1500), "r": ReLU(), "b": Affine(1500), "s": ReLU(), "c": Affine(1500), "t": ReLU(), "d": Affine(1500),
    ]
    let network = try Network(input: [1500], batch: 1, layers)
    let (layer, weights) = (1500.0 * 1500 * 4 / 1_048_576, Double(network.parameters.count) * 4 / 1_048_576)
    let (peak, stays) = try #require(try memory(network, tasks: [1]).first)
    // Beside them: code that is run for the first time, the file's header, scratch of two threads, blocks of pages.
    let little = 6.0
    #expect(stays > weights - 1, "\(stays) MB for weights of \(weights): what is counted is nothing")
    #expect(stays < weights + little, "\(stays) MB for weights of \(weights)")
    #expect(peak < weights + layer + little, "\(peak) MB at most for weights of \(weights), \(layer) a layer")
  }

  @Test("convolutions are there once, as they are packed, and eight tasks cost contexts alone")
  func convolutions() throws {
    let network = try Network(input: [3, 32, 32], batch: 1, ResNet9())
    let weights = Double(network.parameters.count) * 4 / 1_048_576
    // Winograd's algorithm has 16 numbers for the 9 of a 3 × 3 window, and nearly all are in such.
    let packed = weights * 16 / 9
    // The largest layer: as it is in the file, folded, and packed.
    let layer = 256.0 * 256 * 4 / 1_048_576 * (9 + 9 + 16)
    let results = try memory(network, tasks: [1, 8])
    let (one, eight) = (try #require(results.first), try #require(results.last))
    // Values between layers take 2 × 32 × 32 × 64 numbers, Winograd's scratch of each thread a few hundred KB.
    let (little, context) = (6.0, 1.5)
    #expect(one.stays < packed + context + little, "\(one.stays) MB for packed weights of \(packed)")
    #expect(one.peak < packed + layer + little, "\(one.peak) MB at most for packed weights of \(packed)")
    #expect(eight.stays - one.stays < 8 * context, "\(eight.stays - one.stays) MB more for eight tasks")
  }

  @Test("rounds on standard input say what a prediction takes, and what the network does")
  func rounds() throws {
    let run = try Command.shell(
      "echo go portable | \"$0\" \"$@\"", "kernel-bench",
      ["serve", "--model", "mlp", "--tasks", "2", "--threads", "1", "--seconds", "0.05", "--rounds-on-stdin"],
      environment: ["KOBAI_ISA": "portable"])
    #expect(run.code == 0 && run.lines.first == "ready portable", "\(run.errors)")
    let answer = try JSONSerialization.jsonObject(with: Data((run.lines.last ?? "").utf8)) as? [String: Any]
    #expect(Set(try #require(answer).keys) == ["mode", "seconds", "p50", "p99", "resident_mb"])
    #expect(try #require(answer?["p50"] as? Double) <= #require(answer?["p99"] as? Double))
  }
}
