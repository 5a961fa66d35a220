import Kobai
import KobaiReport

/// The affine layer for one sample and for a batch, softmax with loss, and the shape of every gradient: each is that of
/// the thing it is the gradient of.
public struct AffineLayers: Experiment {
  public let about = About(
    "ch05/affine-layers", .affineLayers, en: "Affine and Softmax-with-Loss: values and shapes of all gradients",
    ja: "AffineレイヤとSoftmax-with-Lossレイヤ：勾配の値と形状")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    // The book's bias example: two samples, the bias is added to both, and its gradient is the sum over both.
    let products = Matrix([[0, 0, 0], [10, 10, 10]])
    let bias = [1.0, 2, 3]
    let added = products + bias
    lab.say("X·W + B =\n\(Numpy.rows(added))")
    let dy = Matrix([[1, 2, 3], [4, 5, 6]])
    lab.say("dB = \(Numpy.array(dy.columnSums))")

    for rows in [1, 4] {
      let x = lab.normal(rows, 3, deviation: 1, stream: 1)
      let w = lab.normal(3, 2, deviation: 1, stream: 2)
      let y = x * w + [0, 0]
      let (dx, dw) = (y * w.transposed, x.transposed * y)
      lab.say(
        en: "batch of \(rows): X\(x.shape) W\(w.shape) Y\(y.shape)  dX\(dx.shape) dW\(dw.shape) dB(\(y.columns),)",
        ja: "バッチ \(rows)：X\(x.shape) W\(w.shape) Y\(y.shape)  dX\(dx.shape) dW\(dw.shape) dB(\(y.columns),)")
    }

    // Softmax with loss: what comes back is y − t.
    let scores = Matrix(row: [0.3, 2.9, 4.0])
    let y = softmax(scores)
    let difference = y - Matrix(row: [0, 0, 1])
    let loss = crossEntropyError(y, labels: [2])
    lab.say("softmax-with-loss: loss \(loss), dx = y - t = \(Numpy.array(difference.elements))")
    let numerical = numericalGradient({ crossEntropyError(softmax(Matrix(row: $0)), labels: [2]) }, scores.elements)
    lab.say("numerical:                                        \(Numpy.array(numerical))")

    try everyLayer(lab)
    return Outcome([
      "bias": added.elements, "dB": dy.columnSums, "dx": difference.elements, "numerical": numerical,
    ])
  }

  /// The same rule for all of Kobai's layers: a gradient has the shape of what it belongs to.
  private func everyLayer(_ lab: Lab) throws {
    let network = try Network(
      input: [1, 8, 8], batch: 2,
      [
        "conv": Conv2D(filters: 3, kernel: 3), "norm": BatchNorm(), "relu": ReLU(), "pool": MaxPool2D(2),
        "affine": Affine(4),
        "sigmoid": Sigmoid(),
      ] as Sequential, seed: lab.seed, kernels: lab.kernels, inputGradient: true)
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
