import Kobai

extension Graph {
  /// A design with every layer and merge that Kobai has.
  public static let everyLayer: Graph = {
    var graph = Graph()
    let image = graph.input("image", [4, 12, 10])
    let words = graph.input("words", [5])
    let pictures: Sequential = [
      "conv": Conv2D(filters: 6, kernel: 3, padding: 1), "norm": BatchNorm(), "relu": ReLU(), "max": MaxPool2D(2),
      "transposed": ConvTranspose2D(filters: 4, kernel: 3, stride: 2, padding: 1, outputPadding: Size2D(1, 0)),
      "leaky": LeakyReLU(0.1), "groups": GroupNorm(2), "up": Upsample(scale: 2), "prelu": PReLU(perChannel: true),
      "mean": AveragePool2D(3, stride: 2, padding: 1), "elu": ELU(),
      "block": Residual([
        "conv": Conv2D(filters: 4, kernel: 3, padding: 1, groups: 4), "norm": BatchNorm(), "silu": SiLU(),
        "drop": Dropout2D(0.2),
      ]),
      "sizes": AdaptiveAveragePool2D(Size2D(5, 4)), "gelu": GELU(),
      "mixed": Branches(["same": Identity(), "hard": HardSwish(), "step": Step()]),
      "global": GlobalAveragePool2D(), "flatten": Flatten(),
    ]
    let sentences: Sequential = [
      "embedding": Embedding(7, 4), "lstm": LSTM(3, bidirectional: true), "norm": LayerNorm(), "soft": Softplus(),
      "gru": GRU(5, returnsSequence: false), "tanh": Tanh(),
    ]
    let seen = graph.add("pictures", pictures, to: image)
    let read = graph.add("sentences", sentences, to: words)
    let both = graph.append("both", Concatenate(), [seen, read])
    let head: Sequential = [
      "hidden": Affine(6), "sigmoid": Sigmoid(), "drop": Dropout(0.3), "classes": Affine(3), "softmax": Softmax(),
    ]
    graph.output("shares", graph.add("head", head, to: both))
    graph.output("code", both)
    return graph
  }()
}
