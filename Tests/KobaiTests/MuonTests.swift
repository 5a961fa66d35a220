import Foundation
import Kobai
import TestSupport
import Testing

@Suite("Muon")
struct MuonTests {
  private func network() throws -> Network {
    try Network(
      input: [2, 6, 6], batch: 1,
      [
        "conv1": Conv2D(filters: 5, kernel: 3), "norm1": BatchNorm(), "affine1": Affine(7), "affine2": Affine(30),
        "affine3": Affine(1),
      ], seed: 4)
  }

  private func setGradients(_ network: Network, _ step: Int) {
    for (i, parameter) in network.parameters.all.enumerated() {
      var random = TestRandom(UInt64(100 * step + i))
      parameter.gradient.copy(from: Tensor(parameter.value.shape, random.floats(parameter.value.count)))
    }
  }

  /// The formulas in Double, matrix by matrix.
  private struct Reference {
    var w: [Double]
    var v: [Double]
    let rows: Int, columns: Int

    mutating func step(_ g: [Double], rate: Double, momentum: Double, decay: Double) {
      for i in g.indices { v[i] += (1 - momentum) * (g[i] - v[i]) }
      let u = g.indices.map { (1 - momentum) * g[$0] + momentum * v[$0] }
      let isTall = rows > columns
      let (m, n) = isTall ? (columns, rows) : (rows, columns)
      var x = isTall ? transposed(u, rows, columns) : u
      let norm = x.reduce(0) { $0 + $1 * $1 }.squareRoot() + 1e-7
      for i in x.indices { x[i] /= norm }
      func product(_ a: [Double], _ b: [Double], _ m: Int, _ n: Int, _ k: Int) -> [Double] {
        Oracle.product(m: m, n: n, k: k, lda: k, ldb: n, a, b).sum
      }
      for _ in 0..<5 {
        let a = product(x, transposed(x, m, n), m, m, n)
        let square = product(a, a, m, m, m)
        let b = a.indices.map { -4.7750 * a[$0] + 2.0315 * square[$0] }
        let y = product(b, x, m, n, m)
        for i in x.indices { x[i] = 3.4445 * x[i] + y[i] }
      }
      if isTall { x = transposed(x, m, n) }
      let scale = max(1, Double(rows) / Double(columns)).squareRoot()
      for i in w.indices { w[i] = w[i] * (1 - rate * decay) - rate * scale * x[i] }
    }

    private func transposed(_ x: [Double], _ rows: Int, _ columns: Int) -> [Double] {
      (0..<columns).flatMap { j in (0..<rows).map { x[$0 * columns + j] } }
    }
  }

  @Test("matrices take the steps of its formulas, the rest AdamW's", arguments: LayerGradientTests.kernels)
  func formulas(_ kernels: Kernels) throws {
    let network = try network()
    let others = try self.network()
    var muon = Muon(learningRate: 0.05, weightDecay: 0.1, adamWLearningRate: 0.002)
    var adamW = AdamW(learningRate: 0.002, betas: (0.9, 0.95), epsilon: 1e-10, weightDecay: 0.1)
    var references = network.parameters.all.map { parameter in
      let shape = parameter.value.shape
      return Reference(
        w: parameter.value.elements.doubles, v: [Double](repeating: 0, count: shape.count), rows: shape[0],
        columns: shape.element.count)
    }
    for step in 0..<3 {
      setGradients(network, step)
      setGradients(others, step)
      for (i, parameter) in network.parameters.all.enumerated() {
        references[i].step(parameter.gradient.elements.doubles, rate: 0.05, momentum: 0.95, decay: 0.1)
      }
      try muon.step(network.parameters)
      try adamW.step(others.parameters)
    }
    for (i, parameter) in network.parameters.all.enumerated() {
      if parameter.value.shape.rank > 1 {
        expectClose(parameter.value.elements, references[i].w, tolerance: 2e-5, parameter.name)
      } else {
        expectClose(parameter.value.elements, others.parameters.all[i].value.elements.doubles, tolerance: 1e-7)
      }
    }
  }

