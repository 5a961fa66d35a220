import KobaiFiles
import TestSupport
import Testing

@testable import Kobai

@Suite struct NetworkTests {
  @Test func infersShapesAndNamesParameters() throws {
    let network = try Network(input: [1, 28, 28], batch: 100, SimpleConvNet())
    #expect(network.summary.map(\.name) == ["conv1", "relu1", "pool1", "affine1", "relu2", "affine2"])
    #expect(network.summary.map(\.output) == [[30, 24, 24], [30, 24, 24], [30, 12, 12], [100], [100], [10]])
    #expect(network.summary.map(\.parameters) == [780, 0, 0, 432_100, 0, 1010])
    #expect(network.summary.map(\.description)[0] == "Conv2D 30 @ 5×5")
    #expect(network.parameters.count == 433_890)
    #expect(
      network.parameters.all.map(\.name) == [
        "conv1.weight", "conv1.bias", "affine1.weight", "affine1.bias", "affine2.weight", "affine2.bias",
      ])
    #expect(network.parameters.all[0].value.shape == [30, 1, 5, 5])
    #expect(network.parameters.all[2].value.shape == [100, 4320])
    #expect(network.output == [10])
  }

  /// The design can be read off a network, also where layers run as one.
  @Test func listsTheLayersOfTheDesign() throws {
    for fuses in [true, false] {
      let network = try Network(input: [1, 28, 28], batch: 2, SimpleConvNet(), fuses: fuses)
      let layers = network.layers
      #expect(layers.map(\.name) == ["conv1", "relu1", "pool1", "affine1", "relu2", "affine2"])
      #expect(layers.map(\.input) == [[1, 28, 28], [30, 24, 24], [30, 24, 24], [30, 12, 12], [100], [100]])
      #expect(layers.map(\.output) == network.summary.map(\.output))
      #expect((layers[0].spec as? Conv2D)?.filters == 30 && layers[2].spec is MaxPool2D)
    }
  }

  @Test func theTextbooksNetworksHaveItsSizes() throws {
    let deep = try Network(input: [1, 28, 28], batch: 2, DeepConvNet())
    #expect(
      deep.summary.filter { $0.name.hasPrefix("pool") }.map(\.output) == [[16, 14, 14], [32, 8, 8], [64, 4, 4]])
    #expect(deep.summary.last?.output == [10])
    #expect(deep.parameters.count == 123_552)
    let two = try Network(input: [784], batch: 2, TwoLayerNet())
    #expect(two.parameters.count == 784 * 50 + 50 + 50 * 10 + 10)
    let multi = try Network(input: [784], batch: 2, MultiLayerNet(batchNorm: true, dropout: 0.5))
    #expect(multi.summary.count == 4 * 4 + 1)
    #expect(multi.buffers.map(\.name).prefix(2) == ["norm1.running_mean", "norm1.running_var"])
    let softmax = try Network(input: [1, 28, 28], batch: 2, SoftmaxRegression())
    #expect(softmax.parameters.count == 7850)
    let logits = try Network(input: [1, 28, 28], batch: 2, DeepConvNet(dropsLogits: true))
    #expect(logits.summary.last?.name == "dropout2")
  }

  /// The outputs of a frozen network are the same bits; thawed, it can change, and its outputs are those of its new weights.
  @Test func freezingChangesNoBit() throws {
    let network = try Network(input: [1, 12, 12], batch: 20, SimpleConvNet())
    let images = Tensor([20, 1, 12, 12], (0..<20 * 144).map { Float($0 % 17) / 17 })
    func outputs() throws -> [Float] {
      try [1, 7, 20].flatMap { try network.forward(images.prefix($0), .inference).elements }
    }
    let before = try outputs()
    try network.freeze()
    #expect(network.isFrozen)
    expectSameBits(try outputs(), before, "frozen")
    network.thaw()
    network.initialize(seed: 1)
    let after = try outputs()
    #expect(after != before)
    try network.freeze()
    expectSameBits(try outputs(), after, "frozen again")
  }

  /// A frozen network says so, where it is asked to train or to change.
  @Test func aFrozenNetworkStaysAsItIs() async throws {
    let network = try Network(input: [4], batch: 2, ["a": Affine(3), "n": BatchNorm()])
    try network.freeze()
    let x = Tensor([2, 4])
    try network.forward(x)
    #expect(throws: KernelError.invalid(kernel: "network", reason: "a frozen network does not train; thaw() it first"))
    {
      try network.forward(x, .training(step: 0))
    }
    let folder = try TemporaryFolder()
    try network.save(to: folder / "weights.safetensors")
    let error = #expect(throws: FileError.self) { try network.load(from: folder / "weights.safetensors") }
    #expect(error?.reason == "cannot be loaded into a frozen network; thaw() it first")
    network.thaw()
    try network.load(from: folder / "weights.safetensors")
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let network = try Network(input: [4], batch: 2, ["a": Affine(3)])
      try network.freeze()
      network.parameters.all[0].value.fill(1)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("the weights of a frozen network do not change; thaw() it first"))
  }

  /// Every way to build a wrong network names the layer, the values and the way out.
  @Test func errorsNameTheLayer() {
    func reason(_ layers: Sequential, input: Shape = [1, 8, 8], batch: Int = 4) -> String? {
      do throws(BuildError) {
        _ = try Network(input: input, batch: batch, layers)
        return nil
      } catch { return error.description }
    }
    #expect(
      reason(["conv1": Conv2D(filters: 4, kernel: 3), "pool1": MaxPool2D(2), "conv2": Conv2D(filters: 4, kernel: 5)])
        == "conv2: 5×5 kernel exceeds its 3×3 input; add padding ≥ 1")
    #expect(
      reason(["conv1": Conv2D(filters: 4, kernel: 12, padding: 1)])
        == "conv1: 12×12 kernel exceeds its 8×8 input; add padding ≥ 2")
    #expect(
      reason(["a": Affine(5), "conv": Conv2D(filters: 2, kernel: 3)])
        == "conv: a convolution needs (channels, height, width), not 5")
    #expect(
      reason(["conv": Conv2D(filters: 0, kernel: 3)]) == "conv: 0 filters of 3×3, stride 1×1: all must be positive")
    #expect(
      reason(["conv": Conv2D(filters: 2, kernel: 3, padding: -3)])
        == "conv: 3×3 kernel exceeds the 2×2 that padding -3×-3 leaves of its 8×8 input; leave out at most 2")
    #expect(
      reason(["conv": Conv2D(filters: 2, kernel: 9, padding: Size2D(-5, 0))])
        == "conv: 9×9 kernel exceeds the 0×8 that padding -5×0 leaves of its 8×8 input; set padding ≥ 1")
    #expect(
      reason(["conv1": Conv2D(filters: 8, kernel: 1), "conv2": Conv2D(filters: 6, kernel: 3, groups: 3)])
        == "conv2: 8 channels do not divide into 3 groups")
    #expect(
      reason(["conv1": Conv2D(filters: 8, kernel: 1), "conv2": Conv2D(filters: 6, kernel: 3, groups: 8)])
        == "conv2: 6 filters do not divide into 8 groups")
    #expect(
      reason(["conv": Conv2D(filters: 6, kernel: 3, dilation: 0)])
        == "conv: dilation 0×0, 1 groups: all must be positive")
    #expect(
      reason(["conv": Conv2D(filters: 6, kernel: 3, dilation: 4)])
        == "conv: 3×3 kernel, dilated to 9×9, exceeds its 8×8 input; add padding ≥ 1")
    #expect(
      reason(["up": ConvTranspose2D(filters: 6, kernel: 3, stride: 2, outputPadding: 2)])
        == "up: output padding 2×2 must be below stride 2×2, and not below 0")
    #expect(
      reason(["c": Conv2D(filters: 8, kernel: 1), "up": ConvTranspose2D(filters: 6, kernel: 3, groups: 3)])
        == "up: 8 channels do not divide into 3 groups")
    #expect(
      reason(["a": Affine(5), "up": ConvTranspose2D(filters: 6, kernel: 3)])
        == "up: a transposed convolution needs (channels, height, width), not 5")
    #expect(reason(["pool": MaxPool2D(9)]) == "pool: 9×9 window exceeds its 8×8 input; pool less before it")
    #expect(
      reason(["pool": AveragePool2D(2, padding: 2)]) == "pool: padding 2×2 must be at most half the window 2×2")
    for padding in [Size2D(2, 0), Size2D(0, 2), Size2D(-1, 0)] {
      #expect(
        reason(["pool": MaxPool2D(3, padding: padding)])
          == "pool: padding \(padding) must be at most half the window 3×3")
    }
    #expect(
      reason(["a": Affine(5), "pool": MaxPool2D(2)]) == "pool: pooling needs (channels, height, width), not 5")
    #expect(reason(["pool": MaxPool2D(2, stride: 0)]) == "pool: window 2×2, stride 0×0: both must be positive")
    #expect(reason(["a": Affine(0)]) == "a: 0 outputs: there must be at least one")
    #expect(reason(["d": Dropout(1)]) == "d: dropout rate 1.0 must be in 0 ..< 1")
    #expect(reason(["n": BatchNorm(epsilon: 0)]) == "n: epsilon 0.0 must be positive")
    #expect(reason(["n": BatchNorm(momentum: 2)]) == "n: momentum 2.0 must be in 0 ... 1")
    #expect(
      reason(["n": BatchNorm()], input: [2, 3])
        == "n: batch normalisation needs vectors or (channels, height, width), not 2×3")
    #expect(reason([:]) == "network: it has no layers")
    #expect(reason(["a": Affine(1)], batch: 0) == "network: a batch of 0 holds nothing")
  }

  @Test func theSprintsNetwork() throws {
    let network = try Network(input: [1, 28, 28], batch: 2, SprintConvNet())
    #expect(
      network.nodes.map(\.members[0].name) == ["conv1", "norm1", "conv2", "affine1", "norm2", "affine2"])
    #expect(
      network.summary.map(\.output) == [
        [16, 20, 20], [16, 20, 20], [16, 10, 10], [16, 10, 10], [32, 4, 4], [32, 4, 4], [64], [64], [64], [10],
      ])
    #expect(
      network.parameters.all.map(\.name) == [
        "conv1.weight", "conv1.bias", "norm1.weight", "norm1.bias", "conv2.weight", "conv2.bias", "affine1.weight",
        "affine1.bias", "norm2.weight", "norm2.bias", "affine2.weight", "affine2.bias",
      ])
    #expect(network.parameters.count == 42_282)
    let sizes = SprintConvNet(filters: (8, 24), kernels: (3, 3), margin: 0, hidden: 40, classes: 26, dropout: 0.1)
    let other = try Network(input: [1, 28, 28], batch: 2, sizes)
    #expect(other.layers.first { $0.name == "pool1" }?.output == [8, 13, 13])
    #expect(other.layers.contains { $0.name == "dropout1" } && other.output == [26])
  }

  @Test func theNetworksOfLaterYears() throws {
    let leNet = try Network(input: [1, 28, 28], batch: 2, LeNet5())
    #expect(leNet.summary.filter { $0.name.hasPrefix("pool") }.map(\.output) == [[6, 14, 14], [16, 5, 5]])
    #expect(leNet.parameters.count == 61_706)  // the paper's 60,000, and the connections that it leaves out
    let resNet = try Network(input: [3, 32, 32], batch: 2, ResNet9())
    #expect(resNet.layers.first { $0.name == "residual3.second.relu" }?.output == [256, 4, 4])
    #expect(
      resNet.parameters.all.prefix(3).map(\.name) == [
        "prepare.conv.weight", "prepare.norm.weight", "prepare.norm.bias",
      ])
    // 3 × 3 taps from channels to filters, and two numbers a channel for the normalisation.
    func convolutions(_ sizes: [Int]) -> Int {
      zip([3] + sizes, sizes).reduce(0) { $0 + 9 * $1.0 * $1.1 + 2 * $1.1 }
    }
    #expect(resNet.parameters.count == convolutions([32, 64, 64, 64, 128, 256, 256, 256]) + 2570)
    let vgg = try Network(input: [3, 32, 32], batch: 2, VGG11())
    #expect(vgg.parameters.count == convolutions([32, 64, 128, 128, 256, 256, 256, 256]) + 2570)
    #expect(vgg.layers.first { $0.name == "block8.pool" }?.output == [256, 1, 1])
    // Other sizes, and dropout.
    let other = try Network(input: [1, 28, 28], batch: 2, ResNet9(width: 4, classes: 26, dropout: 0.2))
    #expect(other.layers.contains { $0.name == "dropout" } && other.output == [26])
    #expect(try Network(input: [1, 12, 12], batch: 2, LeNet5(classes: 3, dropout: 0.1)).output == [3])
    #expect(try Network(input: [3, 64, 48], batch: 2, VGG11(width: 2, classes: 3, dropout: 0.1)).output == [3])
  }

  @Test func takesSmallerBatches() throws {
    let network = try Network(input: [1, 12, 12], batch: 8, SimpleConvNet(filters: 3, hidden: 10))
    var random = TestRandom(7)
    let x = Tensor([8, 1, 12, 12], random.floats(8 * 144))
    let all = try network.forward(x).elements
    for count in [1, 3, 7] {
      let some = try network.forward(x.prefix(count)).elements
      expectSameBits(some, Array(all[..<some.count]), "a sample's result does not depend on its batch")
    }
  }

  /// The whole network against a Double one: every layer's gradient depends on all that come after it.
  @Test(arguments: LayerGradientTests.kernels)
  func simpleConvNetPassesTheGradientCheck(_ kernels: Kernels) throws {
    let network = try Network(
      input: [1, 10, 10], batch: 3, SimpleConvNet(filters: 3, kernel: 3, hidden: 6, classes: 4), seed: 2,
      kernels: kernels, inputGradient: true)
    var random = TestRandom(13)
    let x = random.floats(300)
    let classes = [1, 3, 0]
    var conv = Oracle.Window()
    (conv.batch, conv.height, conv.width, conv.filters, conv.kernelHeight, conv.kernelWidth) = (3, 10, 10, 3, 3, 3)
    var pool = Oracle.Window()
    (pool.batch, pool.channels, pool.height, pool.width) = (3, 3, 8, 8)
    (pool.kernelHeight, pool.kernelWidth, pool.strideHeight, pool.strideWidth) = (2, 2, 2, 2)
    let (convolution, pooling) = (conv, pool)
    let targets = classes.flatMap { c in (0..<4).map { $0 == c ? 1.0 : 0 } }
    func affine(_ x: [Double], _ w: [Double], _ b: [Double]) -> [Double] {
      let (n, k) = (b.count, w.count / b.count)
      let sum = Oracle.product(m: 3, n: n, k: k, transposeB: true, lda: k, ldb: k, x, w).sum
      return sum.indices.map { sum[$0] + b[$0 % n] }
    }
    func loss(_ x: [Double], _ p: [[Double]]) -> Double {
      let features = Oracle.maxPool(pooling, Oracle.convolution(convolution, x, p[0], p[1]).map { max($0, 0) }).y
      let hidden = affine(features, p[2], p[3]).map { max($0, 0) }
      return Oracle.crossEntropy(rows: 3, columns: 4, affine(hidden, p[4], p[5]), targets: targets)
    }
    let images = Tensor([3, 1, 10, 10], x)
    let outputs = try network.forward(images, .training(step: 0))
    let value = try SoftmaxCrossEntropy().evaluate(
      outputs, Labels(classes), gradient: network.outputGradient, on: kernels)
    try network.backward()
    let parameters = network.parameters.all.map { $0.value.elements.doubles }
    #expect(abs(Double(value) - loss(x.doubles, parameters)) < 1e-5)
    // The book asks for mean differences below 1e-7 in Double; here floats are compared, whose gradients near 1 carry
    // errors of a few 1e-7.
    for (i, parameter) in network.parameters.all.enumerated() {
      let gradient = Oracle.gradient(
        of: { changed in
          var p = parameters
          p[i] = changed
          return loss(x.doubles, p)
        }, at: parameters[i])
      expectClose(parameter.gradient.elements, gradient, tolerance: 2e-6, parameter.name)
    }
    let dx = Oracle.gradient(of: { loss($0, parameters) }, at: x.doubles)
    expectClose(try #require(network.inputGradient).elements, dx, tolerance: 2e-6, "input")
  }

  /// Fused layers against the same network layer by layer: outputs, gradients and everything else to the bit.
  @Test(arguments: [
    SimpleConvNet(filters: 5, hidden: 20) as any Architecture, DeepConvNet(hidden: 10), SprintConvNet(),
    MultiLayerNet(hidden: [20, 17]),
    [
      "c": Conv2D(filters: 3, kernel: 4), "r": ReLU(), "p": MaxPool2D(2), "d": Conv2D(filters: 4, kernel: 3, stride: 2),
      "s": ReLU(), "n": BatchNorm(), "e": Conv2D(filters: 2, kernel: 1), "t": ReLU(), "q": MaxPool2D(3),
    ] as Sequential,
  ])
  func fusionChangesNoBit(_ architecture: any Architecture) throws {
    let fused = try Network(input: [1, 28, 28], batch: 5, architecture, seed: 3, inputGradient: true)
    let plain = try Network(input: [1, 28, 28], batch: 5, architecture, seed: 3, inputGradient: true, fuses: false)
    #expect(fused.nodes.count < plain.nodes.count)
    #expect(fused.summary == plain.summary)
    #expect(fused.parameters.all.map(\.name) == plain.parameters.all.map(\.name))
    var random = TestRandom(23)
    let x = Tensor([5, 1, 28, 28], random.floats(5 * 784))
    var results: [[[Float]]] = []
    for network in [fused, plain] {
      let y = try network.forward(x, .training(step: 1)).elements
      var other = TestRandom(29)
      network.outputGradient.copy(from: Tensor([y.count], other.floats(y.count)))
      try network.backward()
      results.append(
        [y, try #require(network.inputGradient).elements] + network.parameters.all.map(\.gradient.elements))
    }
    for (a, b) in zip(results[0], results[1]) { expectSameBits(a, b) }
  }

  /// Layers that work in place must not take away what another layer's backward pass reads.
  @Test func inPlaceLayersKeepWhatIsNeeded() throws {
    let layers: [Sequential] = [
      ["f": Flatten(), "r": ReLU(), "a": Affine(6), "s": Sigmoid(), "t": Tanh(), "d": Dropout(0.3), "b": Affine(3)],
      ["r": ReLU(), "n": BatchNorm(), "s": Sigmoid(), "f": Flatten(), "d": Dropout(0.2), "t": Tanh(), "x": Softmax()],
      ["d": Dropout(0.2), "f": Flatten(), "g": Flatten(), "t": Tanh(), "r": ReLU(), "i": Identity(), "a": Affine(2)],
      [
        "s": SiLU(), "n": GroupNorm(2), "l": LeakyReLU(), "g": GELU(), "p": PReLU(), "e": ELU(), "d": Dropout2D(0.3),
        "o": LayerNorm(), "h": HardSwish(), "q": Softplus(), "m": LeakyReLU(-1), "f": Flatten(), "a": Affine(2),
      ],
    ]
    for sequence in layers {
      let inPlace = try Network(input: [2, 3, 3], batch: 4, sequence, seed: 5, inputGradient: true)
      var apart = Sequential()
      for case (let name, let spec as any LayerSpec) in sequence.elements { apart.append(name, Apart(spec: spec)) }
      let separate = try Network(input: [2, 3, 3], batch: 4, apart, seed: 5, inputGradient: true)
      var random = TestRandom(17)
      let x = Tensor([4, 2, 3, 3], random.floats(72))
      let before = x.elements
      for network in [inPlace, separate] {
        let y = try network.forward(x, .training(step: 1))
        var other = TestRandom(19)
        network.outputGradient.copy(from: Tensor([y.count], other.floats(y.count)))
        try network.backward()
      }
      #expect(x.elements == before, "the input is the caller's")
      expectSameBits(
        try #require(inPlace.inputGradient).elements, try #require(separate.inputGradient).elements)
      for (a, b) in zip(inPlace.parameters.all, separate.parameters.all) {
        expectSameBits(a.gradient.elements, b.gradient.elements, a.name)
      }
    }
  }
}

/// Any layer, but with memory of its own for everything, as an oracle for those that share.
private struct Apart: LayerSpec {
  let spec: any LayerSpec
  var preferredInitializer: Initializer? { spec.preferredInitializer }
  var description: String { spec.description }
  func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> ApartLayer {
    ApartLayer(try spec.build(input, in: scope))
  }
}

private final class ApartLayer: Layer {
  let inner: any Layer
  init(_ inner: any Layer) { self.inner = inner }
  var output: Shape { inner.output }
  func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    if inner.placement == .view { y.copy(from: x) } else { try inner.forward(x, into: y, mode) }
  }
  func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    if inner.placement == .view { dx?.copy(from: dy) } else { try inner.backward(dy, x: x, y: y, into: dx) }
  }
}
