import TestSupport
import Testing

@testable import Kobai

/// Designs that are no chains.
@Suite struct GraphTests {
  static let residual: Sequential = [
    "conv1": Conv2D(filters: 6, kernel: 3, padding: 1), "relu1": ReLU(),
    "block1": Residual([
      "conv1": Conv2D(filters: 6, kernel: 3, padding: 1), "norm1": BatchNorm(), "relu": ReLU(),
      "conv2": Conv2D(filters: 6, kernel: 3, padding: 1),
    ]),
    "relu2": ReLU(),
    "block2": Residual(
      ["conv": Conv2D(filters: 8, kernel: 3, stride: 2, padding: 1), "tanh": Tanh()],
      shortcut: Conv2D(filters: 8, kernel: 1, stride: 2)),
    "mixed": Branches([
      "same": Identity(), "narrow": Conv2D(filters: 3, kernel: 1),
      "deep": Sequential([
        "conv": Conv2D(filters: 4, kernel: 3, padding: 1), "relu": ReLU(), "inner": Residual(["s": Sigmoid()]),
      ]),
    ]),
    "drop": Dropout(0.2), "relu3": ReLU(), "affine": Affine(5),
  ]

  @Test func partsDissolve() throws {
    let network = try Network(input: [2, 8, 8], batch: 4, Self.residual)
    #expect(
      network.summary.map(\.name) == [
        "conv1", "relu1", "block1.conv1", "block1.norm1", "block1.relu", "block1.conv2", "block1.add", "relu2",
        "block2.conv", "block2.tanh", "block2.shortcut", "block2.add", "mixed.same", "mixed.narrow", "mixed.deep.conv",
        "mixed.deep.relu", "mixed.deep.inner.s", "mixed.deep.inner.add", "mixed.merge", "drop", "relu3", "affine",
      ])
    #expect(network.design.shapes[network.design.nodes[18].output] == [15, 4, 4])
    #expect(network.parameters.all.map(\.name).contains("block2.shortcut.weight"))
    #expect(network.output == [5])
    #expect(network.layers.count == 18, "merges are no layers")
  }

  /// Two layers that share an input each make a gradient of it, and these are added up: checked with differences in a
  /// network whose every piece is differentiable.
  @Test(arguments: [
    Residual(["a": Affine(6), "t": Tanh(), "b": Affine(6)]) as any Part,
    Sequential([
      "s": Sigmoid(),
      "x": Branches(
        ["a": Sequential(["t": Tanh(), "a": Affine(6)]), "b": Identity(), "c": Tanh()], merge: .add),
      "y": Branches(["i": Identity(), "j": Identity(), "k": Sigmoid(), "l": Affine(2)]),
      "z": Residual(["a": Affine(20)], shortcut: Residual([:])), "t": Tanh(),
    ]),
  ])
  func gradientsAgreeWithDifferences(_ part: any Part) throws {
    let network = try Network(input: [6], batch: 3, part, seed: 4, inputGradient: true)
    var random = TestRandom(5)
    let x = Tensor([3, 6], random.floats(18))
    let dy = random.floats(3 * network.output.count)
    func loss() throws -> Double {
      zip(try network.forward(x, .training(step: 0)).elements, dy).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    _ = try loss()
    network.outputGradient.copy(from: Tensor([dy.count], dy))
    try network.backward()
    let all = [(x, try #require(network.inputGradient))] + network.parameters.all.map { ($0.value, $0.gradient) }
    let gradients = all.map(\.1.elements)
    for ((tensor, _), gradient) in zip(all, gradients) {
      for i in 0..<tensor.count {
        let old = tensor.span[i]
        func at(_ change: Float) throws -> Double {
          var span = tensor.mutableSpan
          span[i] = old + change
          return try loss()
        }
        let difference = (try at(1 / 128) - at(-1 / 128)) * 64
        _ = try at(0)
        #expect(abs(Double(gradient[i]) - difference) < 5e-3)
      }
    }
  }

  /// Fused and separate, in place and apart, on one thread and on two: the same bits, and the caller's input untouched.
  @Test func fusionAndThreadsChangeNoBit() throws {
    var random = TestRandom(23)
    let x = Tensor([4, 2, 8, 8], random.floats(512))
    let before = x.elements
    let dy = random.floats(20)
    var results: [[[Float]]] = []
    for (fuses, threads) in [(true, 2), (false, 2), (true, 1)] {
      let network = try Network(
        input: [2, 8, 8], batch: 4, Self.residual, seed: 3, kernels: Kernels(threads: threads), inputGradient: true,
        fuses: fuses)
      #expect(!fuses || network.nodes.count < network.design.nodes.count)
      let y = try network.forward(x, .training(step: 1)).elements
      network.outputGradient.copy(from: Tensor([20], dy))
      try network.backward()
      results.append(
        [y, try #require(network.inputGradient).elements] + network.parameters.all.map(\.gradient.elements)
          + network.parameters.all.map(\.value.elements) + network.buffers.map(\.value.elements))
    }
    #expect(x.elements == before)
    for other in results[1...] { for (a, b) in zip(results[0], other) { expectSameBits(a, b) } }
  }

  /// Two inputs, two outputs, and an encoder that both inputs share.
  static func twins() -> Graph {
    var graph = Graph()
    let (left, right) = (graph.input("left", [5]), graph.input("right", [5]))
    let encoder: Sequential = ["affine": Affine(4), "tanh": Tanh()]
    let a = graph.add("encoder", encoder, to: left)
    let b = graph.add(again: "encoder", to: right)
    let both = graph.append("both", Concatenate(), [a, b])
    graph.output("score", graph.add("head", Affine(2), to: both))
    graph.output("code", a)
    return graph
  }

  @Test func sharedLayersAndSeveralInputsAndOutputs() throws {
    let network = try Network(Self.twins(), batch: 3, seed: 2, inputGradient: true)
    #expect(
      network.parameters.all.map(\.name) == [
        "encoder.affine.weight", "encoder.affine.bias", "head.weight", "head.bias",
      ])
    #expect(
      network.summary.map(\.name) == [
        "encoder.affine", "encoder.tanh", "encoder#2.affine", "encoder#2.tanh", "both", "head",
      ])
    #expect(network.inputs.map(\.name) == ["left", "right"] && network.outputs.map(\.shape) == [[2], [4]])
    var random = TestRandom(8)
    let xs = [Tensor([3, 5], random.floats(15)), Tensor([3, 5], random.floats(15))]
    let dy = [random.floats(6), random.floats(12)]
    func loss() throws -> Double {
      try network.forward(xs, .training(step: 0))
      return (0..<2).reduce(0) { sum, i in
        zip(network.outputValue(i).elements, dy[i]).reduce(sum) { $0 + Double($1.0) * Double($1.1) }
      }
    }
    _ = try loss()
    for i in 0..<2 { network.outputGradient(i).copy(from: Tensor([dy[i].count], dy[i])) }
    try network.backward()
    let all =
      try (0..<2).map { (xs[$0], try #require(network.inputGradient($0))) }
      + network.parameters.all.map { ($0.value, $0.gradient) }
    let gradients = all.map(\.1.elements)
    for ((tensor, _), gradient) in zip(all, gradients) {
      for i in 0..<tensor.count {
        let old = tensor.span[i]
        func at(_ change: Float) throws -> Double {
          var span = tensor.mutableSpan
          span[i] = old + change
          return try loss()
        }
        let difference = (try at(1 / 128) - at(-1 / 128)) * 64
        _ = try at(0)
        #expect(abs(Double(gradient[i]) - difference) < 2e-3)
      }
    }
  }

  /// The loss's gradients of the names add up, whether a layer reads the value besides or not.
  @Test(arguments: [false, true])
  func anOutputMayHaveSeveralNames(_ isRead: Bool) throws {
    var graph = Graph()
    let y = graph.add("affine", Affine(2), to: graph.input("x", [3]))
    graph.output("first", y)
    graph.output("second", y)
    if isRead { graph.output("tanh", graph.add("tanh", Tanh(), to: y)) }
    let network = try Network(graph, batch: 1)
    try network.forward(Tensor([1, 3], [1, 2, 3]), .training(step: 0))
    for i in network.outputs.indices {
      network.outputGradient(i).copy(from: Tensor([2], i < 2 ? [1, Float(i)] : [0, 0]))
    }
    try network.backward()
    #expect(network.parameters.all.map(\.gradient.elements) == [[2, 4, 6, 1, 2, 3], [2, 1]])
  }

  /// A convolution that is fused with a sum runs later than its place in the design says. Neither the order in which the
  /// gradients of what several layers read are added up, nor who draws shared weights, nor the order in which shared running
  /// statistics move depends on it.
  @Test func fusionKeepsTheOrderOfTheDesign() throws {
    var graph = Graph()
    let x = graph.input("x", [2, 4, 4])
    let conv = Conv2D(filters: 2, kernel: 3, padding: 1)
    let a = graph.add("tanh", Tanh(), to: x)
    let b = graph.add("conv", conv, to: x)
    let c = graph.add("sigmoid", Sigmoid(), to: x)
    let sum = graph.append("sum", Add(), [b, graph.append("both", Add(), [a, c])])
    let first = graph.add("shared", conv, to: sum)
    let second = graph.add(again: "shared", to: a)
    let shared = graph.append("shared sum", Add(), [second, first])
    let normed = graph.add("block", ["conv": conv, "norm": BatchNorm()], to: shared)
    let left = graph.add(again: "block", to: a)
    let right = graph.add(again: "block", to: c)
    graph.output("y", graph.append("all", Add(), [left, graph.append("some", Add(), [right, normed])]))
    var random = TestRandom(3)
    let elements = random.floats(3 * 32)
    let dy = random.floats(3 * 32)
    var results: [[[Float]]] = []
    for fuses in [false, true] {
      let network = try Network(graph, batch: 3, seed: 2, inputGradient: true, fuses: fuses)
      #expect(!fuses || network.nodes.count < network.design.nodes.count)
      try network.forward(Tensor([3, 2, 4, 4], elements), .training(step: 0))
      network.outputGradient.copy(from: Tensor([3, 2, 4, 4], dy))
      try network.backward()
      results.append(
        [network.outputValue(0).elements, try #require(network.inputGradient).elements]
          + network.parameters.all.map(\.gradient.elements) + network.buffers.map(\.value.elements))
    }
    for (a, b) in zip(results[0], results[1]) { expectSameBits(a, b) }
  }

  @Test func errorsNameTheNode() {
    func reason(_ design: (inout Graph) -> Void) -> String? {
      var graph = Graph()
      design(&graph)
      do throws(BuildError) {
        _ = try Network(graph, batch: 2)
        return nil
      } catch { return error.description }
    }
    func chain(_ part: any Part, input: Shape = [4, 6, 6]) -> String? {
      reason {
        let x = $0.input("input", input)
        $0.output("output", part.add(to: &$0, named: "block", x))
      }
    }
    #expect(
      chain(Residual(["conv": Conv2D(filters: 3, kernel: 3)]))
        == "block.add: 3×4×4 and 4×6×6 cannot be added; a shortcut of Conv2D changes channels and size")
    #expect(
      chain(Branches(["a": Conv2D(filters: 3, kernel: 3), "b": Identity()]))
        == "block.merge: 3×4×4 and 4×6×6 cannot be concatenated: they differ in more than the first axis")
    #expect(chain(Branches([:])) == "block.merge: Concatenate has no inputs")
    #expect(chain(Branches(["a": ReLU()], merge: .add)) == "block.merge: a sum needs two inputs at least, not 1")
    #expect(chain(Sequential()) == "network: it has no layers")
    #expect(
      reason {
        let x = $0.input("x", [3])
        $0.output("y", $0.append("sum", ReLU(), [x, x]))
      } == "sum: ReLU takes one input, not 2; merge them first")
    #expect(
      reason {
        let x = $0.input("x", [3])
        _ = $0.add("a", ReLU(), to: x)
        $0.output("y", $0.add("b", ReLU(), to: x))
      } == "a: nothing reads what it computes, and it is no output")
    #expect(
      reason {
        let x = $0.input("x", [3])
        $0.output("y", $0.add("a", ReLU(), to: $0.add("a", Tanh(), to: x)))
      } == "a: two layers have this name")
    #expect(
      reason {
        let x = $0.input("x", [3])
        $0.output("x", $0.add("a", ReLU(), to: x))
      } == "x: two inputs or outputs have this name")
    #expect(
      reason {
        let x = $0.input("x", [3])
        $0.output("y", $0.add(again: "a", to: x))
      } == "a: nothing was added under this name that could be used again; there is nothing")
    #expect(
      reason {
        let x = $0.input("x", [3])
        _ = $0.add("a", ReLU(), to: x)
      } == "network: it has no output; say which value is one by output(_:_:)")
    #expect(
      reason {
        let (x, z) = ($0.input("x", [3]), $0.input("z", [4]))
        let a = $0.add("a", Affine(2), to: x)
        let b = $0.add(again: "a", to: z)
        $0.output("y", $0.append("sum", Add(), [a, b]))
      } == "a#2: it would share a.weight (2×4), which is 2×3 where it was used first")
  }

  @Test func aBackwardPassAfterInferenceNeedsLayersThatAllowIt() throws {
    let network = try Network(input: [4], batch: 2, ["a": Affine(3), "norm1": BatchNorm()])
    let x = Tensor([2, 4])
    try network.forward(x)
    #expect {
      try network.backward()
    } throws: {
      "\($0)"
        == "network: norm1 has no gradient after a pass of inference; call forward(x, .training(step: 0)) before it"
    }
    try network.forward(x, .training(step: 0))
    try network.backward()
    let plain = try Network(input: [4], batch: 2, ["a": Affine(3), "relu": ReLU()])
    try plain.forward(x)
    try plain.backward()
  }
}
