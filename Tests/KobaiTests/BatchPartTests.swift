import Kobai
import TestSupport
import Testing

/// A network and a batch that its parts are compared with.
struct PartsCase: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var input: Shape
  var layers: Sequential
  var whole = 23
  var part = 5
  var indices = 0  // below which inputs are whole numbers; 0 where they are any
  var fuses = true

  init(
    _ name: String, _ input: Shape, whole: Int = 23, part: Int = 5, indices: Int = 0, fuses: Bool = true,
    _ layers: Sequential
  ) {
    (testDescription, self.input, self.layers, self.whole, self.part) = (name, input, layers, whole, part)
    (self.indices, self.fuses) = (indices, fuses)
  }

  func network(batch: Int, _ kernels: Kernels = Kernels(threads: 2)) throws -> Network {
    try Network(
      input: input, batch: batch, layers, seed: 5, kernels: kernels, inputGradient: true, fuses: fuses)
  }

  /// The inputs of a whole batch.
  func inputs() -> Tensor {
    var random = TestRandom(11)
    let shape = input.batched(whole)
    guard indices > 0 else { return Tensor(shape, random.floats(shape.count)) }
    return Tensor(shape, (0..<shape.count).map { _ in Float(random.index(below: indices)) })
  }

  /// All outputs, the gradients of all inputs and those of the parameters after a batch in parts of `count` samples.
  func run(
    _ network: Network, parts count: Int, step: Int = 3, optimizer: ((ParameterStore) throws -> Void)? = nil
  ) throws -> [(name: String, elements: [Float])] {
    let x = inputs()
    var random = TestRandom(12)
    let dy = Tensor(network.output.batched(whole), random.floats(network.output.count * whole))
    let (y, dx) = (Tensor(dy.shape), Tensor(x.shape))
    for first in stride(from: 0, to: whole, by: count) {
      let range = first..<min(first + count, whole)
      let output = try network.forward(x.slice(range), .training(step: step), part: BatchPart(first: first, of: whole))
      y.slice(range).copy(from: output)
      network.outputGradient.copy(from: dy.slice(range))
      try network.backward()
      if let gradient = network.inputGradient { dx.slice(range).copy(from: gradient) }
    }
    return [("output", y.elements), ("input", dx.elements)]
      + network.parameters.all.map { ($0.name, $0.gradient.elements) }
  }
}

