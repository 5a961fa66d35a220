import Foundation
import Kobai
import KobaiFiles
import TestSupport
import Testing

@testable import KobaiONNX

/// ONNX files as networks.
@Suite struct ImportTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Reads the network of a model by hand.
  private func network(_ model: ONNXModel, batch: Int = 2) throws -> Network {
    try folder.write(model.serializedBytes(), to: "model.onnx")
    return try Network(contentsOfONNX: folder / "model.onnx", batch: batch)
  }

  private func refusal(_ model: ONNXModel) throws -> String? {
    do {
      _ = try network(model)
      return nil
    } catch let error as FileError {
      #expect(error.path == folder / "model.onnx" && !error.reason.contains("\n"))
      return error.reason
    }
  }

  private func refusal(
    _ node: ONNXNode, input: [Int] = [0, 2, 6, 6], _ initializers: [ONNXTensor] = []
  ) throws -> String? {
    try refusal(ModelFixture.model([node], input: input, initializers: initializers))
  }

  /// What Kobai exports comes back with the same bits and the same names.
  private func comesBack(_ network: Network, seed: UInt64) throws {
    let (xs, outputs) = try Designs.run(network, seed: seed)
    try network.saveONNX(to: folder / "model.onnx", metadata: ["by": "test"])
    let copy = try Network(contentsOfONNX: folder / "model.onnx", batch: network.batch)
    #expect(copy.namedTensors.map(\.name) == network.namedTensors.map(\.name))
    #expect(copy.weightsSHA256 == network.weightsSHA256)
    #expect(copy.inputs.map(\.shape) == network.inputs.map(\.shape))
    try copy.forward(xs)
    for (i, output) in outputs.enumerated() { expectSameBits(copy.outputValue(i).elements, output) }
    try copy.saveONNX(to: folder / "again.onnx", metadata: ["by": "test"])
    let again = try ONNXFile(folder / "again.onnx")
    #expect(again.metadata == ["by": "test"])
  }

  @Test func exportsOfChainsComeBack() throws {
    try comesBack(Network(input: [1, 28, 28], batch: 2, SimpleConvNet(), seed: 3), seed: 1)
    try comesBack(Network(input: [1, 28, 28], batch: 2, DeepConvNet(), seed: 3), seed: 2)
    try comesBack(Network(input: [1, 28, 28], batch: 2, SprintConvNet(), seed: 3), seed: 3)
    let mlp = MultiLayerNet(hidden: [5, 6], batchNorm: true, dropout: 0.3)
    try comesBack(Network(input: [1, 4, 3], batch: 2, mlp, seed: 3), seed: 4)
    try comesBack(Network(input: [7], batch: 2, SoftmaxRegression(classes: 3)), seed: 5)
  }

  @Test(arguments: Designs.all)
  func exportsOfGraphsComeBack(_ design: Designs.Example) throws {
    try comesBack(Network(design.graph, batch: 3, seed: 2), seed: 6)
  }

  @Test func exportsOfOtherLayersComeBack() throws {
    for (i, chain) in Designs.chains.enumerated() where !(chain.layers.elements[0].part is Embedding) {
      try comesBack(Network(input: chain.input, batch: 3, chain.layers, seed: 4), seed: UInt64(i))
    }
  }

  @Test func layersOfTheBookComeBack() throws {
    let layers: Sequential = [
      "step": Step(), "conv1": Conv2D(filters: 6, kernel: Size2D(3, 5), stride: Size2D(1, 2), padding: Size2D(1, -1)),
      "norm": BatchNorm(epsilon: 0.25), "relu": ReLU(), "pool1": MaxPool2D(3, stride: 2, padding: 1),
      "conv2": Conv2D(filters: 8, kernel: 3, padding: -1, bias: false), "softmax1": Softmax(),
      "pool2": AveragePool2D(Size2D(2, 3), stride: 2, padding: Size2D(0, 1)), "identity": Identity(),
      "flatten": Flatten(), "affine1": Affine(20, bias: false), "tanh": Tanh(),
      "dropout": Dropout(0.2), "affine2": Affine(20), "sigmoid": Sigmoid(), "affine3": Affine(10),
      "softmax2": Softmax(),
    ]
    try comesBack(Network(input: [2, 28, 28], batch: 3, layers, seed: 5), seed: 7)
    try comesBack(Network(input: [2, 3, 4], batch: 3, ["flatten": Flatten()]), seed: 8)
    try comesBack(Network(input: [5], batch: 3, ["identity": Identity()]), seed: 9)
  }

  /// As other software writes it: (inputs, outputs), with the bias in an Add; halves, doubles, and raw bytes.
  @Test func productsAndTheirBiases() throws {
    typealias F = ModelFixture
    var weight = F.floats("w", [2, 3])  // x · w, w = [1 2 3; 4 5 6]
    let x = Tensor([1, 2], [1, 10])
    func result(_ nodes: [ONNXNode], _ initializers: [ONNXTensor]) throws -> (names: [String], y: [Float]) {
      let network = try self.network(F.model(nodes, input: [0, 2], initializers: initializers), batch: 1)
      let y = try network.forward(x)
      return (network.parameters.all.map(\.name), y.elements)
    }
    let product = F.node("MatMul", ["x", "w"], "p", name: "/fc/MatMul")
    let plain = try result([F.node("MatMul", ["x", "w"], "y", name: "/fc/MatMul")], [weight])
    #expect(plain.names == ["fc.weight"] && plain.y == [41, 52, 63])
    for sum in [["p", "fc.bias"], ["fc.bias", "p"]] {
      let biased = try result([product, F.node("Add", sum)], [weight, F.floats("fc.bias", [3])])
      #expect(biased.names == ["fc.weight", "fc.bias"] && biased.y == [42, 54, 66])
    }
    for transB in [0, 1] {
      let stored = transB == 0 ? weight : F.floats("w", [3, 2], [1, 4, 2, 5, 3, 6])
      let gemm = try result(
        [F.node("Gemm", ["x", "w", "c"], name: "fc", with: ["transB": .integer(transB), "alpha": 1.0])],
        [stored, F.floats("c", [1, 3])])
      #expect(gemm.y == [42, 54, 66])
    }
    (weight.floatData, weight.dataType, weight.int32Data) = (
      [], .float16, [0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600]
    )
    #expect(try result([F.node("MatMul", ["x", "w"])], [weight]).y == [41, 52, 63])
    (weight.dataType, weight.int32Data, weight.doubleData) = (.double, [], [1, 2, 3, 4, 5, 6])
    #expect(try result([F.node("MatMul", ["x", "w"])], [weight]).y == [41, 52, 63])
    (weight.dataType, weight.doubleData) = (.bfloat16, [])
    weight.rawData = Data([0x80, 0x3f, 0, 0x40, 0x40, 0x40, 0x80, 0x40, 0xa0, 0x40, 0xc0, 0x40])
    #expect(try result([F.node("MatMul", ["x", "w"])], [weight]).y == [41, 52, 63])
    let constant = ONNXNode.with {
      ($0.opType, $0.output) = ("Constant", ["w"])
      var tensor = F.floats("", [2, 3])
      tensor.name = ""
      $0.attribute = [.with { ($0.name, $0.type, $0.t) = ("value", .tensor, [tensor]) }]
    }
    #expect(try result([constant, F.node("MatMul", ["x", "w"])], []).y == [41, 52, 63])
  }

  /// PyTorch stores what is the same once, though two layers have it.
  @Test func copiesOfParametersAreParametersOfTheirOwn() throws {
    typealias F = ModelFixture
    let network = try self.network(
      F.model(
        [
          F.node("Identity", ["a.weight"], "b.weight"), F.node("Gemm", ["x", "a.weight"], "h"),
          F.node("Gemm", ["h", "b.weight"]),
        ], input: [0, 2], initializers: [F.floats("a.weight", [2, 2])]))
    #expect(network.parameters.all.map(\.name) == ["a.weight", "b.weight"])
  }

  @Test func paddingOfEveryKindThatIsSymmetric() throws {
    typealias F = ModelFixture
    let weight = F.floats("c.weight", [1, 2, 3, 3])
    func sizes(_ attributes: KeyValuePairs<String, ONNXValue>, pads: [Int]? = nil) throws -> Shape {
      let pad = pads.map { _ in [F.node("Pad", ["x", "pads"], "p")] } ?? []
      let conv = F.node("Conv", [pads == nil ? "x" : "p", "c.weight"], with: attributes)
      return try network(
        F.model(pad + [conv], initializers: [weight] + (pads.map { [F.integers("pads", $0)] } ?? []))
      ).output
    }
    #expect(try sizes([:]) == [1, 4, 4])
    #expect(try sizes(["pads": [1, 2, 1, 2]]) == [1, 6, 8])
    #expect(try sizes(["auto_pad": "SAME_UPPER"]) == [1, 6, 6])
    #expect(try sizes(["auto_pad": "VALID", "strides": [3, 1]]) == [1, 2, 4])
    let odd = F.node("Conv", ["x", "c.weight"], with: ["auto_pad": "SAME_UPPER", "strides": [2, 2]])
    #expect(try network(F.model([odd], input: [0, 2, 7, 7], initializers: [weight])).output == [1, 4, 4])
    #expect(try sizes(["pads": [0, 1, 0, 1]], pads: [0, 0, -1, 2, 0, 0, -1, 2]) == [1, 2, 10])
    #expect(try sizes([:], pads: [0, 0, 1, 1, 0, 0, 1, 1]) == [1, 6, 6])
  }

  @Test func momentumIsTheShareOfTheNew() throws {
    typealias F = ModelFixture
    let statistics = ["weight", "bias", "running_mean", "running_var"].map { F.floats("n.\($0)", [2]) }
    let node = F.node(
      "BatchNormalization", ["x"] + statistics.map(\.name), with: ["momentum": 0.75, "epsilon": 0.5])
    let network = try self.network(F.model([node], initializers: statistics))
    let norm = try #require(network.design.nodes.first?.spec as? BatchNorm)
    #expect(network.design.nodes[0].name == "n" && norm.momentum == 0.25 && norm.epsilon == 0.5)
    let old = F.node("BatchNormalization", ["x"] + statistics.map(\.name), with: ["momentum": .float(0.9)])
    let standard = try self.network(F.model([old], initializers: statistics)).design.nodes[0].spec as? BatchNorm
    #expect(standard?.momentum == BatchNorm().momentum)
  }

  /// Each refusal names the node, its operator, and why.
  @Test func refusalsNameTheNode() throws {
    typealias F = ModelFixture
    let weight = F.floats("w", [4, 2, 3, 3])
    func conv(
      _ attributes: KeyValuePairs<String, ONNXValue>, _ weight: ONNXTensor = weight
    ) throws -> String? {
      try refusal(F.node("Conv", ["x", "w"], name: "conv3", with: attributes), [weight])
    }
    #expect(
      try conv(["dilations": [0, 1]]) == "conv3 (Conv): dilations 0 1; two numbers from 1 to 65536 are possible")
    #expect(
      try refusal(F.node("MaxPool", name: "p", with: ["kernel_shape": [2, 2], "dilations": [2, 1]]))
        == "p (MaxPool): dilations 2×1; Kobai's pooling has none")
    #expect(try conv(["pads": [0, 0, 1, 1]]) == "conv3 (Conv): pads 0 0 1 1; Kobai pads opposite sides alike")
    #expect(
      try conv(["auto_pad": "SAME_LOWER", "strides": [2, 2]])
        == "conv3 (Conv): pads 1 1 0 0; Kobai pads opposite sides alike")
    #expect(try conv(["group": 0]) == "conv3 (Conv): group 0; a number from 1 to 1048576 is possible")
    #expect(try conv(["group": 3]) == "conv3 (Conv): its weight is for 6 channels, but its input has 2")
    #expect(
      try conv(["group": 2], F.floats("w", [3, 1, 3, 3])) == "conv3 (Conv): 3 filters do not divide into 2 groups")
    #expect(try conv(["kernel_shape": [5, 5]]) == "conv3 (Conv): kernel_shape 5×5 is not that of its weight")
    #expect(
      try conv(["strides": [1]]) == "conv3 (Conv): strides 1; two numbers from 1 to 65536 are possible")
    #expect(try conv(["strides": 1]) == "conv3 (Conv): its attribute strides is no ints")
    #expect(
      try refusal(F.node("Conv", ["x", "w"], name: "c"), input: [0, 3, 6, 6], [weight])
        == "c (Conv): its weight is for 2 channels, but its input has 3")
    #expect(
      try refusal(F.node("Conv", ["x", "w"], name: "c"), input: [0, 2, 2, 9], [weight])
        == "c (Conv): 3×3 kernel exceeds its 2×9 input; add padding ≥ 1")
    #expect(
      try refusal(
        F.node("Gemm", ["x", "w"], name: "fc", with: ["transB": 1]), input: [0, 5], [F.floats("w", [3, 4])])
        == "fc (Gemm): its weight is 3×4, but Affine 3 of 5 takes 3×5")
    #expect(
      try refusal(
        F.node("Gemm", ["x", "w"], name: "fc", with: ["alpha": 0.5]), input: [0, 5], [F.floats("w", [5, 4])])
        == "fc (Gemm): alpha 0.5; Kobai's Affine has none but 1")
    #expect(
      try refusal(F.node("MatMul", ["x", "w"], name: "fc"), [F.floats("w", [72, 4])])
        == "fc (MatMul): it multiplies 2×6×6, not vectors; flatten before it")
    #expect(
      try refusal(F.node("AveragePool", name: "p", with: ["kernel_shape": [3, 3], "pads": [1, 1, 1, 1]]))
        == "p (AveragePool): count_include_pad 0 with padding 1×1; Kobai's means count the padding as zeros")
    #expect(
      try refusal(F.node("MaxPool", name: "p", with: ["kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1]))
        == "p (MaxPool): ceil_mode 1 makes a window that exceeds the image; Kobai leaves it out")
    #expect(try refusal(F.node("MaxPool", name: "p")) == "p (MaxPool): it has no kernel_shape")
    #expect(
      try refusal(F.node("Softmax", name: "s", with: ["axis": 1]))
        == "s (Softmax): along axis 1 of 2×6×6; Kobai's goes over all elements of a sample")
    #expect(
      try refusal(F.node("Add", ["x", "w"], name: "a"), [F.floats("w", [1])])
        == "a (Add): it adds a constant; Kobai adds one only behind a product or a convolution, as its bias")
    #expect(
      try refusal(F.node("Reshape", ["x", "s"], name: "r"), [F.integers("s", [0, 6, 12])])
        == "r (Reshape): it makes 6×12 of 2×6×6; Kobai only flattens")
    #expect(
      try refusal(F.node("Reshape", ["x", "s"], name: "r"), [F.integers("s", [7, -1])])
        == "r (Reshape): a batch of 2×6×6 to 7×-1, which are no samples of as many elements")
    #expect(
      try refusal(F.node("Pad", ["x", "s"], name: "p"), [F.integers("s", [0, 0, 1, 1, 0, 0, 1, 1])])
        == "p (Pad): it pads by 1×1; only a convolution can take that over")
    #expect(
      try refusal(
        F.node("Gemm", ["x", "w"], name: "fc", with: ["transA": 1]), input: [0, 5], [F.floats("w", [5, 4])])
        == "fc (Gemm): transA 1: it mixes the samples of a batch")
    #expect(
      try refusal(
        F.node("Pad", ["x", "s", "v"], name: "p"),
        [F.integers("s", [0, 0, 1, 1, 0, 0, 1, 1]), F.floats("v", [1], [1])])
        == "p (Pad): it pads with something else than zeros")
    var five = F.node("ConstantOfShape", ["one"], "v")
    five.attribute = [.with { ($0.name, $0.type, $0.t) = ("value", .tensor, [F.floats("", [1], [5])]) }]
    for (nodes, operatorSet) in [
      ([five, F.node("Pad", ["x", "s", "v"], "p", name: "p")], 13),
      ([F.node("Pad", ["x"], "p", name: "p", with: ["value": 1.0, "pads": [0, 0, 1, 1, 0, 0, 1, 1]])], 10),
    ] as [([ONNXNode], Int64)] {
      let padded = F.model(
        nodes + [F.node("Conv", ["p", "w"])],
        initializers: [
          F.integers("s", [0, 0, 1, 1, 0, 0, 1, 1]), F.integers("one", [1]), F.floats("w", [1, 2, 3, 3]),
        ],
        operatorSet: operatorSet)
      let reason = try refusal(padded)
      #expect(reason == "p (Pad): it pads with something else than zeros", "\(reason ?? "it is read")")
    }
    let statistics = ["weight", "bias", "running_mean", "running_var"].map { F.floats("n.\($0)", [2]) }
    #expect(
      try refusal(
        F.node("BatchNormalization", ["x"] + statistics.map(\.name), name: "n", with: ["training_mode": 1]), statistics)
        == "n (BatchNormalization): training_mode 1: it normalises with the statistics of the batch; export the model in "
        + "eval()")
    let gate = F.node("HardSigmoid", ["x"], "g", name: "gate", with: ["alpha": .float(1 / 6), "beta": .float(0.4)])
    let gated = try refusal(F.model([gate, F.node("Mul", ["x", "g"], name: "m")]))
    #expect(
      gated?.hasSuffix("a HardSigmoid with beta 0.4; Kobai's HardSwish has 0.5") == true, "\(gated ?? "it is read")")
    // What another node reads, too, is no part of a convolution with its bias.
    let read = try refusal(
      F.model(
        [
          F.node("Conv", ["x", "w"], "c", name: "conv"), F.node("Add", ["c", "b"], "biased", name: "add"),
          F.node("Relu", ["c"], "r", name: "relu"), F.node("Add", ["biased", "r"], name: "sum"),
        ], initializers: [weight, F.floats("b", [4, 1, 1])]))
    #expect(
      read == "add (Add): it adds a constant; Kobai adds one only behind a product or a convolution, as its bias")
    #expect(
      try refusal(F.node("Erf", name: "e")) == "e (Erf): Kobai has no layer for this operator; register one")
    #expect(try refusal(F.node("Erf")) == "y (Erf): Kobai has no layer for this operator; register one")
    #expect(
      try refusal(F.node("Concat", ["x", "x"], name: "c", with: ["axis": 2]))
        == "c (Concat): along axis 2; Kobai concatenates along axis 1")
    #expect(
      try refusal(ModelFixture.model([F.node("Relu")], operatorSet: 6))
        == "graph: its operators are of version 6, and Kobai reads 7 and later; convert it with onnx.version_converter")
  }

  @Test func elementsInAnotherFile() throws {
    typealias F = ModelFixture
    var weight = F.floats("fc.weight", [2, 3])
    weight.floatData = []
    weight.dataLocation = 1
    func model(_ words: [String: String]) -> ONNXModel {
      weight.externalData = words.map { word in .with { ($0.key, $0.value) = word } }
      return F.model([F.node("MatMul", ["x", "fc.weight"])], input: [0, 2], initializers: [weight])
    }
    try folder.write([9, 9] + [Float(1), 2, 3, 4, 5, 6].littleEndianBytes, to: "model.onnx.data")
    let network = try self.network(model(["location": "model.onnx.data", "offset": "2", "length": "24"]), batch: 1)
    #expect(try network.forward(Tensor([1, 2], [1, 10])).elements == [41, 52, 63])
    #expect(
      try refusal(model(["location": "model.onnx.data", "offset": "3"]))
        == "fc.weight: \(folder / "model.onnx.data") has 26 bytes; 24 bytes from byte 3 on are needed")
    for location in ["../model.onnx.data", "/etc/passwd", "", "a//b"] {
      #expect(
        try refusal(model(["location": location]))
          == "fc.weight: its elements are in \"\(location)\", which is no file in the folder of the model")
    }
    let half = F.model(
      [F.node("MatMul", ["x", "fc.weight"])], input: [0, 2],
      initializers: ["fc.weight", "other"].map { name in
        .with {
          ($0.name, $0.dataType, $0.dims, $0.dataLocation) = (name, .float, [1 << 14, 1 << 15], 1)
          $0.externalData = [.with { ($0.key, $0.value) = ("location", "sparse") }]
        }
      })
    try folder.write([], to: "sparse")
    try #require(FileHandle(forWritingAtPath: folder / "sparse")).truncate(atOffset: 1 << 31)
    #expect(
      try refusal(half)
        == "other: with this tensor more than 536870912 elements are in other files; that many are read")
    try FileManager.default.createSymbolicLink(atPath: folder / "zeros", withDestinationPath: "/dev/zero")
    #expect(
      try refusal(model(["location": "zeros"]))
        == "fc.weight: its elements are in \(folder / "zeros"), which is no file")
    #expect(
      try refusal(model(["location": "none"]))
        == "fc.weight: its elements are in \(folder / "none"), which cannot be read: No such file or directory")
  }
}
