import Kobai
import KobaiFiles
import TestSupport
import Testing

@testable import KobaiONNX

/// Layers that other software writes as several nodes.
@Suite struct PatternTests {
  private typealias F = ModelFixture
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let numbers = [
    "zero": 0, "half": 0.5, "one": 1, "two": 2, "three": 3, "six": 6, "root": 1.414, "root2": 1.41421,
    "scale": 0.797885,
    "cube": 0.044715,
  ]
  .map { F.floats($0.key, [], [$0.value]) }

  private func network(
    _ nodes: [ONNXNode], input: [Int] = [0, 4, 3, 5], _ initializers: [ONNXTensor] = [], operatorSet: Int64 = 13
  ) throws -> Network {
    let model = F.model(nodes, input: input, initializers: Self.numbers + initializers, operatorSet: operatorSet)
    try folder.write(model.serializedBytes(), to: "m.onnx")
    return try Network(contentsOfONNX: folder / "m.onnx", batch: 1)
  }

  private func specs(_ nodes: [ONNXNode], _ initializers: [ONNXTensor] = []) throws -> [String] {
    try network(nodes, initializers).design.nodes.map { "\($0.spec)" }
  }

  private func reason(
    _ nodes: [ONNXNode], input: [Int] = [0, 4, 3, 5], _ initializers: [ONNXTensor] = [], operatorSet: Int64 = 13
  ) -> String? {
    do {
      _ = try network(nodes, input: input, initializers, operatorSet: operatorSet)
      return nil
    } catch { return (error as? FileError)?.reason ?? "\(error)" }
  }

  /// Erf(x / √2) + 1, with the operands of sums turned.
  private let gate = [
    F.node("Div", ["x", "root2"], "d"), F.node("Erf", ["d"], "e"), F.node("Add", ["one", "e"], "g"),
  ]