@Suite("A batch that comes in parts")
struct BatchPartTests {
  static let cases: [PartsCase] = [
    .init("affine and ReLU", [7], ["a": Affine(19), "r": ReLU(), "b": Affine(3)]),
    .init("affine, unfused", [7], fuses: false, ["a": Affine(19), "r": ReLU(), "b": Affine(3)]),
    // Sums over the batch are chains of 384; parts end inside of them, and at their ends.
    .init("affine, several chains", [20], whole: 1000, part: 150, ["a": Affine(33), "b": Affine(1)]),
    .init("affine, parts of a chain", [9], whole: 900, part: 192, ["a": Affine(17), "b": Affine(130)]),
    .init("affine, parts of more than a chain", [9], whole: 2000, part: 900, ["a": Affine(70)]),
    // From 6144 on, sums are cut in 16 where there are few outputs.
    .init("affine, a long batch", [6], whole: 6500, part: 777, ["a": Affine(5), "t": Tanh(), "b": Affine(150)]),
    .init("affine, long rows", [6200], whole: 100, part: 23, ["a": Affine(200)]),
    .init("affine, long rows of gradients", [100], whole: 200, part: 99, ["a": Affine(6200)]),
    .init("PReLU", [6, 4, 3], ["p": PReLU(perChannel: true), "q": PReLU(), "f": Flatten(), "a": Affine(2)]),
    .init("PReLU of vectors", [37], ["a": Affine(40), "p": PReLU(perChannel: true), "b": Affine(2)]),
    .init("LayerNorm", [4, 50], whole: 330, part: 49, ["n": LayerNorm(), "f": Flatten(), "a": Affine(3)]),
    .init("LayerNorm of long rows", [9000], whole: 9, part: 2, ["n": LayerNorm()]),
    .init("GroupNorm", [6, 5, 5], whole: 300, part: 64, ["n": GroupNorm(3), "f": Flatten(), "a": Affine(3)]),
    .init(
      "Embedding", [8], whole: 90, part: 17, indices: 12,
      ["e": Embedding(12, 20), "f": Flatten(), "a": Affine(3)]),
    .init("LSTM", [6, 5], ["l": LSTM(7, layers: 2, dropout: 0.3, bidirectional: true), "f": Flatten()]),
    .init("LSTM, long", [50, 3], whole: 130, part: 27, ["l": LSTM(4, returnsSequence: false)]),
    .init("GRU", [6, 5], whole: 70, part: 9, ["l": GRU(7, layers: 2, dropout: 0.2), "a": Affine(3)]),
    .init(
      "dropout", [6, 5, 3],
      ["d": Dropout(0.4), "e": Dropout2D(0.3), "f": Flatten(), "a": Affine(30), "g": Dropout(0.5)]),
    .init(
      "convolution, direct", [3, 9, 9], whole: 37, part: 6,
      ["c": Conv2D(filters: 5, kernel: 3), "r": ReLU(), "d": Conv2D(filters: 4, kernel: 3, stride: 2)]),
    .init(
      "convolution, Winograd", [16, 14, 14], whole: 20, part: 3,
      ["c": Conv2D(filters: 16, kernel: 3, padding: 1), "n": GroupNorm(4), "d": Conv2D(filters: 16, kernel: 3)]),
    .init(
      "convolution, ReLU, pooling", [1, 12, 12], whole: 33, part: 5,
      [
        "c": Conv2D(filters: 6, kernel: 5), "r": ReLU(), "p": MaxPool2D(2),
        "d": Conv2D(filters: 18, kernel: 3, padding: 1), "s": ReLU(), "q": MaxPool2D(2), "a": Affine(3),
      ]),
    .init(
      "convolution, unfused", [1, 12, 12], whole: 33, part: 5, fuses: false,
      ["c": Conv2D(filters: 6, kernel: 5), "r": ReLU(), "p": MaxPool2D(2)]),
    .init(
      "convolution, single channel", [1, 10, 10], whole: 18, part: 4,
      ["c": Conv2D(filters: 7, kernel: 3), "r": ReLU()]),
    .init(
      "convolutions of one pixel, and groups", [6, 7, 7], whole: 19, part: 4,
      ["c": Conv2D(filters: 8, kernel: 1), "d": Conv2D(filters: 6, kernel: 3, dilation: 2, groups: 2)]),
    .init(
      "convolutions of tiny images", [9, 2, 2], whole: 37, part: 5,
      [
        "c": Conv2D(filters: 18, kernel: 3, padding: 1), "r": ReLU(), "d": Conv2D(filters: 17, kernel: 3, padding: 1),
        "s": SiLU(), "p": MaxPool2D(2), "e": Conv2D(filters: 8, kernel: 1), "t": Sigmoid(),
      ]),
    .init(
      "convolutions of tiny images, several chains", [6, 2, 2], whole: 800, part: 150,
      ["c": Conv2D(filters: 10, kernel: 3, padding: 1, groups: 2), "d": Conv2D(filters: 3, kernel: 2)]),
    .init(
      "convolution, depthwise", [20, 7, 7], whole: 40, part: 9,
      ["c": Conv2D(filters: 20, kernel: 3, padding: 1, groups: 20), "d": Conv2D(filters: 40, kernel: 3, groups: 20)]),
    .init(
      "convolution, transposed", [4, 5, 5], whole: 21, part: 4,
      [
        "c": ConvTranspose2D(filters: 6, kernel: 3, stride: 2),
        "d": ConvTranspose2D(filters: 3, kernel: 2, groups: 3),
      ]),
    .init(
      "convolutions, residual", [4, 6, 6],
      [
        "b": Residual([
          "c": Conv2D(filters: 4, kernel: 3, padding: 1), "r": ReLU(), "d": Conv2D(filters: 4, kernel: 3, padding: 1),
        ]), "r": ReLU(), "f": Flatten(), "a": Affine(3),
      ]),
    .init("residual", [12], ["r": Residual(["a": Affine(12), "r": ReLU(), "b": Affine(12)]), "c": Affine(3)]),
  ]

