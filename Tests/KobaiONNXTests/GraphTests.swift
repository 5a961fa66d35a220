import Foundation
import Kobai
import KobaiFiles
import TestSupport
import Testing

@testable import KobaiONNX

@Suite struct GraphTests {
  private static func model(_ network: Network, metadata: [String: String] = [:]) throws -> ONNXModel {
    try ONNXModel(serializedBytes: network.onnxModel(metadata: metadata))
  }

  private static func model(_ layers: Sequential, input: Shape = [2, 6, 6]) throws -> ONNXModel {
    try model(Network(input: input, batch: 3, layers))
  }

  private static func sizes(_ info: ONNXValueInfo) -> [String] {
    info.type.tensorType.shape.dim.map { $0.dimParam.isEmpty ? String($0.dimValue) : $0.dimParam }
  }

  private static func integers(_ node: ONNXNode) -> [String: [Int64]] {
    Dictionary(
      uniqueKeysWithValues: node.attribute.filter { $0.type != .float }.map {
        ($0.name, $0.type == .int ? [$0.i] : $0.ints)
      })
  }

  /// Layers that run as one are nodes of their own here, and an affine layer after images gets the Flatten it needs.
  @Test func simpleConvNet() throws {
    let network = try Network(input: [1, 28, 28], batch: 7, SimpleConvNet(), seed: 3)
    let model = try Self.model(network, metadata: ["b": "2", "a": "1"])
    #expect(model.irVersion == 7 && model.producerName == "Kobai")
    #expect(model.opsetImport.map(\.version) == [13] && model.opsetImport[0].domain.isEmpty)
    #expect(model.metadataProps.map { "\($0.key)=\($0.value)" } == ["a=1", "b=2"])
    let graph = model.graph
    #expect(!graph.name.isEmpty)
    #expect(graph.input.map(\.name) == ["input"] && graph.output.map(\.name) == ["logits"])
    #expect(Self.sizes(graph.input[0]) == ["batch", "1", "28", "28"])
    #expect(Self.sizes(graph.output[0]) == ["batch", "10"])
    #expect(graph.input[0].type.tensorType.elemType == .float && graph.output[0].type.tensorType.elemType == .float)
    #expect(graph.node.map(\.opType) == ["Conv", "Relu", "MaxPool", "Flatten", "Gemm", "Relu", "Gemm"])
    #expect(
      graph.node.map(\.name) == ["conv1", "relu1", "pool1", "affine1.flat", "affine1", "relu2", "affine2"])
    #expect(graph.node[0].input == ["input", "conv1.weight", "conv1.bias"])
    #expect(graph.node[4].input == ["affine1.flat", "affine1.weight", "affine1.bias"])
    for (node, next) in zip(graph.node, graph.node.dropFirst()) { #expect(next.input.first == node.output.first) }
    #expect(graph.node.last?.output == ["logits"])
    #expect(
      Self.integers(graph.node[0])
        == ["kernel_shape": [5, 5], "strides": [1, 1], "pads": [0, 0, 0, 0], "dilations": [1, 1], "group": [1]])
    #expect(
      Self.integers(graph.node[2]) == ["kernel_shape": [2, 2], "strides": [2, 2], "pads": [0, 0, 0, 0]])
    #expect(Self.integers(graph.node[3]) == ["axis": [1]])
    #expect(Self.integers(graph.node[4]) == ["transB": [1]])
  }

  @Test func initializersAreTheParametersBits() throws {
    let network = try Network(
      input: [2, 6, 6], batch: 1, ["c": Conv2D(filters: 3, kernel: 3), "n": BatchNorm()])
    let initializers = try Self.model(network).graph.initializer
    let tensors = network.namedTensors
    #expect(initializers.map(\.name) == tensors.map(\.name))
    for (initializer, (name, tensor)) in zip(initializers, tensors) {
      #expect(initializer.dataType == .float)
      #expect(initializer.dims == (0..<tensor.shape.rank).map { Int64(tensor.shape[$0]) }, "\(name)")
      let values = stride(from: 0, to: initializer.rawData.count, by: 4).map { i in
        Float(bitPattern: initializer.rawData[i..<i + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
      }
      expectSameBits(values, tensor.elements, name)
    }
  }

  @Test func heightAndWidthKeepTheirOrder() throws {
    let graph = try Self.model(
      [
        "conv": Conv2D(filters: 2, kernel: Size2D(3, 2), stride: Size2D(1, 2), padding: Size2D(2, 1), bias: false),
        "mean": AveragePool2D(Size2D(2, 3), stride: Size2D(2, 1), padding: Size2D(0, 1)),
      ]
    ).graph
    #expect(graph.node[0].input == ["input", "conv.weight"], "no bias")
    #expect(
      Self.integers(graph.node[0])
        == ["kernel_shape": [3, 2], "strides": [1, 2], "pads": [2, 1, 2, 1], "dilations": [1, 1], "group": [1]])
    #expect(graph.node[1].opType == "AveragePool")
    #expect(
      Self.integers(graph.node[1])
        == ["kernel_shape": [2, 3], "strides": [2, 1], "pads": [0, 1, 0, 1], "count_include_pad": [1]])
    #expect(Self.sizes(graph.output[0]) == ["batch", "2", "4", "4"])
  }

  @Test func groupsDilationAndTransposedConvolutions() throws {
    let graph = try Self.model(
      [
        "depthwise": Conv2D(filters: 4, kernel: 3, padding: 2, dilation: Size2D(2, 1), groups: 2),
        "up": ConvTranspose2D(
          filters: 6, kernel: Size2D(3, 2), stride: Size2D(2, 1), padding: Size2D(1, 0), outputPadding: Size2D(1, 0),
          groups: 2),
        "wide": ConvTranspose2D(filters: 2, kernel: 2, dilation: 3, bias: false),
      ]
    ).graph
    #expect(graph.node.map(\.opType) == ["Conv", "ConvTranspose", "ConvTranspose"])
    #expect(
      Self.integers(graph.node[0])
        == [
          "kernel_shape": [3, 3], "strides": [1, 1], "pads": [2, 2, 2, 2], "dilations": [2, 1], "group": [2],
        ])
    #expect(
      Self.integers(graph.node[1])
        == [
          "kernel_shape": [3, 2], "strides": [2, 1], "pads": [1, 0, 1, 0], "output_padding": [1, 0],
          "dilations": [1, 1], "group": [2],
        ])
    #expect(graph.node[1].input == ["depthwise.output", "up.weight", "up.bias"])
    #expect(
      Self.integers(graph.node[2])
        == [
          "kernel_shape": [2, 2], "strides": [1, 1], "pads": [0, 0, 0, 0], "output_padding": [0, 0],
          "dilations": [3, 3], "group": [1],
        ])
    #expect(graph.initializer.first { $0.name == "up.weight" }?.dims == [4, 3, 3, 2])
    #expect(Self.sizes(graph.output[0]) == ["batch", "2", "15", "12"])
  }

  /// ONNX's convolutions take no padding below zero; its Pad does.
  @Test func aConvolutionThatCutsPixelsOffPadsFirst() throws {
    let graph = try Self.model(["conv": Conv2D(filters: 2, kernel: 3, padding: Size2D(-1, 1))]).graph
    #expect(graph.node.map(\.opType) == ["Pad", "Conv"])
    #expect(graph.node[0].input == ["input", "conv.pads"] && graph.node[1].input.first == "conv.crop")
    #expect(Self.integers(graph.node[1])["pads"] == [0, 1, 0, 1])
    #expect(
      graph.initializer.first?.rawData
        == Data([Int64(0), 0, -1, 0, 0, 0, -1, 0].flatMap(\.littleEndianBytes)))
    #expect(Self.sizes(graph.output[0]) == ["batch", "2", "2", "6"])
  }

  @Test func whatOnlyMattersInTrainingIsLeftOut() throws {
    let network = try Network(input: [1, 28, 28], batch: 1, DeepConvNet(dropsLogits: true))
    let graph = try Self.model(network).graph
    #expect(network.layers.contains { $0.spec is Dropout })
    #expect(Set(graph.node.map(\.opType)) == ["Conv", "Relu", "MaxPool", "Flatten", "Gemm"])
    #expect(graph.node.count == 19 && graph.node.last?.output == ["logits"])
    #expect(Self.integers(graph.node[7])["pads"] == [2, 2, 2, 2], "the fourth convolution's")
  }

  @Test func batchNormPredictsWithTheRunningStatistics() throws {
    let graph = try Self.model(["n": BatchNorm(epsilon: 0.25)]).graph
    #expect(graph.node.map(\.opType) == ["BatchNormalization"])
    #expect(graph.node[0].input == ["input", "n.weight", "n.bias", "n.running_mean", "n.running_var"])
    #expect(graph.node[0].attribute.map(\.name) == ["epsilon"] && graph.node[0].attribute[0].f == 0.25)
  }

  @Test func activations() throws {
    let graph = try Self.model(
      ["s": Sigmoid(), "t": Tanh(), "i": Identity(), "step": Step(), "f": Flatten(), "g": Flatten(), "p": Softmax()]
    ).graph
    #expect(graph.node.map(\.opType) == ["Sigmoid", "Tanh", "Greater", "Cast", "Flatten", "Softmax"])
    #expect(graph.node[2].input == ["t.output", "step.zero"] && graph.node[3].input == ["step.above"])
    #expect(Self.integers(graph.node[3]) == ["to": [1]])
    #expect(graph.initializer.map(\.name) == ["step.zero"])
    #expect(graph.initializer[0].dims.isEmpty && graph.initializer[0].rawData == Data([0, 0, 0, 0]))
  }

  /// Only what needs a later operator set asks for one.
  @Test func layerNormNeedsALaterOperatorSet() throws {
    let model = try Self.model(["n": LayerNorm(epsilon: 0.25)])
    #expect(model.opsetImport.map(\.version) == [17] && model.irVersion == 8)
    #expect(model.graph.node.map(\.opType) == ["LayerNormalization"])
    #expect(model.graph.node[0].input == ["input", "n.weight", "n.bias"])
    #expect(try Self.model(["n": GroupNorm(2)]).opsetImport.map(\.version) == [13])
  }

  /// ONNX's gates are input, output, forget, cell; PyTorch's input, forget, cell, output.
  @Test func gatesAreReordered() throws {
    let network = try Network(
      input: [2, 1], batch: 1, ["l": LSTM(1, bias: false, returnsSequence: false)])
    network.parameters.all[0].value.copy(from: Tensor([4], [1, 2, 3, 4]))
    let graph = try Self.model(network).graph
    #expect(graph.node.map(\.opType) == ["Transpose", "LSTM", "Transpose", "Reshape"])
    #expect(graph.node[1].output == ["", "l.states_l0"] && graph.node[3].output == ["logits"])
    #expect(graph.initializer[0].name == "l.weight_ih_l0" && graph.initializer[0].dims == [1, 4, 1])
    #expect(graph.initializer[0].rawData == Data([Float(1), 4, 2, 3].littleEndianBytes))
  }

  @Test func softmaxOfImagesGoesOverAllTheirElements() throws {
    let graph = try Self.model(["p": Softmax()]).graph
    #expect(graph.node.map(\.opType) == ["Flatten", "Softmax", "Reshape"])
    #expect(graph.node[2].input == ["p.shares", "p.shape"])
    let shape = try #require(graph.initializer.first)
    #expect(shape.dataType == .int64 && shape.dims == [4] && shape.rawData.count == 32)
    #expect(
      shape.rawData
        == Data([Int64(-1), 2, 6, 6].flatMap(\.littleEndianBytes)))
  }

  @Test func aNetworkThatDoesNothingStillHasANode() throws {
    let graph = try Self.model(["i": Identity(), "d": Dropout(0.5)], input: [4]).graph
    #expect(graph.node.map(\.opType) == ["Identity"])
    #expect(graph.node[0].input == ["input"] && graph.node[0].output == ["logits"])
  }

  /// Layers may be called like the graph's own tensors, or like one another's parts.
  @Test func tensorsNeverShareAName() throws {
    let graph = try Self.model(
      ["input": ReLU(), "logits": Tanh(), "a": Affine(3), "a.flat": Sigmoid(), "a.weight": Tanh(), "": ReLU()]
    ).graph
    let names = graph.input.map(\.name) + graph.initializer.map(\.name) + graph.node.flatMap(\.output)
    #expect(Set(names).count == names.count, "\(names)")
  }

  /// A network's only output is called "logits", whatever the inputs are called.
  @Test func anOutputWithTheNameOfAnInputIsRefused() throws {
    var graph = Graph()
    let (a, b) = (graph.input("logits", [4]), graph.input("b", [4]))
    graph.output("y", graph.append("sum", Add(), [a, b]))
    let network = try Network(graph, batch: 1)
    let error = #expect(throws: ONNXError.self) { try network.onnxModel() }
    #expect(
      error?.description == "logits: an input and an output of the file would have this name; give one of them another")
  }

  @Test func aLayerOfOnesOwnIsNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write([1], to: "model.onnx")
    let network = try Network(input: [4], batch: 1, ["a": Affine(3), "twice1": Twice()])
    let error = #expect(throws: ONNXError.self) { try network.saveONNX(to: folder / "model.onnx") }
    #expect(
      error?.description
        == "twice1: Twice × 2 is a layer of your own, unknown to ONNX; make it ONNXExportable, or express it with Kobai's "
        + "layers")
    #expect(try folder.contents() == ["model.onnx"] && readFile(folder / "model.onnx") == [1], "the old file stays")
  }

  @Test func namesThePathItCannotWrite() throws {
    let network = try Network(input: [2], batch: 1, ["a": Affine(1)])
    let error = #expect(throws: FileError.self) { try network.saveONNX(to: "/no/such/folder/model.onnx") }
    #expect(error?.description == "/no/such/folder/model.onnx: cannot be written: No such file or directory")
  }
}

/// A layer that only this test knows.
private struct Twice: LayerSpec {
  var description: String { "Twice × 2" }
  func build(_ input: Shape, in scope: BuildScope) -> TwiceLayer { TwiceLayer(input) }
}

private final class TwiceLayer: Layer {
  let output: Shape
  init(_ output: Shape) { self.output = output }
  func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) {}
  func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) {}
}