  @Test("factors are found in any order, in products, quotients and powers")
  func factors() throws {
    for products in [
      [F.node("Mul", ["x", "g"], "p"), F.node("Mul", ["p", "half"])],
      [F.node("Mul", ["half", "x"], "p"), F.node("Mul", ["g", "p"])],
      [F.node("Mul", ["g", "half"], "p"), F.node("Mul", ["x", "p"])],
      [F.node("Mul", ["g", "x"], "p"), F.node("Div", ["p", "two"])],
      [F.node("Div", ["x", "two"], "p"), F.node("Mul", ["p", "g"])],
    ] {
      #expect(try specs(gate + products) == ["GELU"])
    }
    let tail = [
      F.node("Mul", ["s", "scale"], "m"), F.node("Tanh", ["m"], "t"), F.node("Add", ["t", "one"], "g"),
      F.node("Mul", ["x", "g"], "p"), F.node("Mul", ["half", "p"]),
    ]
    #expect(
      try specs(
        [F.node("Pow", ["x", "three"], "c"), F.node("Mul", ["c", "cube"], "k"), F.node("Add", ["k", "x"], "s")] + tail)
        == ["GELU tanh"])
    #expect(
      try specs(
        [
          F.node("Mul", ["x", "x"], "q"), F.node("Mul", ["x", "q"], "c"), F.node("Mul", ["cube", "c"], "k"),
          F.node("Add", ["x", "k"], "s"),
        ] + tail) == ["GELU tanh"])
    #expect(try specs([F.node("Sigmoid", ["x"], "s"), F.node("Mul", ["s", "x"])]) == ["SiLU"])
    let hard = F.node("HardSigmoid", ["x"], "h", with: ["alpha": .float(1 / 6)])
    #expect(try specs([hard, F.node("Mul", ["h", "x"])]) == ["HardSwish"])
    #expect(
      try specs([
        F.node("Add", ["three", "x"], "a"), F.node("Clip", ["a", "zero", "six"], "c"), F.node("Mul", ["c", "x"], "m"),
        F.node("Div", ["m", "six"]),
      ]) == ["HardSwish"])
    #expect(try specs([F.node("HardSwish")]) == ["HardSwish"])
    #expect(try specs([F.node("Gelu", with: ["approximate": "tanh"])]) == ["GELU tanh"])
  }

  @Test("what is read elsewhere, or has other numbers, is no layer")
  func nearMisses() throws {
    let product = [F.node("Mul", ["x", "g"], "p"), F.node("Mul", ["p", "half"])]
    let part = "it is no part of a layer that Kobai has, such as SiLU or GroupNorm"
    #expect(
      reason([F.node("Div", ["x", "root"], "d")] + gate[1...] + product)
        == "d (Div): Kobai has no layer for this operator; register one")
    #expect(reason([F.node("Sigmoid", ["x"], "s"), F.node("Mul", ["s", "s"])]) == "y (Mul): \(part)")
    #expect(
      reason([F.node("Sigmoid", ["x"], "s"), F.node("Mul", ["s", "x"], "m"), F.node("Add", ["m", "s"])])
        == "m (Mul): \(part)")
    #expect(reason([F.node("Mul", ["x", "half"])]) == "y (Mul): \(part)")
    let gate = F.node("HardSigmoid", ["x"], "h", with: ["alpha": 0.2, "beta": 0.5])
    #expect(
      reason([gate, F.node("Mul", ["h", "x"])]) == "h (HardSigmoid): Kobai has no layer for this operator; register one"
    )
  }

  @Test("a file that has the names Kobai gives such layers is read or refused")
  func namesOfComposites() throws {
    for type in ["Gelu", "GeluTanh", "Silu", "HardSwish", "Softplus", "GroupNormalization", "Resize"] {
      for operands in [[], ["x"], ["x", "half"], ["half", "x", "x", "x", "x", "x", "x"]] {
        var node = F.node(type, operands)
        node.domain = "kobai.composite"
        let reason = reason([node])
        #expect(reason != nil || operands.first == "x" && operands.count < 3, "\(type) \(operands)")
      }
    }
  }

  @Test("group normalisation in ONNX's own operator: a factor for each group before set 21, for each channel since")
  func groupNormalization() throws {
    let factors = [F.floats("a", [2]), F.floats("b", [2])]
    let node = F.node("GroupNormalization", ["x", "a", "b"], name: "n", with: ["num_groups": 2, "epsilon": 0.5])
    let old = try network([node], factors, operatorSet: 18)
    #expect(old.parameters.all.map(\.value.elements) == [[1, 1, 2, 2], [1, 1, 2, 2]])
    let new = try network([node], [F.floats("a", [4]), F.floats("b", [4])], operatorSet: 21)
    #expect(new.parameters.all.map(\.name) == ["n.weight", "n.bias"])
    #expect((new.design.nodes[0].spec as? GroupNorm)?.epsilon == 0.5)
    #expect(
      reason([node], factors, operatorSet: 21)
        == "n (GroupNormalization): its weight is 2, but GroupNorm 2 of 4×3×5 takes 4")
    let three = F.node("GroupNormalization", ["x", "a", "b"], name: "n", with: ["num_groups": 3])
    #expect(reason([three], factors, operatorSet: 18) == "n (GroupNormalization): 4 channels in 3 groups")
  }

  @Test("slopes along another axis than that of the channels are refused")
  func slopes() throws {
    #expect(try specs([F.node("PRelu", ["x", "s"])], [F.floats("s", [4, 1, 1])]) == ["PReLU per channel"])
    #expect(try specs([F.node("PRelu", ["x", "s"])], [F.floats("s", [1, 4, 1, 1])]) == ["PReLU per channel"])
    #expect(try specs([F.node("PRelu", ["x", "s"])], [F.floats("s", [1])]) == ["PReLU"])
    #expect(
      reason([F.node("PRelu", ["x", "s"], name: "p")], [F.floats("s", [5])])
        == "p (PRelu): its slopes are 5 along the last axes of 4×3×5; Kobai has one, or one a channel")
  }

  @Test("enlargements by scales and sizes, as far as Kobai rounds as they do")
  func resizing() throws {
    func resize(_ scales: [Float], _ attributes: KeyValuePairs<String, ONNXValue>) -> String? {
      reason([F.node("Resize", ["x", "", "s"], name: "r", with: attributes)], [F.floats("s", [4], scales)])
    }
    #expect(resize([1, 1, 2, 2], ["mode": "linear"]) == nil)
    #expect(resize([1, 1, 2, 2], [:]) == nil)
    #expect(
      resize([1, 1, 2, 2], ["mode": "cubic"])
        == "r (Resize): mode cubic at half_pixel; Kobai has linear at half_pixel, and nearest at asymmetric with floor")
    #expect(
      resize([1, 1, 2, 2], ["mode": "linear", "coordinate_transformation_mode": "align_corners"])
        == "r (Resize): mode linear at align_corners; Kobai has linear at half_pixel, and nearest at asymmetric with floor"
    )
    #expect(resize([1, 1, 1.5, 2], [:]) == "r (Resize): by 1.5, which makes no whole number of pixels of 3")
    #expect(resize([1, 2, 2, 2], [:]) == "r (Resize): its scales are not those of the height and width of images")
    #expect(resize([1, 1, 2, 2], ["antialias": 1]) == "r (Resize): antialias 1; Kobai has 0")
    let sizes = F.integers("s", [1, 4, 7, 9])
    #expect(
      reason([F.node("Resize", ["x", "", "", "s"], name: "r")], [sizes])
        == "r (Resize): to sizes that are no height and width of 4×3×5")
    let open = try network(
      [
        F.node("Shape", ["x"], "n"), F.node("Slice", ["n", "from", "to"], "f"),
        F.node("Concat", ["f", "s"], "z", with: ["axis": 0]),
        F.node("Resize", ["x", "", "", "z"], with: ["mode": "linear"]),
      ], [F.integers("from", [0]), F.integers("to", [2]), F.integers("s", [7, 9])])
    #expect("\(open.design.nodes[0].spec)" == "Upsample to 7×9, bilinear")
  }

  @Test("the shape of a padded image has its zeros")
  func paddedShape() throws {
    let pads = F.integers("pads", [0, 0, 1, 2, 0, 0, 1, 2])
    let network = try network(
      [
        F.node("Pad", ["x", "pads"], "p"), F.node("Conv", ["p", "c.weight"], "c"), F.node("Shape", ["p"], "s"),
        F.node(
          "Resize", ["c", "", "", "s"],
          with: ["mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"]),
      ], [pads, F.floats("c.weight", [4, 4, 3, 3])])
    #expect(network.output == [4, 5, 9])
  }

  @Test("recurrent operators that are not PyTorch's are refused")
  func recurrent() throws {
    let weights = [
      F.floats("w", [1, 8, 5]), F.floats("r", [1, 8, 2]), F.floats("b", [1, 16]), F.floats("h", [1, 1, 2]),
    ]
    let steps = F.node("Transpose", ["x"], "t", with: ["perm": [1, 0, 2]])
    let back = [
      F.node("Squeeze", ["q", "axis"], "z"), F.node("Transpose", ["z"], with: ["perm": [1, 0, 2]]),
    ]
    func lstm(
      _ operands: [String] = ["t", "w", "r", "b"], _ attributes: KeyValuePairs<String, ONNXValue> = ["hidden_size": 2],
      tail: [ONNXNode]? = nil
    ) -> String? {
      reason(
        [steps, F.node("LSTM", operands, "q", name: "l", with: attributes)] + (tail ?? back), input: [0, 6, 5],
        weights + [F.integers("axis", [1])])
    }
    #expect(lstm() == nil)
    // Two steps as one are no step.
    let pairs = [
      F.node("Squeeze", ["q", "axis"], "z"), F.node("Transpose", ["z"], "s", with: ["perm": [1, 0, 2]]),
      F.node("Reshape", ["s", "pairs"], "paired"), F.node("Gather", ["paired", "last"], with: ["axis": 1]),
    ]
    #expect(
      reason(
        [steps, F.node("LSTM", ["t", "w", "r", "b"], "q", name: "l", with: ["hidden_size": 2])] + pairs,
        input: [0, 6, 5],
        weights + [
          F.integers("axis", [1]), F.integers("pairs", [0, 3, 4]),
          .with { ($0.name, $0.dataType, $0.int64Data) = ("last", .int64, [-1]) },
        ]) == "y (Gather): it picks elements; Kobai has the last step alone, of a recurrent layer in one direction")
    #expect(
      lstm(["x", "w", "r"])
        == "l (LSTM): it reads batch×6×5, not steps×batch×features of which the batch is the outermost; transpose it before"
    )
    #expect(
      lstm(["t", "w", "r", "b", "", "h"]) == "l (LSTM): the state before its first step is not zero, as it is in Kobai")
    #expect(lstm(["t", "w", "r", "b", "axis"]) == "l (LSTM): it has lengths of its own for sequences; Kobai has none")
    #expect(
      lstm(["t", "w", "r", "b"], ["hidden_size": 2, "direction": "reverse"])
        == "l (LSTM): direction reverse; Kobai goes forward, or both ways")
    #expect(
      lstm(["t", "w", "r", "b"], ["hidden_size": 2, "input_forget": 1]) == "l (LSTM): input_forget 1; Kobai has 0")
    #expect(
      lstm(["t", "w", "r", "b"], ["hidden_size": 3])
        == "l (LSTM): its weight is 1×8×5, but one of 3 hidden elements, 1 directions and 5 features is 1×12×5")
    #expect(
      lstm(tail: [F.node("Squeeze", ["q", "axis"])])
        == "y (Squeeze): it makes 6×batch×2, which is an output; Kobai's begin with the batch")
    #expect(
      lstm(tail: [F.node("Squeeze", ["q", "axis"], "z"), F.node("Relu", ["z"])])
        == "z (Squeeze): it makes 6×batch×2, which y (Relu) cannot read; Kobai's tensors begin with the batch")
    #expect(
      reason(
        [steps, F.node("GRU", ["t", "g", "s"], "q", name: "g", with: ["hidden_size": 2])] + back, input: [0, 6, 5],
        [F.floats("g", [1, 6, 5]), F.floats("s", [1, 6, 2]), F.integers("axis", [1])])
        == "g (GRU): linear_before_reset 0; Kobai has 1")
  }

  @Test("integers pick rows of tables, and do nothing else")
  func integers() throws {
    let table = F.floats("e.weight", [3, 2])
    var model = F.model([F.node("Gather", ["e.weight", "x"])], input: [0, 4], initializers: [table])
    model.graph.input[0].type.tensorType.elemType = .int64
    try folder.write(model.serializedBytes(), to: "m.onnx")
    let network = try Network(contentsOfONNX: folder / "m.onnx", batch: 1)
    #expect(try network.forward(Tensor([1, 4], [2, 0, 1, 1])).elements == [5, 6, 1, 2, 3, 4, 3, 4])
    #expect(
      reason([F.node("Gather", ["e.weight", "x"])], input: [0, 4], [table])
        == "y (Gather): what it reads are no integers")
    #expect(
      reason([F.node("Cast", ["x"], "i", with: ["to": 7]), F.node("Relu", ["i"])], input: [0, 4])
        == "y (Relu): it reads integers; Kobai has them for tables of vectors (Gather) alone")
    #expect(
      reason([F.node("Gather", ["e.weight", "i"])], input: [0, 4], [table, F.integers("i", [0, 1])])
        == "y (Gather): it picks the same rows for every input; Kobai picks those that an input names")
    #expect(
      reason([F.node("Gather", ["x", "i"])], input: [0, 4, 3], [F.integers("i", [1])])
        == "y (Gather): it picks elements; Kobai has the last step alone, of a recurrent layer in one direction")
  }
}