  @Test("has the bits of the whole batch on any number of threads", arguments: cases)
  func sameBits(_ c: PartsCase) throws {
    let whole = try c.run(c.network(batch: c.whole, Kernels(threads: 1)), parts: c.whole)
    for threads in 1...3 {
      let parts = try c.run(c.network(batch: c.part, Kernels(threads: threads)), parts: c.part)
      for (mine, theirs) in zip(parts, whole) {
        expectSameBits(mine.elements, theirs.elements, "\(mine.name), \(threads) threads")
      }
    }
  }

  @Test("has the bits of the whole batch for parts of any size", arguments: [1, 2, 7, 11, 22, 23])
  func anySize(_ count: Int) throws {
    for c in Self.cases where c.whole == 23 {
      let whole = try c.run(c.network(batch: c.whole), parts: c.whole)
      let parts = try c.run(c.network(batch: c.whole), parts: count)
      for (mine, theirs) in zip(parts, whole) {
        expectSameBits(mine.elements, theirs.elements, "\(c.testDescription): \(mine.name)")
      }
    }
  }

  @Test("has the bits of the whole batch where layers share their weights") func sharedWeights() throws {
    var graph = Graph()
    let x = graph.input("x", [6])
    let first = graph.add("relu", ReLU(), to: graph.add("encoder", Affine(6), to: x))
    graph.output("y", graph.add("head", Affine(2), to: graph.add(again: "encoder", to: first)))
    let c = PartsCase("shared", [6], whole: 40, ["not": ReLU()])
    let whole = try c.run(Network(graph, batch: 40, seed: 2), parts: 40)
    let parts = try c.run(Network(graph, batch: 9, seed: 2), parts: 9)
    for (mine, theirs) in zip(parts, whole) { expectSameBits(mine.elements, theirs.elements, mine.name) }
  }

  @Test("trains the same weights with every optimizer, also where some are not trained") func trains() throws {
    let c = PartsCase(
      "", [10], whole: 40, part: 11, ["a": Affine(12), "p": PReLU(), "d": Dropout(0.2), "b": Affine(4)])
    let optimizers: [() -> any Optimizer] = [
      { SGD(learningRate: 0.1) }, { Momentum(learningRate: 0.1) }, { AdamW(weightDecay: 0.1) }, { Muon() },
      { RMSProp() }, { AdaGrad() },
    ]
    for make in optimizers {
      for frozen in ["b.weight", "p", "none"] {
        func train(_ batch: Int) throws -> String {
          let network = try c.network(batch: batch)
          if frozen != "none" { try network.parameters.setTrainable(false, prefix: frozen) }
          var optimizer = make()
          for step in 0..<3 {
            _ = try c.run(network, parts: batch, step: step)
            try GradientClipping.norm(1).apply(to: network.parameters)
            try optimizer.step(network.parameters)
          }
          return network.weightsSHA256
        }
        #expect(try train(11) == train(40), "\(make()), \(frozen)")
      }
    }
  }

  @Test("is the whole batch but for rounding below full precision", arguments: [Precision.medium, .high])
  func lowerPrecision(_ precision: Precision) throws {
    let kernels = Kernels(precision: precision, threads: 2)
    for c in Self.cases where c.whole > 23 && c.whole < 1100 && c.input[0] < 1000 {
      let whole = try c.run(c.network(batch: c.whole, kernels), parts: c.whole)
      let parts = try c.run(c.network(batch: c.part, kernels), parts: c.part)
      for (mine, theirs) in zip(parts, whole) {
        expectClose(mine.elements, theirs.elements.doubles, tolerance: 0.01, "\(c.testDescription): \(mine.name)")
      }
    }
  }

