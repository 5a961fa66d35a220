import Kobai
import KobaiONNX
import TestSupport
import Testing

/// Designs that are no chains.
enum Designs {
  struct Example: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let graph: Graph
  }

  static let all = [
    Example(testDescription: "residual blocks and branches", graph: residual),
    Example(testDescription: "shared layers, several inputs and outputs", graph: twins),
    Example(testDescription: "outputs that are read again, and one with two names", graph: outputs),
  ]

  private static let residual: Graph = {
    let layers: Sequential = [
      "conv1": Conv2D(filters: 6, kernel: 3, padding: 1), "relu1": ReLU(),
      "block1": Residual([
        "conv1": Conv2D(filters: 6, kernel: 3, padding: 1), "norm1": BatchNorm(), "relu": ReLU(),
        "conv2": Conv2D(filters: 6, kernel: 3, padding: 1, bias: false),
      ]),
      "relu2": ReLU(),
      "block2": Residual(
        ["conv": Conv2D(filters: 8, kernel: 3, stride: 2, padding: 1), "tanh": Tanh()],
        shortcut: Conv2D(filters: 8, kernel: 1, stride: 2)),
      "mixed": Branches([
        "same": Identity(), "narrow": Conv2D(filters: 3, kernel: 1),
        "deep": Sequential([
          "conv": Conv2D(filters: 4, kernel: 3, padding: 1), "step": Step(), "inner": Residual(["s": Sigmoid()]),
        ]),
        "mean": AveragePool2D(3, stride: 1, padding: 1),
      ]),
      "cut": Conv2D(filters: 9, kernel: 1, padding: -1),
      "sum": Branches(["a": ReLU(), "b": Softmax(), "c": Identity()], merge: .add),
      "drop": Dropout(0.2), "affine": Affine(5),
    ]
    var graph = Graph()
    graph.output("output", layers.add(to: &graph, named: "", graph.input("input", [2, 8, 8])))
    return graph
  }()

  private static let twins: Graph = {
    var graph = Graph()
    let (left, right) = (graph.input("left", [1, 6, 6]), graph.input("right", [1, 6, 6]))
    let encoder: Sequential = [
      "conv": Conv2D(filters: 4, kernel: 3), "norm": BatchNorm(), "relu": ReLU(), "affine": Affine(4), "tanh": Tanh(),
    ]
    let a = graph.add("encoder", encoder, to: left)
    let b = graph.add(again: "encoder", to: right)
    let both = graph.append("both", Concatenate(), [a, b])
    graph.output("score", graph.add("head", Affine(3), to: both))
    graph.output("code", a)
    return graph
  }()

  private static let outputs: Graph = {
    var graph = Graph()
    let x = graph.input("x", [6])
    let hidden = graph.add("hidden", Affine(5), to: x)
    graph.output("hidden", hidden)
    graph.output("same", hidden)
    graph.output("sum", graph.append("add", Add(), [graph.add("relu", ReLU(), to: hidden), hidden, hidden]))
    return graph
  }()

  /// Layers that no network of the book has, one after the other, and the operator set that they are exported with.
  static let chains: [(input: Shape, opset: Int, layers: Sequential)] = [
    (
      [3, 9, 10], 13,
      [
        "conv": Conv2D(filters: 6, kernel: 3), "group": GroupNorm(3), "leaky": LeakyReLU(0.1),
        "up1": Upsample(scale: Size2D(2, 3)), "drop": Dropout2D(), "prelu1": PReLU(perChannel: true),
        "elu": ELU(alpha: 0.7),
        "up2": Upsample(scale: 2, mode: .bilinear), "gelu": GELU(), "pool1": AdaptiveAveragePool2D(Size2D(7, 12)),
        "up3": Upsample(size: Size2D(9, 7), mode: .bilinear), "tanh": GELU(approximate: .tanh),
        "up4": Upsample(size: Size2D(20, 18)), "silu": SiLU(), "pool2": AdaptiveAveragePool2D(Size2D(5, 6)),
        "plain": GroupNorm(2, affine: false), "softplus1": Softplus(), "softplus2": Softplus(beta: 3),
        "softplus3": Softplus(beta: 2, threshold: 1),
        "hard": HardSwish(), "pool3": AveragePool2D(2), "prelu2": PReLU(), "affine": Affine(4),
      ]
    ),
    ([300, 17], 13, ["flat": Flatten(), "affine": Affine(3)]),
    ([2, 20, 20], 13, ["pool": AveragePool2D(17, stride: 3), "global": GlobalAveragePool2D()]),
    ([3, 30, 20], 13, ["max": MaxPool2D(18), "one": AdaptiveAveragePool2D(1)]),
    (
      [4, 3, 5], 17,
      ["last": LayerNorm(), "two": LayerNorm([3, 5], affine: false), "all": LayerNorm([4, 3, 5], bias: false)]
    ),
    ([6, 5], 13, ["lstm": LSTM(7), "gru": GRU(4)]),
    (
      [6, 5], 13,
      [
        "gru": GRU(3, layers: 2, bias: false, dropout: 0.3, bidirectional: true),
        "lstm": LSTM(4, layers: 2, bidirectional: true, returnsSequence: false),
      ]
    ),
    (
      [5, 3], 13,
      [
        "lstm": LSTM(4, bias: false),
        "gru": GRU(6, layers: 2, bias: false, bidirectional: true, returnsSequence: false),
        "affine": Affine(3, bias: false),
      ]
    ),
    ([7], 13, ["words": Embedding(10, 6), "gru": GRU(5, returnsSequence: false)]),
  ]

  /// Moves the running statistics, and runs the network on random samples.
  static func run(_ network: Network, seed: UInt64) throws -> (xs: [Tensor], outputs: [[Float]]) {
    var random = TestRandom(seed)
    let xs = network.inputs.map {
      Tensor($0.shape.batched(network.batch), random.floats(network.batch * $0.shape.count))
    }
    try network.forward(xs, .training(step: 0))
    try network.forward(xs)
    return (xs, network.outputs.indices.map { network.outputValue($0).elements })
  }
}
