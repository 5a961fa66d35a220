import DesignFuzzing
import TestSupport
import Testing

@testable import Kobai

/// What a random design is asked to keep.
struct DesignCheck {
  let design: FuzzedDesign
  let folder: TemporaryFolder

  init(_ design: FuzzedDesign, _ folder: TemporaryFolder) { (self.design, self.folder) = (design, folder) }

  func fail(_ what: String) {
    let rows = design.indices.map { $0.map(String.init) ?? "-" }.joined(separator: " ")
    let json = (try? network()).flatMap { try? NetworkDescription($0.design).json } ?? ""
    Issue.record(
      """
      KOBAI_FUZZ_SEED=\(design.seed): \(what)
      batch \(design.batch), \(design.count) samples, indices \(rows)
      \(design.text)
      \(json)
      """)
  }

  func expect(_ condition: Bool, _ what: @autoclosure () -> String) { if !condition { fail(what()) } }

  func expectSame(_ a: [Float], _ b: [Float], _ what: @autoclosure () -> String) {
    guard a.count == b.count else { return fail("\(what()): \(a.count) elements, not \(b.count)") }
    if let i = firstDifference(a, b) { fail("\(what()): element \(i) is \(a[i]), not \(b[i])") }
  }

  private func network(
    fuses: Bool = true, _ kernels: Kernels = Kernels(threads: 1), inputGradient: Bool = true
  ) throws(BuildError) -> Network {
    let network = try Network(
      design.graph, batch: design.batch, seed: design.seed, kernels: kernels, inputGradient: inputGradient, fuses: fuses
    )
    design.scatter(network, seed: design.seed)
    return network
  }

  /// The network; nil where it is refused, and how is checked.
  func build() throws -> Network? {
    var refusals: [BuildError?] = []
    var network: Network?
    for fuses in [false, true] {
      do throws(BuildError) {
        network = try self.network(fuses: fuses)
        refusals.append(nil)
      } catch { refusals.append(error) }
    }
    expect(refusals[0] == refusals[1], "not fused: \(refusals[0]?.description ?? "built"), fused: \(refusals)")
    guard let refusal = refusals[0] else { return network }
    let names = design.graph.nodes.map(\.name) + design.graph.outputs.map(\.name) + ["network"]
    // Parts may be empty: then there may be nothing that computes, and no size to name.
    let isEmpty = ["it has no layers", "no layer computes this output"].contains(refusal.reason)
    let saysSizes = isEmpty || refusal.reason.contains(where: \.isNumber)
    expect(
      names.contains(refusal.layer) && saysSizes && !refusal.reason.contains("\n"), "no clear error: \(refusal)")
    return nil
  }

  private struct Result {
    var outputs: [[Float]], inputGradients: [[Float]], inference: [[Float]]
    var gradients: [String: [Float]], buffers: [[Float]]
  }

  private func inputs(of network: Network, _ attempt: UInt64 = 0) -> [Tensor] {
    design.inputs(of: network, seed: design.seed &+ attempt << 32)
  }

  private func outputGradients(of network: Network) -> [[Float]] {
    var random = TestRandom(design.seed &+ 17)
    return network.outputs.map { random.floats($0.shape.count * design.count) }
  }

  private func outputs(of network: Network) -> [[Float]] {
    network.outputs.indices.map { network.outputValue($0).elements }
  }

  /// Two training passes, of which the first moves running statistics, their gradients, and an inference pass.
  private func run(_ network: Network) throws -> Result {
    let xs = inputs(of: network)
    let before = xs.map(\.elements)
    let dy = outputGradients(of: network)
    var outputs: [[Float]] = []
    for step in 0..<2 {
      try network.forward(xs, .training(step: step))
      outputs += self.outputs(of: network)
      for (i, dy) in dy.enumerated() { network.outputGradient(i).copy(from: Tensor([dy.count], dy)) }
      try network.backward()
    }
    let inputGradients = xs.indices.map { network.inputGradient($0)?.elements ?? [] }
    let gradients = network.parameters.all.map { ($0.name, $0.gradient.elements) }
    try network.forward(xs, .inference)
    expect(before == xs.map(\.elements), "the caller's input was changed")
    return Result(
      outputs: outputs, inputGradients: inputGradients, inference: self.outputs(of: network),
      gradients: Dictionary(uniqueKeysWithValues: gradients), buffers: network.buffers.map(\.value.elements))
  }

  /// Fused and not, on one to three threads, by any instruction set, with parameters that are not trained, and without the
  /// input's gradient: the same bits.
  func variantsAgree(with network: Network) throws {
    let expected = try run(network)
    var random = TestRandom(design.seed &+ 5)
    let sets = InstructionSet.supported
    let other = Kernels(instructionSet: sets[random.index(below: sets.count)], threads: 3)
    for (fuses, kernels) in [(false, Kernels(threads: 2)), (true, other)] {
      let network = try self.network(fuses: fuses, kernels)
      try compare(run(network), expected, fuses ? "fused, \(kernels.testDescription)" : "not fused, 2 threads")
    }
    let tuned = try self.network()
    for parameter in tuned.parameters.all where random.index(below: 2) == 0 {
      try tuned.parameters.setTrainable(false, prefix: parameter.name)
    }
    try compare(run(tuned), expected, "partly trained", trained: tuned)
    let plain = try self.network(inputGradient: false)
    var result = try run(plain)
    expect(result.inputGradients.allSatisfy(\.isEmpty), "a gradient of the input that nobody asked for")
    result.inputGradients = expected.inputGradients
    compare(result, expected, "without the gradient of the input")
  }

