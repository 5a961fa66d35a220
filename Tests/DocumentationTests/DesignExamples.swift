// The examples of the documentation about designs that are no chains.
import Kobai

enum DesignExamples {
  static func residual() -> Sequential {
    let layers: Sequential = [
      "conv1": Conv2D(filters: 16, kernel: 3, padding: 1), "relu1": ReLU(),
      "block1": Residual([
        "conv1": Conv2D(filters: 16, kernel: 3, padding: 1), "relu": ReLU(),
        "conv2": Conv2D(filters: 16, kernel: 3, padding: 1),
      ]),
      "relu2": ReLU(), "affine": Affine(10),
    ]
    return layers
  }

  static func branches() -> Sequential {
    let layers: Sequential = [
      "mixed": Branches([
        "narrow": Conv2D(filters: 8, kernel: 1),
        "wide": Sequential(["conv": Conv2D(filters: 8, kernel: 3, padding: 1), "relu": ReLU()]),
      ]),
      "affine": Affine(10),
    ]
    return layers
  }

  static func graph() throws -> Network {
    var graph = Graph()
    let left = graph.input("left", [1, 28, 28])
    let right = graph.input("right", [1, 28, 28])
    let encoder: Sequential = ["conv": Conv2D(filters: 8, kernel: 5), "relu": ReLU(), "pool": MaxPool2D(2)]
    let a = graph.add("encoder", encoder, to: left)
    let b = graph.add(again: "encoder", to: right)  // with the same weights
    let both = graph.append("both", Concatenate(), [a, b])
    graph.output("same", graph.add("head", Affine(1), to: both))
    let network = try Network(graph, batch: 32)
    return network
  }

  static func stage() -> Sequential {
    func stage(_ filters: Int) -> Sequential {
      [
        "grow": Conv2D(filters: filters, kernel: 3, padding: 1), "relu": ReLU(), "pool": MaxPool2D(2),
        "block": Residual([
          "conv1": Conv2D(filters: filters, kernel: 3, padding: 1), "relu": ReLU(),
          "conv2": Conv2D(filters: filters, kernel: 3, padding: 1),
        ]),
        "relu2": ReLU(),
      ]
    }
    let layers: Sequential = ["stage1": stage(16), "stage2": stage(32), "affine": Affine(10)]
    return layers
  }

  static func gate() -> Sequential {
    let layers: Sequential = [
      "glu": Branches(
        ["value": Affine(32), "gate": Sequential(["affine": Affine(32), "sigmoid": Sigmoid()])], merge: Multiply()),
      "affine": Affine(10),
    ]
    return layers
  }

  static func fromAFile() throws -> Network {
    var registry = NodeRegistry.standard
    registry.register(PReLU())
    let network = try Network(contentsOf: "model.safetensors", batch: 32, registry: registry)
    return network
  }

  static func twoOutputs(_ images: Tensor) throws -> (digit: Tensor, isOdd: Tensor) {
    var graph = Graph()
    let x = graph.input("image", [1, 28, 28])
    let features = graph.add("body", ["affine": Affine(50), "relu": ReLU()], to: x)
    graph.output("digit", graph.add("digit", Affine(10), to: features))
    graph.output("odd", graph.add("odd", Affine(2), to: features))
    let network = try Network(graph, batch: 100)
    try network.forward(images)
    let (digit, isOdd) = (network.outputValue(0), network.outputValue(1))
    return (digit, isOdd)
  }
}
