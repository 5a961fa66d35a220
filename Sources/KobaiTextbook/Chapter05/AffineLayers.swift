import Kobai
import KobaiReport
import KobaiScratch

/// The affine layer for one sample and for a batch, softmax with loss, and the shape of every gradient: each is that of
/// the thing it is the gradient of.
public struct AffineLayers: Experiment {
  public let about = About(
    "ch05/affine-layers", .affineLayers, en: "Affine and Softmax-with-Loss: values and shapes of all gradients",
    ja: "AffineレイヤとSoftmax-with-Lossレイヤ：すべての勾配の値と形状")
  @Setting("batch", in: 1...100, en: "samples in the larger batch", ja: "大きいほうのバッチサイズ") var batch = 4
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    // The book's bias example: two samples, the bias is added to both, and its gradient is the sum over both.
    let products = NDArray([[0, 0, 0], [10, 10, 10]])
    let bias = NDArray([1, 2, 3])
    let added = products + bias
    lab.say("X·W + B =\n\(added)")
    let dy = NDArray([[1, 2, 3], [4, 5, 6]])
    lab.say("dB = \(dy.sum(axis: 0))")

    for rows in [1, batch] {
      let x = lab.normal(rows, 3, deviation: 1, stream: 1)
      let w = lab.normal(3, 2, deviation: 1, stream: 2)
      let layer = KobaiScratch.Affine(KobaiScratch.Parameter(w), KobaiScratch.Parameter(.zeros(2)))
      let y = layer.forward(x)
      let dx = layer.backward(y)
      let shapes = [x, w, y, dx, layer.w.gradient, layer.b.gradient].map { NDArray.text($0.shape) }
      lab.say(
        en: "batch of \(rows): X\(shapes[0]) W\(shapes[1]) Y\(shapes[2])  dX\(shapes[3]) dW\(shapes[4]) dB\(shapes[5])",
        ja: "バッチサイズ\(rows)：X\(shapes[0]) W\(shapes[1]) Y\(shapes[2])  dX\(shapes[3]) dW\(shapes[4]) dB\(shapes[5])")
    }

    // Softmax with loss: what comes back is y − t.
    let scores = NDArray([[0.3, 2.9, 4.0]])
    let lastLayer = SoftmaxWithLoss()
    let loss = lastLayer.forward(scores, [2])
    let difference = lastLayer.backward()
    lab.say(en: "softmax-with-loss: loss \(loss)", ja: "Softmax-with-Lossレイヤ：損失 \(loss)")
    lab.say("dx = y - t = \(difference.row(0))")
    let numerical = numericalGradient({ lastLayer.forward($0, [2]) }, scores)
    lab.say(
      en: "numerical    = \(numerical.row(0)), which the 1e-7 inside the loss's logarithm moves",
      ja: "数値勾配     = \(numerical.row(0))（差は、損失の対数の中で足している1e-7による）")

    try everyLayer(lab)
    return Outcome([
      "bias": added.elements, "dB": dy.sum(axis: 0).elements, "dx": difference.elements,
      "numerical": numerical.elements,
    ])
  }

  /// The same rule for all of Kobai's layers: a gradient has the shape of what it belongs to.
  private func everyLayer(_ lab: Lab) throws {
    let network = try Network(
      input: [1, 8, 8], batch: 2,
      [
        "conv": Conv2D(filters: 3, kernel: 3), "norm": BatchNorm(), "relu": ReLU(), "pool": MaxPool2D(2),
        "affine": Kobai.Affine(4),
        "sigmoid": Kobai.Sigmoid(),
      ], seed: lab.seed, kernels: lab.kernels, inputGradient: true)
    let x = Tensor([2, 1, 8, 8])
    let y = try network.forward(x, .training(step: 0))
    network.outputGradient.copy(from: y)
    try network.backward()
    for layer in network.summary { lab.say("\(layer.name): y (2, \(layer.output))") }
    for parameter in network.parameters.all {
      lab.say("\(parameter.name) \(parameter.value.shape), d\(parameter.name) \(parameter.gradient.shape)")
    }
    if let dx = network.inputGradient { lab.say("x \(x.shape), dx \(dx.shape)") }
  }
}
