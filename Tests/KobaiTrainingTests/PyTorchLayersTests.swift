import Foundation
import Kobai
import TestSupport
import Testing

/// Single layers beside PyTorch's of the same name and defaults: outputs, all gradients, and the names of parameters.
@Suite struct PyTorchLayersTests {
  /// A layer, as the script's table names it, and the shape of a sample.
  struct Example {
    let name: String, input: Shape, spec: any LayerSpec

    init(_ name: String, _ input: Shape, _ spec: any LayerSpec) {
      (self.name, self.input, self.spec) = (name, input, spec)
    }
  }

  static let examples = [
    Example("LeakyReLU", [3, 4, 5], LeakyReLU()), Example("ELU", [3, 4, 5], ELU()),
    Example("GELU", [3, 4, 5], GELU()), Example("GELU tanh", [3, 4, 5], GELU(approximate: .tanh)),
    Example("SiLU", [3, 4, 5], SiLU()), Example("Softplus", [3, 4, 5], Softplus()),
    Example("Softplus 2", [3, 4, 5], Softplus(beta: 2, threshold: 3)), Example("HardSwish", [3, 4, 5], HardSwish()),
    Example("PReLU", [3, 4, 5], PReLU()), Example("PReLU per channel", [3, 4, 5], PReLU(perChannel: true)),
    Example("GlobalAveragePool2D", [3, 9, 7], GlobalAveragePool2D()),
    Example("AdaptiveAveragePool2D", [3, 7, 9], AdaptiveAveragePool2D(Size2D(3, 4))),
    Example("MaxPool2D 17", [2, 19, 18], MaxPool2D(17, stride: 2, padding: 3)),
    Example("AveragePool2D 17", [2, 19, 18], AveragePool2D(17, stride: 2, padding: 3)),
    Example("Upsample", [3, 4, 5], Upsample(scale: 2)),
    Example("Upsample bilinear", [3, 4, 5], Upsample(scale: Size2D(2, 3), mode: .bilinear)),
    Example("Upsample to", [3, 7, 5], Upsample(size: Size2D(4, 11), mode: .bilinear)),
    Example("Dropout2D", [3, 4, 5], Dropout2D(0)),
    Example("LayerNorm", [3, 7], LayerNorm()), Example("LayerNorm 3x7", [3, 7], LayerNorm([3, 7], bias: false)),
    Example("GroupNorm", [4, 3, 5], GroupNorm(2)), Example("Embedding", [6], Embedding(10, 5)),
    Example("LSTM", [4, 3], LSTM(5)), Example("LSTM both ways", [4, 3], LSTM(5, layers: 2, bidirectional: true)),
    Example("GRU", [4, 3], GRU(5)),
    Example("GRU both ways", [4, 3], GRU(17, layers: 2, bias: false, bidirectional: true)),
    Example("GRU last state", [4, 3], GRU(5, layers: 2, bidirectional: true, returnsSequence: false)),
  ]

  @Test(.enabled(if: Interop.python != nil, "set KOBAI_PYTHON to a Python with torch, safetensors and numpy"))
  func outputsAndGradients() throws {
    let folder = try TemporaryFolder()
    var list: [[String: Any]] = []
    for (i, example) in Self.examples.enumerated() {
      let batch = 4
      var layers = Sequential()
      layers.append("layer", example.spec)
      let network = try Network(input: example.input, batch: batch, layers, seed: 3, inputGradient: true)
      var random = TestRandom(UInt64(i))
      for parameter in network.parameters.all {
        parameter.value.copy(from: Tensor([parameter.value.count], random.floats(parameter.value.count)))
      }
      let shape = example.input.batched(batch)
      let isEmbedding = example.spec is Embedding
      let x = (0..<shape.count).map { _ in isEmbedding ? Float(random.index(below: 10)) : random.float() * 4 }
      let y = try network.forward(Tensor(shape, x), .training(step: 0)).elements
      let dy = random.floats(y.count)
      network.outputGradient.copy(from: Tensor([y.count], dy))
      try network.backward()
      let dx = try #require(network.inputGradient).elements
      for (name, values) in [("x", x), ("y", y), ("dy", dy), ("dx", dx)] {
        try folder.write(values.littleEndianBytes, to: "\(i).\(name)")
      }
      let names = network.parameters.all.map { String($0.name.dropFirst("layer.".count)) }
      for (name, parameter) in zip(names, network.parameters.all) {
        try folder.write(parameter.gradient.elements.littleEndianBytes, to: "\(i).\(name)")
      }
      try network.save(to: folder / "\(i).safetensors", metadata: ["format": "pt"])
      list.append(
        ["name": example.name, "input": (0..<shape.rank).map { shape[$0] }, "parameters": names])
    }
    try folder.write([UInt8](JSONSerialization.data(withJSONObject: list)), to: "layers.json")
    let check = try Interop.run("pytorch_layers.py", [folder.path])
    #expect(check.code == 0, "\(check.output)\(check.errors)")
    #expect(check.output.hasPrefix("\(Self.examples.count) layers agree"), "\(check.output)")
  }
}
