import Foundation
import Kobai
import KobaiONNX
import TestSupport
import Testing

/// Every layer of Kobai's, alone in a network, through an ONNX file and back.
@Suite struct EveryLayerTests {
  private struct Example {
    let input: Shape
    let specs: [any NodeSpec & Codable]
    /// What comes back of them; the same unless the file cannot say it.
    var back: [any NodeSpec & Codable]?
    var indices = 0  // the input's elements are whole numbers below this
  }

  private static let image: Shape = [4, 6, 9]

  /// By the names of the registry.
  private static let examples: [String: [Example]] = [
    "Conv2D": images(
      Conv2D(filters: 6, kernel: 3),
      Conv2D(filters: 8, kernel: Size2D(3, 2), stride: 2, padding: Size2D(1, -1), groups: 2),
      Conv2D(filters: 4, kernel: 2, dilation: Size2D(2, 3), groups: 4, bias: false)),
    "ConvTranspose2D": images(
      ConvTranspose2D(filters: 6, kernel: 3),
      ConvTranspose2D(filters: 6, kernel: 3, stride: Size2D(2, 3), padding: 1, outputPadding: Size2D(1, 2), groups: 2),
      ConvTranspose2D(filters: 3, kernel: 2, dilation: 2, bias: false)),
    "Affine": images(Affine(5), Affine(3, bias: false)) + [Example(input: [7], specs: [Affine(4)])],
    "Embedding": [
      Example(input: [5], specs: [Embedding(9, 3)], indices: 9),
      Example(input: [5, 2], specs: [Embedding(7, 4)], indices: 7),
    ],
    "LSTM": sequences(
      LSTM(4), LSTM(1), LSTM(3, bias: false), LSTM(4, layers: 3, bidirectional: true), LSTM(4, returnsSequence: false),
      LSTM(5, layers: 2, bidirectional: true, returnsSequence: false))
      + [Example(input: [6, 5], specs: [LSTM(4, layers: 2, dropout: 0.2)], back: [LSTM(4, layers: 2)])],
    "GRU": sequences(
      GRU(4), GRU(1), GRU(3, bias: false), GRU(4, layers: 3, bidirectional: true), GRU(4, returnsSequence: false),
      GRU(5, layers: 2, bidirectional: true, returnsSequence: false)),
    "BatchNorm": images(BatchNorm(), BatchNorm(epsilon: 0.5)) + [Example(input: [5], specs: [BatchNorm()])],
    "GroupNorm": images(GroupNorm(2), GroupNorm(4, epsilon: 0.1), GroupNorm(1, affine: false))
      + [Example(input: [6], specs: [GroupNorm(3)]), Example(input: [6, 5], specs: [GroupNorm(2)])],
    "LayerNorm": images(
      LayerNorm(), LayerNorm([6, 9], epsilon: 0.1), LayerNorm([4, 6, 9], bias: false), LayerNorm([6, 9], affine: false)),
    "MaxPool2D": images(MaxPool2D(2), MaxPool2D(Size2D(2, 3), stride: 1, padding: 1)),
    "AveragePool2D": images(AveragePool2D(2), AveragePool2D(3), AveragePool2D(Size2D(2, 3), stride: 1, padding: 1)),
    "AdaptiveAveragePool2D": images(AdaptiveAveragePool2D(Size2D(2, 3)), AdaptiveAveragePool2D(Size2D(4, 9)))
      + [Example(input: image, specs: [AdaptiveAveragePool2D(1)], back: [GlobalAveragePool2D()])],
    "GlobalAveragePool2D": images(GlobalAveragePool2D()),
    "Upsample": images(
      Upsample(scale: Size2D(2, 3)), Upsample(scale: 2, mode: .bilinear), Upsample(size: Size2D(7, 11)),
      Upsample(size: Size2D(4, 13), mode: .bilinear), Upsample(size: Size2D(6, 18))),
    "ReLU": images(ReLU()), "Sigmoid": images(Sigmoid()), "Tanh": images(Tanh()), "Step": images(Step()),
    "Identity": [Example(input: image, specs: [Tanh(), Identity()], back: [Tanh()])],
    "LeakyReLU": images(LeakyReLU(), LeakyReLU(0.3)),
    "PReLU": images(PReLU(), PReLU(perChannel: true))
      + [
        Example(input: [5], specs: [PReLU(perChannel: true)]),
        Example(input: [5, 3], specs: [PReLU(perChannel: true)]),
      ],
    "ELU": images(ELU(), ELU(alpha: 0.3)),
    "GELU": images(GELU(), GELU(approximate: .tanh)) + [Example(input: [5], specs: [GELU()])],
    "SiLU": images(SiLU()),
    "Softplus": images(
      Softplus(), Softplus(beta: 3), Softplus(threshold: 5), Softplus(beta: 0.5, threshold: 1)),
    "HardSwish": images(HardSwish()),
    "Softmax": [
      Example(input: [5], specs: [Softmax()]), Example(input: image, specs: [Softmax()]),
    ],
    "Flatten": images(Flatten()),
    "Dropout": [Example(input: image, specs: [Tanh(), Dropout()], back: [Tanh()])],
    "Dropout2D": [Example(input: image, specs: [Tanh(), Dropout2D()], back: [Tanh()])],
    "Add": [], "Concatenate": [],  // see Designs
  ]

