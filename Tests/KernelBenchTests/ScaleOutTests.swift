import Foundation
import TestSupport
import Testing

@testable import kernel_bench

@Suite("kernel-bench scale-out") struct ScaleOutTests {
  /// Two buckets of 4 MB, and a link of a gigabyte a second on which nothing else costs time.
  private func model(_ link: Link, steps: [Double] = [0.1, 0.1, 0.1]) -> ScaleOutModel {
    ScaleOutModel(
      forward: 0.04, backward: 0.05, update: 0.01, buckets: [4_000_000, 4_000_000], outputs: 0, link: link, steps: steps
    )
  }

  @Test("the backward pass hides all buckets but the last, whose exchange is two rounds of its pieces")
  func hiddenBuckets() {
    let model = model(Link(latency: 0, overhead: 0, bandwidth: 1e9))
    #expect(abs(model.step(ranks: 1) - 0.1) < 1e-12 && model.efficiency(ranks: 1) == 1)
    // Of 4 MB each of two ranks sends a half, twice: 4 ms, of which nobody waits for the first bucket's.
    #expect(abs(model.step(ranks: 2) - 0.104) < 1e-12)
    // Of four ranks each sends three quarters.
    #expect(abs(model.step(ranks: 4) - 0.106) < 1e-12)
  }

  @Test("a slow link is waited for: buckets queue, and every message has its price") func slowLink() {
    let slow = model(Link(latency: 0, overhead: 0, bandwidth: 1e8))
    // 40 ms a bucket: the second one waits for the first, which begins after half of the backward pass.
    #expect(abs(slow.step(ranks: 2) - (0.04 + 0.025 + 0.08 + 0.01)) < 1e-12)
    let far = model(Link(latency: 1e-3, overhead: 1e-4, bandwidth: .infinity))
    // The last bucket's two rounds of a latency and one message to each of three others, and the outputs' last round.
    #expect(abs(far.step(ranks: 4) - (0.1 + 2 * (1e-3 + 3e-4) + 1e-3)) < 1e-12)
  }

  @Test("all wait for the slowest of the ranks, whose step is drawn from those that were measured") func slowest() {
    let model = model(Link(latency: 0, overhead: 0, bandwidth: .infinity), steps: [0.1, 0.1, 0.13])
    // Of two steps out of three, the longest is the third with a probability of 1 - (2/3)^2.
    #expect(abs(model.step(ranks: 2) - (0.1 + 0.03 * (1 - 4.0 / 9))) < 1e-12)
    // Where most steps were slow, nobody is waited for, and nobody gains anything either.
    let busy = self.model(Link(latency: 0, overhead: 0, bandwidth: .infinity), steps: [0.1, 0.1, 9, 9])
    #expect(abs(busy.step(ranks: 2) - 0.1) < 1e-12)
  }

  @Test("a table by the number of ranks, with the link that was typed; efficiency falls") func command() throws {
    let folder = try TemporaryFolder()
    let arguments = ["scale-out", "--model", "mlp", "--ranks", "2,1024", "--rounds", "1", "--threads", "1"]
    let link = ["--latency", "50", "--overhead", "2", "--bandwidth", "10"]
    let run = try Command.run(
      "kernel-bench", arguments + link + ["--json", folder / "all.json", "--svg", folder / "all.svg"])
    try #require(run.code == 0, "\(run.errors)")
    #expect(run.lines.contains("the link: 50.00 µs latency, 2.000 µs a message, 10.00 Gbit/s"), "\(run.output)")
    let records = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder / "all.json")))
        as? [[String: Any]])
    let efficiencies = records.compactMap { $0["ratio"] as? Double }
    #expect(records.map { $0["batch"] as? Int } == [100, 200, 102_400])
    #expect(efficiencies.count == 3 && efficiencies[0] == 1 && efficiencies[1] < 1 && efficiencies[2] < efficiencies[1])
    #expect(try String(contentsOfFile: folder / "all.svg", encoding: .utf8).contains("Efficiency of 100 images a rank"))
  }

  @Test(
    "what a link cannot be is one line",
    arguments: [
      ("--latency 0", "--latency 0.0: it must be above 0 and below 1,000,000,000"),
      ("--overhead -1", "--overhead -1.0: it must be above 0 and below 1,000,000,000"),
      ("--bandwidth 1e9", "--bandwidth 1000000000.0: it must be above 0 and below 1,000,000,000"),
      ("--bucket 0", "--bucket 0: it must be at least 1"),
    ])
  func wrongLinks(_ option: String, _ message: String) throws {
    let run = try Command.run("kernel-bench", ["scale-out"] + option.split(separator: " ").map(String.init))
    #expect(
      run.code == 64 && run.errors == "error: \(message) (kernel-bench --help shows the options)\n", "\(run.errors)")
  }
}
