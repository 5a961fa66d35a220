import DesignFuzzing
import Foundation
import Kobai
import KobaiFiles
import KobaiONNX
import TestSupport
import Testing

/// Random designs as ONNX files.
///
/// A failure names the design's seed; `KOBAI_FUZZ_SEED=<seed> KOBAI_FUZZ_DESIGNS=1` tries that one again.
@Suite struct FuzzedDesignTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// A network with running statistics that have moved, its inputs, and what it predicts for them; nil where the design is
  /// none, or where it uses what ONNX cannot say.
  private struct Example {
    let design: FuzzedDesign
    let network: Network
    let xs: [Tensor]
    let outputs: [[Float]]
    let path: String

    init?(seed: UInt64, _ folder: TemporaryFolder) throws {
      design = FuzzedDesign(seed: seed)
      guard let network = try? Network(design.graph, batch: design.batch, seed: seed, kernels: Kernels(threads: 1))
      else { return nil }
      self.network = network
      design.scatter(network, seed: seed)
      xs = design.inputs(of: network, seed: seed)
      try network.forward(xs, .training(step: 0))
      try network.forward(xs, .inference)
      outputs = network.outputs.indices.map { network.outputValue($0).elements }
      path = folder / "\(seed).onnx"
      do { try network.saveONNX(to: path) } catch is ONNXError { return nil }
    }

    func fail(_ what: String) {
      let description = (try? NetworkDescription(network.design).json) ?? ""
      Issue.record("KOBAI_FUZZ_SEED=\(design.seed): \(what)\n\(design.text)\n\(description)")
    }
  }

  /// What was exported is read again, and computes the same bits.
  @Test func exportsComeBack() throws {
    let run = FuzzRun(count: 150)
    var exported = 0
    for seed in run.seeds {
      run.announce(seed, "ONNX")
      guard let example = try Example(seed: seed, folder) else { continue }
      exported += 1
      do {
        let copy = try Network(contentsOfONNX: example.path, batch: example.design.batch, kernels: Kernels(threads: 1))
        try copy.forward(example.xs, .inference)
        for (i, y) in example.outputs.enumerated() where firstDifference(copy.outputValue(i).elements, y) != nil {
          example.fail("output \(i) is another one after its way through ONNX")
        }
      } catch { example.fail("\(error)") }
    }
    #expect(run.seeds.count < 50 || exported * 10 > run.seeds.count * 7, "\(exported) of \(run.seeds.count) exported")
  }

  private struct Report: Decodable {
    let checked: Int
    let largest: Double
    let failures: [String: String]
  }

  /// ONNX Runtime comes to the same outputs within 1e-4 of the largest element of each, where floats say that much: see
  /// ``DoubleComparison``.
  @Test(.enabled(if: Interop.python != nil, "set KOBAI_PYTHON to a Python that has onnx, onnxruntime and numpy"))
  func onnxRuntimeComesToTheSameOutputs() throws {
    let run = FuzzRun(count: 150)
    var examples: [UInt64: Example] = [:]
    for seed in run.seeds {
      run.announce(seed, "ONNX Runtime")
      guard let example = try Example(seed: seed, folder) else { continue }
      let dy = example.outputs.map { [Float](repeating: 0, count: $0.count) }
      guard DoubleComparison(DoubleNetwork(example.network, example.xs), .inference, dy: dy).isMeaningful(within: 1e-4)
      else {
        try FileManager.default.removeItem(atPath: example.path)
        continue
      }
      for (i, x) in example.xs.enumerated() {
        try folder.write(x.elements.littleEndianBytes, to: "\(seed).in\(i).f32")
      }
      for (i, y) in example.outputs.enumerated() { try folder.write(y.littleEndianBytes, to: "\(seed).out\(i).f32") }
      examples[seed] = example
    }
    let check = try Interop.run("onnx_designs.py", [folder.path])
    try #require(check.code == 0, "\(check.errors)")
    let report = try JSONDecoder().decode(Report.self, from: Data(check.output.utf8))
    #expect(report.checked == examples.count)
    for (seed, reason) in report.failures.sorted(by: { $0.key < $1.key }) {
      UInt64(seed).flatMap { examples[$0] }?.fail("ONNX Runtime: \(reason)")
    }
    #expect(
      run.seeds.count < 50 || examples.count * 2 > run.seeds.count, "\(examples.count) of \(run.seeds.count) compared")
  }
}