  private static func images(_ specs: any NodeSpec & Codable...) -> [Example] {
    specs.map { Example(input: image, specs: [$0]) }
  }

  private static func sequences(_ specs: any NodeSpec & Codable...) -> [Example] {
    specs.map { Example(input: [6, 5], specs: [$0]) }
  }

  @Test(
    "each layer of the registry comes back as itself, with its names and bits", arguments: NodeRegistry.standard.names)
  func comesBack(_ name: String) throws {
    let folder = try TemporaryFolder()
    for (i, example) in try #require(Self.examples[name], "no example of this layer").enumerated() {
      var graph = Graph()
      var value = graph.input("input", example.input)
      for (j, spec) in example.specs.enumerated() { value = graph.append("layer\(j)", spec, [value]) }
      graph.output("output", value)
      let network = try Network(graph, batch: 3, seed: 2)
      var random = TestRandom(UInt64(i))
      for parameter in network.parameters.all {
        parameter.value.copy(from: Tensor(parameter.value.shape, random.floats(parameter.value.count)))
      }
      for buffer in network.namedTensors where buffer.name.hasSuffix("running_mean") { buffer.tensor.fill(0.5) }
      try network.saveONNX(to: folder / "m.onnx")
      let copy = try Network(contentsOfONNX: folder / "m.onnx", batch: 3)
      let back = (example.back ?? example.specs).map { Self.json($0) }
      #expect(copy.design.nodes.map { Self.json($0.spec) } == back, "\(example.specs)")
      #expect(copy.namedTensors.map(\.name) == network.namedTensors.map(\.name))
      #expect(copy.weightsSHA256 == network.weightsSHA256, "\(example.specs)")
      let x = (0..<3 * example.input.count).map { _ in
        example.indices > 0 ? Float(random.index(below: example.indices)) : 4 * random.float() - 2
      }
      let input = Tensor(example.input.batched(3), x)
      expectSameBits(try copy.forward(input).elements, try network.forward(input).elements)
    }
  }

  /// The fields of a spec.
  private static func json(_ spec: any NodeSpec) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let fields = (spec as? any Encodable).flatMap { try? encoder.encode($0) } ?? Data()
    return "\(type(of: spec)) \(String(decoding: fields, as: UTF8.self))"
  }

  @Test("recurrent layers that share their weights share them again")
  func sharedRecurrentLayers() throws {
    let folder = try TemporaryFolder()
    var graph = Graph()
    let (left, right) = (graph.input("left", [4, 3]), graph.input("right", [4, 3]))
    let part: Sequential = ["lstm": LSTM(5, layers: 2), "gru": GRU(2, returnsSequence: false)]
    let both = [graph.add("encoder", part, to: left), graph.add(again: "encoder", to: right)]
    graph.output("both", graph.append("join", Concatenate(), both))
    let network = try Network(graph, batch: 2, seed: 3)
    let (xs, outputs) = try Designs.run(network, seed: 4)
    try network.saveONNX(to: folder / "m.onnx")
    let copy = try Network(contentsOfONNX: folder / "m.onnx", batch: 2)
    #expect(copy.namedTensors.map(\.name) == network.namedTensors.map(\.name))
    try copy.forward(xs)
    expectSameBits(copy.outputValue(0).elements, outputs[0])
  }
}
