import Foundation
import Kobai
import KobaiFiles
import TestSupport
import Testing

@testable import KobaiONNX

/// Files that nobody meant to write: each is one line, and nothing else happens.
@Suite struct DamagedFileTests {
  private typealias F = ModelFixture
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func reason(of bytes: [UInt8]) throws -> String? {
    try folder.write(bytes, to: "m.onnx")
    do throws(FileError) {
      _ = try Network(contentsOfONNX: folder / "m.onnx", batch: 1)
      return nil
    } catch {
      #expect(!error.reason.contains("\n"))
      return error.reason
    }
  }

  private func reason(
    _ nodes: [ONNXNode] = [F.node("Gemm", ["x", "w"])], input: [Int] = [0, 4],
    weight: (inout ONNXTensor) -> Void = { _ in }, change: (inout ONNXModel) -> Void = { _ in }
  ) throws -> String? {
    var tensor = F.floats("w", [4, 2])
    weight(&tensor)
    var model = F.model(nodes, input: input, initializers: [tensor])
    change(&model)
    return try reason(of: model.serializedBytes())
  }

  @Test func theWholeOneIsRead() throws { #expect(try reason() == nil) }

  @Test func initializers() throws {
    #expect(try reason(weight: { $0.floatData.removeLast() }) == "w: 4×2 needs 8 elements, but it has 7")
    #expect(try reason(weight: { $0.rawData = Data([1, 2, 3]) }) == "w: 4×2 elements need 32 bytes, but it has 3")
    #expect(try reason(weight: { $0.dims = [4, -2] }) == "w: its sizes 4×-2 make no tensor")
    #expect(
      try reason(weight: { $0.dims = [1 << 40, 1 << 40] }) == "w: its sizes 1099511627776×1099511627776 make no tensor")
    #expect(try reason(weight: { $0.dims = [1 << 62] }) == "w: its sizes 4611686018427387904 make no tensor")
    #expect(
      try reason(weight: { $0.dims = [1 << 40] }) == "w: 1099511627776 needs 1099511627776 elements, but it has 8")
    #expect(try reason(weight: { $0.dims = [2, 2, 2] }) == "y (Gemm): its weight has 3 axes, not 2")
    #expect(try reason(weight: { ($0.dims, $0.floatData) = ([1 << 40, 0], []) }) == "y (Gemm): its weight is empty")
    #expect(try reason(weight: { $0.dataType = .undefined }) == "y (Gemm): its weight holds no floats")
    #expect(try reason(weight: { $0.dataType = .int64 }) == "w: 4×2 needs 8 elements, but it has 0")
    #expect(try reason(weight: { $0.dims = [2, 4] }) == "y (Gemm): its weight is 4×2, but Affine 4 of 4 takes 4×4")
    #expect(
      try reason(change: { $0.graph.initializer.append($0.graph.initializer[0]) })
        == "w: two initializers have this name")
  }

  @Test func graphs() throws {
    #expect(
      try reason([F.node("Relu", ["z"])]) == "y (Relu): it reads \"z\", which nothing in the file is called")
    #expect(
      try reason([F.node("Add", ["x", "b"], "a"), F.node("Relu", ["a"], "b"), F.node("Relu", ["b"])])
        == "a (Add): it reads \"b\", which only a later node computes: the nodes are in no order, or in a circle")
    #expect(try reason([F.node("Relu", ["x"], "z")]) == "y: no node computes this output")
    #expect(
      try reason([F.node("Relu"), F.node("Tanh")])
        == "y (Tanh): its output \"y\" is what another node or an input is called")
    #expect(
      try reason([F.node("Relu", ["x"], "x")])
        == "x (Relu): its output \"x\" is what another node or an input is called")
    #expect(try reason([F.node("Relu", ["w"])]) == "y (Relu): it reads constants only")
    #expect(try reason([F.node("Relu", [])]) == "y (Relu): it reads constants only")
    #expect(try reason([F.node("Relu", ["x", "x"])]) == "y (Relu): ReLU takes one input, not 2")
    #expect(try reason([.with { ($0.name, $0.opType) = ("r", "Relu") }]) == "r (Relu): it has no output")
    #expect(try reason([F.node("Identity", ["w"])]) == "y: this output is a constant")
    #expect(try reason(change: { $0.graph.output = [] }) == "graph: it has no outputs")
    #expect(
      try reason(Array(repeating: F.node("Relu"), count: 10_001))
        == "graph: it has 10001 nodes; 10000 are the most that are read")
    #expect(
      try reason(change: { $0.graph.node[0].attribute = [.with { ($0.name, $0.type) = ("transB", .string) }] })
        == "y (Gemm): its attribute transB is no int")
  }

  @Test func inputs() throws {
    let relu = [F.node("Relu")]
    #expect(
      try reason(relu, input: [0])
        == "x: this input has 1 axes; Kobai takes (batch, elements) and (batch, channels, height, width)")
    #expect(try reason(relu, input: [1, 0]) == "x: axis 1 of this input has no fixed size; export it with one")
    #expect(
      try reason(relu, input: [1, 1, 1 << 20, 1])
        == "x: axis 2 of this input has a size of 1048576; 65536 is the most that is read")
    #expect(
      try reason(relu, input: [1, 1 << 28, 1 << 16, 1 << 16])
        == "x: with its 268435456×65536×65536 a sample takes more than 268435456 numbers in the network; no more are read"
    )
    #expect(
      try reason(relu, change: { $0.graph.input[0].type.tensorType.elemType = .int64 })
        == "y (Relu): it reads integers; Kobai has them for tables of vectors (Gather) alone")
    let neither = "x: Kobai reads inputs of float32, int32 and int64, of which this one is none; export it so"
    #expect(try reason(relu, change: { $0.graph.input[0].type.tensorType.elemType = .undefined }) == neither)
    #expect(try reason(relu, change: { $0.graph.input[0].type.tensorType.elemType = .float16 }) == neither)
    #expect(try reason(relu, change: { $0.graph.input[0].clearType() }) == neither)
  }

  /// Numbers in attributes that would overflow or allocate.
  @Test func extremeNumbers() throws {
    let (most, least) = (Int.max, Int.min)
    let image = [0, 1, 4, 4]
    for value in [most, least, 0, -1, 1 << 40] {
      #expect(try reason([F.node("MaxPool", with: ["kernel_shape": .integers([value, value])])], input: image) != nil)
      #expect(
        try reason(
          [F.node("MaxPool", with: ["kernel_shape": [2, 2], "strides": .integers([value, 1])])], input: image) != nil)
    }
    for value in [most, least, -1, 1 << 40] {
      #expect(
        try reason(
          [F.node("MaxPool", with: ["kernel_shape": [2, 2], "pads": .integers([value, value, value, value])])],
          input: image)
          != nil)
      #expect(try reason([F.node("Flatten", with: ["axis": .integer(value)])], input: image) != nil || value == -1)
      #expect(
        try reason([F.node("Concat", ["x", "x"], with: ["axis": .integer(value)])], input: image) != nil || value == -1)
      let shape = F.integers("s", [value, value, 2])
      #expect(
        try reason([F.node("Reshape", ["x", "s"])], input: image, change: { $0.graph.initializer.append(shape) }) != nil
      )
      let pads = F.integers("s", [0, 0, value, value, 0, 0, value, value])
      #expect(
        try reason(
          [F.node("Pad", ["x", "s"], "p"), F.node("Relu", ["p"])], input: image,
          change: { $0.graph.initializer.append(pads) }) != nil)
    }
    for value in [most, least, -1, 0, 1 << 40] {
      let nodes = [
        F.node("LSTM", ["x", "w", "w"], with: ["hidden_size": .integer(value)]),
        F.node("GRU", ["x", "w", "w"], with: ["linear_before_reset": .integer(value)]),
        F.node("LayerNormalization", ["x", "w"], with: ["axis": .integer(value)]),
        F.node("GroupNormalization", ["x", "w", "w"], with: ["num_groups": .integer(value)]),
        F.node(
          "ConvTranspose", ["x", "k"], with: ["output_padding": .integers([value, value]), "group": .integer(value)]),
        F.node("ConvTranspose", ["x", "k"], with: ["strides": .integers([value, value])]),
        F.node("Transpose", with: ["perm": .integers([0, value, 2, 1])]),
        F.node("Squeeze", ["x", "s"]), F.node("Unsqueeze", ["x", "s"]), F.node("Gather", ["w", "s"]),
        F.node("Gather", ["s", "x"]), F.node("ReduceMean", ["x", "s"]), F.node("Resize", ["x", "", "", "s"]),
        F.node("Mul", ["s", "s"]), F.node("Expand", ["s", "s"]), F.node("Slice", ["s", "s", "s"]),
      ]
      for node in nodes {
        let read = try reason(
          [node], input: image,
          change: {
            $0.graph.initializer += [F.integers("s", [value, value, value, value]), F.floats("k", [1, 1, 1, 1])]
          })
        let isFine = (node.opType == "LayerNormalization" || node.opType == "ReduceMean") && read == nil && value == -1
        #expect(read != nil || isFine, "\(node.opType) \(value)")
      }
      for scale: Float in [.nan, .infinity, -1, 0, 1e30, 0.3] {
        let scales = F.floats("r", [4], [1, 1, scale, 1])
        #expect(
          try reason(
            [F.node("Resize", ["x", "", "r"])], input: image, change: { $0.graph.initializer.append(scales) }) != nil)
      }
    }
    let wide = F.floats("k", [1, 1, 1, 1])
    #expect(
      try reason(
        [F.node("ConvTranspose", ["x", "k"], with: ["strides": [65_535, 65_535]])], input: image,
        change: { $0.graph.initializer.append(wide) })
        == "y (ConvTranspose): 1 filters make more than 268435456 numbers of 1×4×4")
    #expect(
      try reason(
        [F.node("Conv", ["x", "k"], with: ["pads": [65_535, 65_535, 65_535, 65_535]])], input: image,
        change: { $0.graph.initializer.append(wide) })
        == "y (Conv): 1 filters and padding 65535×65535 make more than 268435456 numbers of 1×4×4")
  }

  /// Cut off anywhere, or with any byte changed, a file is read or refused; the test is that nothing traps.
  @Test func cutAndScrambled() throws {
    let layers: Sequential = [
      "conv": Conv2D(filters: 2, kernel: 3), "relu": ReLU(), "fc": Affine(3), "soft": Softmax(),
    ]
    let whole = try Network(input: [1, 5, 5], batch: 1, layers).onnxModel()
    let others = try Designs.chains.filter { $0.opset == 13 }.map { chain in
      try Network(input: chain.input, batch: 1, chain.layers).onnxModel()
    }
    var refused = 0
    for length in stride(from: 0, to: whole.count, by: 7) {
      if try reason(of: Array(whole.prefix(length))) != nil { refused += 1 }
    }
    #expect(refused == (whole.count + 6) / 7, "a part of a file is none")
    var random = TestRandom(4)
    for _ in 0..<300 {
      var bytes = whole
      bytes[random.index(below: bytes.count)] = UInt8(random.index(below: 256))
      _ = try reason(of: bytes)
    }
    for whole in others {
      for _ in 0..<60 {
        var bytes = whole
        for _ in 0..<2 { bytes[random.index(below: bytes.count)] = UInt8(random.index(below: 256)) }
        _ = try reason(of: bytes)
      }
    }
    #expect(try reason(of: []) == "is no ONNX file: it holds no graph")
    #expect(try reason(of: Array("{\"a\": 1}".utf8)) == "is a JSON file, not ONNX")
    #expect(try reason(of: [0xff, 0xff, 0xff]) == "is no ONNX file, or one that is damaged")
  }

  @Test func tooLargeAFile() throws {
    let path = folder / "large.onnx"
    try folder.write([], to: "large.onnx")
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.truncate(atOffset: 3 << 30)  // takes no space
    try file.close()
    let error = #expect(throws: FileError.self) { try ONNXFile(path) }
    #expect(error?.reason == "has 3221225472 bytes; more than 2147483647 are not read")
  }
}