  @Test("the state has PyTorch's names, and a step from it goes on with the same bits") func state() throws {
    let (network, other) = (try network(), try network())
    var muon = Muon()
    #expect(muon.state(for: network.parameters).tensors.isEmpty)
    for step in 0..<2 {
      setGradients(network, step)
      try muon.step(network.parameters)
    }
    let state = muon.state(for: network.parameters)
    #expect(
      state.tensors.map(\.name) == [
        "conv1.weight.momentum_buffer", "affine1.weight.momentum_buffer", "affine2.weight.momentum_buffer",
        "affine3.weight.momentum_buffer", "conv1.bias.exp_avg", "conv1.bias.exp_avg_sq", "norm1.weight.exp_avg",
        "norm1.weight.exp_avg_sq", "norm1.bias.exp_avg", "norm1.bias.exp_avg_sq", "affine1.bias.exp_avg",
        "affine1.bias.exp_avg_sq", "affine2.bias.exp_avg", "affine2.bias.exp_avg_sq", "affine3.bias.exp_avg",
        "affine3.bias.exp_avg_sq",
      ])
    for (mine, theirs) in zip(network.namedTensors, other.namedTensors) { theirs.tensor.copy(from: mine.tensor) }
    var resumed = Muon()
    try resumed.load(state: state, for: other.parameters)
    setGradients(network, 9)
    setGradients(other, 9)
    try muon.step(network.parameters)
    try resumed.step(other.parameters)
    #expect(other.weightsSHA256 == network.weightsSHA256)
  }

  @Test("what is left out by name, what is not trained, and factors of the rate") func tuned() throws {
    let (network, other) = (try network(), try network())
    let first = network.parameters.all.map { $0.value.elements }
    var muon = Muon(learningRate: 0.05, leavingOut: { $0.hasPrefix("affine3") })
    try network.parameters.setTrainable(false, prefix: "affine1")
    try network.parameters.tune(prefix: "conv1") { $0.learningRateFactor = 0.5 }
    setGradients(network, 1)
    setGradients(other, 1)
    try muon.step(network.parameters)
    var plain = Muon(learningRate: 0.05)
    try plain.step(other.parameters)
    let (tuned, full) = (network.parameters.all.map(\.value.elements), other.parameters.all.map(\.value.elements))
    #expect(tuned[4] == first[4], "affine1.weight")
    let halves = zip(first[0], full[0]).map { (Double($0) + Double($1)) / 2 }
    expectClose(tuned[0], halves, tolerance: 1e-6, "conv1.weight")
    #expect(tuned[6] == full[6], "affine2.weight")
    // AdamW's first step is its rate.
    #expect(zip(first[8], tuned[8]).allSatisfy { abs(abs($0 - $1) - 3e-4) < 1e-6 }, "affine3.weight")
  }

  @Test(.enabled(if: Interop.python != nil, "set KOBAI_PYTHON to a Python with torch and numpy"))
  func isPyTorchs() throws {
    struct Case: Encodable {
      let shape: [Int]
      let first: [Float]
      let gradients: [[Float]]
      let weights: [Float]
    }
    var cases: [Case] = []
    for (outputs, inputs) in [(3, 8), (8, 3), (40, 40), (1, 5), (70, 20)] {
      let network = try Network(input: [inputs], batch: 1, ["a": Affine(outputs, bias: false)])
      let parameter = network.parameters.all[0]
      let first = parameter.value.elements
      var muon = Muon(learningRate: 0.1, weightDecay: 0.05)
      var gradients: [[Float]] = []
      for step in 0..<4 {
        setGradients(network, step)
        gradients.append(parameter.gradient.elements)
        try muon.step(network.parameters)
      }
      cases.append(
        Case(shape: [outputs, inputs], first: first, gradients: gradients, weights: parameter.value.elements))
    }
    let folder = try TemporaryFolder()
    try folder.write([UInt8](try JSONEncoder().encode(cases)), to: "cases.json")
    let check = try Interop.run("muon_check.py", [folder / "cases.json"])
    #expect(check.code == 0 && check.output == "5 matrices agree\n", "\(check.output)\(check.errors)")
  }
}
