import Kobai
import KobaiScratch
import TestSupport
import Testing

/// Each layer beside the one of the same purpose that stands on kernels: the same answer, the same derivatives.
///
/// The kernels compute in single precision. Inputs and weights are below 1 and exact in it; a sum of n products is off by
/// about √n · 2⁻²⁴ of its size, and all sums here have fewer than 300. A fault of either side would be of the order of 1.
@Suite("Layers beside their twins over kernels")
struct KernelTwinTests {
  private static let tolerance = 2e-6

  /// - Parameters:
  ///   - spec: the twin.
  ///   - input: a sample's shape.
  ///   - x: the inputs, random unless given.
  ///   - make: the layer, from parameters in the twin's shapes.
  private func compare(
    _ spec: any LayerSpec, _ input: [Int], batch: Int = 4, x: [Float]? = nil,
    _ make: ([KobaiScratch.Parameter]) -> any KobaiScratch.Layer
  ) throws {
    var layers = Sequential()
    layers.append("layer", spec)
    let network = try Network(input: Shape(input), batch: batch, layers, seed: 3, inputGradient: true)
    var random = TestRandom(5)
    let x = x ?? random.floats(batch * input.reduce(1, *))
    for parameter in network.parameters.all {
      parameter.value.copy(from: Tensor([parameter.value.count], random.floats(parameter.value.count)))
    }
    let own = network.parameters.all.map { KobaiScratch.Parameter(array($0.value)) }
    let layer = make(own)

    let y = try network.forward(Tensor(Shape([batch] + input), x), .training(step: 0))
    let z = layer.forward(NDArray(shape: [batch] + input, x.doubles))
    expectClose(array(y).reshaped(z.shape), z, Self.tolerance, "y")
    let dy = random.floats(y.count)
    network.outputGradient.copy(from: Tensor([dy.count], dy))
    try network.backward()
    let dx = layer.backward(NDArray(shape: z.shape, dy.doubles))
    expectClose(array(try #require(network.inputGradient)), dx, Self.tolerance, "dx")
    for (twin, own) in zip(network.parameters.all, own) {
      expectClose(array(twin.gradient), own.gradient, Self.tolerance, twin.name)
    }
  }

  private func array(_ tensor: Tensor) -> NDArray {
    NDArray(shape: (0..<tensor.shape.rank).map { tensor.shape[$0] }, tensor.elements.doubles)
  }

  @Test("ReLU, sigmoid, tanh")
  func activations() throws {
    try compare(ReLU(), [7]) { _ in Relu() }
    try compare(Kobai.Sigmoid(), [7]) { _ in KobaiScratch.Sigmoid() }
    try compare(Kobai.Tanh(), [7]) { _ in KobaiScratch.Tanh() }
  }

  @Test("affine")
  func affine() throws {
    try compare(Kobai.Affine(9), [2, 5, 4]) { AffineTwin($0[0], $0[1]) }
  }

  @Test("convolution", arguments: [(1, 0), (1, 1), (2, 1)])
  func convolution(_ stride: Int, _ padding: Int) throws {
    try compare(
      Conv2D(filters: 5, kernel: Size2D(3, 2), stride: Size2D(stride), padding: Size2D(padding)), [3, 8, 7]
    ) { Convolution($0[0], $0[1], stride: stride, pad: padding) }
  }

  @Test("pooling")
  func pooling() throws {
    var random = TestRandom(6)
    try compare(MaxPool2D(2), [3, 6, 4], x: random.distinctFloats(4 * 72, gap: 0.01)) { _ in Pooling(2, 2) }
    try compare(MaxPool2D(Size2D(3), stride: 1), [3, 6, 4], x: random.distinctFloats(4 * 72, gap: 0.01)) { _ in
      Pooling(3, 3, stride: 1)
    }
  }

  @Test("batch normalisation, with the book's ε")
  func batchNormalization() throws {
    try compare(BatchNorm(epsilon: 1e-6), [6], batch: 9) { BatchNormalization($0[0], $0[1]) }
  }

  @Test("softmax with loss")
  func loss() throws {
    var random = TestRandom(7)
    let (x, labels) = (random.floats(5 * 4), [3, 0, 1, 1, 2])
    let gradient = Tensor([5, 4])
    let twin = try SoftmaxCrossEntropy().evaluate(Tensor([5, 4], x), Labels(labels), gradient: gradient, on: .default)
    let layer = SoftmaxWithLoss(epsilon: 0)
    #expect(abs(Double(twin) - layer.forward(NDArray(shape: [5, 4], x.doubles), labels)) < Self.tolerance)
    expectClose(array(gradient), layer.backward(), Self.tolerance)
  }

  /// PyTorch's formulas and the book's are the same where ε is the same. Adam's is beside the corrected root there, beside
  /// the plain one in the book: for gradients of the order of 1 that makes 3e-6 of a step.
  @Test("optimizers: 20 steps with random gradients")
  func optimizers() throws {
    try steps(Kobai.SGD(learningRate: 0.1), KobaiScratch.SGD(lr: 0.1))
    try steps(Kobai.Momentum(learningRate: 0.1), KobaiScratch.Momentum(lr: 0.1))
    try steps(Kobai.Nesterov(learningRate: 0.1), KobaiScratch.Nesterov(lr: 0.1))
    try steps(Kobai.AdaGrad(learningRate: 0.1, epsilon: 1e-7), KobaiScratch.AdaGrad(lr: 0.1))
    try steps(RMSProp(learningRate: 0.1, alpha: 0.99, epsilon: 1e-7), RMSprop(lr: 0.1))
    try steps(Kobai.Adam(learningRate: 0.1, epsilon: 1e-7), KobaiScratch.Adam(lr: 0.1))
  }

  private func steps(_ twin: any Kobai.Optimizer, _ own: any KobaiScratch.Optimizer) throws {
    var (twin, own) = (twin, own)
    let network = try Network(input: [4], batch: 1, ["affine1": Kobai.Affine(3, bias: false)], seed: 8)
    let weight = network.parameters.all[0]
    let parameter = KobaiScratch.Parameter(array(weight.value))
    var random = TestRandom(9)
    for _ in 0..<20 {
      let gradient = random.floats(12).map { $0 + ($0 < 0 ? -0.5 : 0.5) }
      weight.gradient.copy(from: Tensor([12], gradient))
      try twin.step(network.parameters)
      own.update(["W1": parameter], ["W1": NDArray(shape: [3, 4], gradient.doubles)])
    }
    expectClose(array(weight.value), parameter.value, 2e-6, "\(type(of: own))")
  }
}

/// The affine layer with its weight the other way round, (outputs, inputs), as the kernels' layer has it.
private final class AffineTwin: KobaiScratch.Layer {
  private let w: KobaiScratch.Parameter
  private let layer: KobaiScratch.Affine

  init(_ w: KobaiScratch.Parameter, _ b: KobaiScratch.Parameter) {
    (self.w, layer) = (w, KobaiScratch.Affine(KobaiScratch.Parameter(w.value.transposed), b))
  }

  func forward(_ x: NDArray, train: Bool) -> NDArray { layer.forward(x, train: train) }

  func backward(_ dout: NDArray) -> NDArray {
    let dx = layer.backward(dout)
    w.gradient = layer.w.gradient.transposed
    return dx
  }
}
