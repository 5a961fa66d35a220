import Foundation
import TestSupport
import Testing

@testable import kernel_bench

/// `kernel-bench reproduce`: whether this machine trains to the bits of all others.
@Suite("kernel-bench reproduce") struct ReproduceTests {
  @Test("the digests are those of every machine, on one thread and two, on every instruction set")
  func sameBits() throws {
    let run = try Command.run(
      "kernel-bench", ["reproduce", "--networks", "softmax,mlp", "--optimizers", "adam,muon", "--threads", "1,2"])
    #expect(run.code == 0 && run.errors.isEmpty, "\(run.errors)")
    #expect(run.lines.first == "network              adam              muon")
    #expect(run.lines.count == 4 && run.lines[3].hasPrefix("the same on portable"))
    #expect(run.lines[3].hasSuffix(", with 1, 2 threads, as everywhere"))
  }

  @Test("other bits are named: network, optimizer, instruction set, threads and both digests") func otherBits() {
    let difference = ReproduceCommand.difference(
      "0123456789abcdef", of: ReproducibleTraining(network: .mlp, optimizer: .adam),
      .init(instructionSet: .portable, threads: 2))
    #expect(difference.hasPrefix("mlp with adam on portable, threads 2: 0123456789abcdef, not "))
    let error = NotReproduced(differences: [difference, "another"])
    #expect(
      "\(error)" == "2 trainings end with other bits than everywhere else, the first: \(difference)")
  }

  @Test("each network ends with another digest, and so does each optimizer on it") func allDiffer() {
    let all = ReproducibleTraining.all.compactMap(\.golden)
    #expect(all.count == ReproducibleTraining.all.count && Set(all).count == all.count)
  }

  @Test("every line of the documentation's table has the digest of the networks as they are") func table() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let article = try String(
      contentsOf: root.appendingPathComponent("../Sources/Kobai/Kobai.docc/TheSameBits.md"), encoding: .utf8)
    let lines = article.split(separator: "\n").filter { $0.hasPrefix("| ") && $0.hasSuffix("` |") }
    #expect(!lines.isEmpty)
    let digest = ReproducibleTraining.summary(ReproducibleTraining.all.compactMap(\.golden))
    for line in lines { #expect(line.hasSuffix("| `\(digest)` |"), "\(line)") }
  }
}