  @Test("is the whole batch but for rounding where a layer knows nothing of parts") func ownLayer() throws {
    let c = PartsCase("", [10], whole: 40, part: 11, ["a": Affine(12), "o": Shift(), "p": Shift(), "b": Affine(4)])
    let whole = try c.run(c.network(batch: 40), parts: 40)
    let network = try c.network(batch: 11)
    for _ in 0..<2 {  // the second batch begins anew
      let parts = try c.run(network, parts: 11)
      for (mine, theirs) in zip(parts, whole) {
        expectClose(mine.elements, theirs.elements.doubles, tolerance: 1e-5, mine.name)
      }
    }
  }

  @Test("has the gradients of all its parts where a layer looks at each part by itself") func batchNorm() throws {
    let c = PartsCase("", [6, 4, 4], whole: 20, part: 5, ["c": Conv2D(filters: 4, kernel: 3), "n": BatchNorm()])
    let network = try c.network(batch: 5)
    let x = c.inputs()
    var random = TestRandom(12)
    let dy = Tensor(network.output.batched(20), random.floats(network.output.count * 20))
    var sums: [String: [Double]] = [:]
    for i in 0..<4 {
      try network.forward(x.slice(5 * i..<5 * i + 5), .training(step: 0))
      network.outputGradient.copy(from: dy.slice(5 * i..<5 * i + 5))
      try network.backward()
      for p in network.parameters.all {
        sums[p.name] = zip(sums[p.name] ?? [Double](repeating: 0, count: p.value.count), p.gradient.elements.doubles)
          .map { $0 + $1 }
      }
    }
    for (name, elements) in try c.run(network, parts: 5).dropFirst(2) {
      expectClose(elements, sums[name] ?? [], tolerance: 1e-4, name)
    }
  }

  @Test("is refused out of order, with one clear line") func outOfOrder() throws {
    let network = try Network(input: [3], batch: 4, ["a": Affine(2)])
    let x = Tensor([4, 3])
    func pass(_ first: Int, of whole: Int) throws {
      try network.forward(x, .training(step: 0), part: BatchPart(first: first, of: whole))
      try network.backward()
    }
    func expectRefusal(_ text: String, _ body: () throws -> Void) {
      #expect { try body() } throws: { "\($0)" == "network: \(text)" }
    }
    let order = "; the parts of a batch come in order, each with a forward and a backward pass"
    expectRefusal("4 samples from sample 8 on are no part of 10") { try pass(8, of: 10) }
    try pass(0, of: 12)
    expectRefusal("the part from sample 8 of 12 on cannot follow sample 4 of 12" + order) { try pass(8, of: 12) }
    try pass(4, of: 12)
    expectRefusal("the part from sample 8 of 16 on cannot follow sample 8 of 12" + order) { try pass(8, of: 16) }
    try pass(8, of: 12)
    expectRefusal("the part from sample 4 of 12 on cannot follow sample 0 of 0" + order) { try pass(4, of: 12) }
  }
}

/// A layer of one's own that overwrites its gradient, whatever part of a batch it is given.
private struct Shift: LayerSpec {
  var description: String { "Shift" }
  func build(_ input: Shape, in scope: BuildScope) -> ShiftLayer { ShiftLayer(input, in: scope) }
}

private final class ShiftLayer: Layer {
  let output: Shape
  private let shift: Parameter

  init(_ input: Shape, in scope: BuildScope) {
    output = input
    shift = scope.parameter("shift", input, .normal(deviation: 1), decays: false)
  }

  var retained: Retained { [] }

  func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) {
    var elements = y.mutableSpan
    for i in elements.indices { elements[i] = x.span[i] + shift.value.span[i % output.count] }
  }

  func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) {
    dx?.copy(from: dy)
    guard let gradient = shift.trainedGradient else { return }
    gradient.fill(0)
    var sums = gradient.mutableSpan
    for i in dy.span.indices { sums[i % output.count] += dy.span[i] }
  }
}