  private func compare(_ a: Result, _ b: Result, _ what: String, trained: Network? = nil) {
    func same(_ a: [[Float]], _ b: [[Float]], _ part: String) {
      for i in a.indices { expectSame(a[i], b[i], "\(what): \(part) \(i)") }
    }
    same(a.outputs, b.outputs, "output")
    same(a.inputGradients, b.inputGradients, "gradient of input")
    same(a.inference, b.inference, "output of inference")
    same(a.buffers, b.buffers, "buffer")
    for (name, gradient) in b.gradients {
      let isTrained = trained?.parameters.all.first { $0.name == name }?.tuning.isTrainable ?? true
      let expected = isTrained ? gradient : [Float](repeating: 0, count: gradient.count)
      expectSame(a.gradients[name] ?? [], expected, "\(what): gradient of \(name)")
    }
  }

  /// Frozen, a network predicts the same but for rounding where batch normalisations are folded, and the same bits else.
  func frozenIsNear() throws {
    let network = try self.network()
    let xs = inputs(of: network)
    try network.forward(xs, .training(step: 0))
    try network.forward(xs, .inference)
    let outputs = outputs(of: network)
    try network.freeze()
    try network.forward(xs, .inference)
    let frozen = self.outputs(of: network)
    // With weights that several share it is the same, in memory that holds no gradients, and for the second who asks, too.
    let shared = try FrozenNetwork(network, batch: design.batch)
    for context in [try shared.makeContext(), try shared.makeContext(threads: 2)] {
      try context.forward(xs)
      for i in frozen.indices { expectSame(context.outputValue(i).elements, frozen[i], "shared: output \(i)") }
    }
    let folds = network.nodes.contains { node in node.members.count > 1 && node.members[1].spec is BatchNorm }
    if folds {
      let dy = outputs.map { [Float](repeating: 0, count: $0.count) }
      let comparison = DoubleComparison(DoubleNetwork(network, xs), .inference, dy: dy)
      if comparison.isMeaningful() {
        for i in frozen.indices { expect(comparison.check(output: i, frozen[i])) }
      }
    } else {
      for i in frozen.indices { expectSame(frozen[i], outputs[i], "frozen: output \(i)") }
    }
    network.thaw()
    try network.forward(xs, .inference)
    for i in outputs.indices { expectSame(self.outputs(of: network)[i], outputs[i], "thawed: output \(i)") }
  }

  /// A network comes back from its file alone with the same bits, in inference and in training.
  func comesBackFromItsFile() throws {
    let network = try self.network()
    let xs = inputs(of: network)
    try network.forward(xs, .training(step: 0))
    try network.save(to: folder / "network.safetensors")
    let copy = try Network(
      contentsOf: folder / "network.safetensors", batch: design.batch, seed: design.seed, kernels: Kernels(threads: 1))
    expect(copy.summary == network.summary, "from its file: \(copy.summary)")
    for mode in [.inference, .training(step: 1)] as [Mode] {
      try network.forward(xs, mode)
      try copy.forward(xs, mode)
      for i in network.outputs.indices {
        expectSame(copy.outputValue(i).elements, network.outputValue(i).elements, "from its file, \(mode): output \(i)")
      }
    }
  }

  private func expect(_ check: DoubleComparison.Check) {
    expect(check.isClose, "\(check.name) is \(check.value), not \(check.expected) ± \(check.tolerance)")
  }

  /// Compares outputs, buffers and gradients with Double.
  ///
  /// - Returns: how many gradients were compared.
  func agreesWithDifferences() throws -> Int {
    let network = try self.network()
    let dy = outputGradients(of: network)
    for attempt in 0..<4 {
      let xs = inputs(of: network, UInt64(attempt))
      let twin = DoubleNetwork(network, xs)
      let work = twin.work
      var comparison = DoubleComparison(twin, .training(step: 3), dy: dy)
      guard comparison.isMeaningful() else { continue }
      try network.forward(xs, .training(step: 3))
      for (i, y) in outputs(of: network).enumerated() { expect(comparison.check(output: i, y)) }
      for buffer in network.buffers { expect(comparison.check(buffer: buffer.name, buffer.value.elements)) }
      for (i, dy) in dy.enumerated() { network.outputGradient(i).copy(from: Tensor([dy.count], dy)) }
      try network.backward()
      let gradients = xs.indices.map { network.inputGradient($0)?.elements ?? [] }
      let all = dy + gradients + network.parameters.all.map(\.gradient.elements)
      let largest = Double(all.joined().reduce(0) { max($0, abs($1)) })
      var variables: [(DoubleComparison.Variable, gradient: [Float])] = network.parameters.all.map {
        (.parameter($0.name), $0.gradient.elements)
      }
      for i in xs.indices {
        if design.indices[i] == nil {
          variables.append((.input(i), gradients[i]))
        } else {
          expect(gradients[i].allSatisfy { $0 == 0 }, "a gradient of indices")
        }
      }
      // Of large networks as many tensors, chosen at random, as take a moment.
      var random = TestRandom(design.seed &+ 3)
      while variables.count > max(1, 100_000_000 / DoubleComparison.passes / work) {
        variables.remove(at: random.index(below: variables.count))
      }
      var checks: [DoubleComparison.Check] = []
      for (variable, gradient) in variables {
        checks += comparison.check(gradient: gradient, of: variable, largest: largest, seed: design.seed)
      }
      for check in checks { expect(check) }
      let inference = DoubleComparison(DoubleNetwork(network, xs), .inference, dy: dy)
      if inference.isMeaningful() {
        try network.forward(xs, .inference)
        for (i, y) in outputs(of: network).enumerated() { expect(inference.check(output: i, y)) }
      }
      return checks.count
    }
    return 0
  }
}
