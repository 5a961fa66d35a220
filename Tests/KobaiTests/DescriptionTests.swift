import Foundation
import KobaiFiles
import TestSupport
import Testing

@testable import Kobai

/// Networks in words, and back from a file alone.
@Suite struct DescriptionTests {
  /// Every architecture, chains and graphs: saved, and loaded from the file alone, with the same outputs to the bit.
  @Test func networksComeBackFromTheirFiles() throws {
    let folder = try TemporaryFolder()
    let networks = [
      try Network(input: [1, 28, 28], batch: 2, SimpleConvNet(), seed: 3),
      try Network(input: [1, 28, 28], batch: 2, DeepConvNet(), seed: 3),
      try Network(input: [1, 28, 28], batch: 2, SprintConvNet(), seed: 3),
      try Network(input: [12], batch: 2, MultiLayerNet(hidden: [5, 6], batchNorm: true, dropout: 0.3), seed: 3),
      try Network(input: [2, 8, 8], batch: 2, GraphTests.residual, seed: 3),
    ]
    for (i, network) in networks.enumerated() {
      var random = TestRandom(UInt64(i))
      let x = Tensor(network.input.batched(2), random.floats(2 * network.input.count))
      try network.forward(x, .training(step: 0))  // moves running statistics
      let y = try network.forward(x).elements
      try network.save(to: folder / "\(i).safetensors", metadata: ["by": "test"])
      let copy = try Network(contentsOf: folder / "\(i).safetensors", batch: 2)
      #expect(copy.summary == network.summary && copy.weightsSHA256 == network.weightsSHA256)
      expectSameBits(try copy.forward(x).elements, y)
    }
    let twins = try Network(GraphTests.twins(), batch: 2, seed: 1)
    try twins.save(to: folder / "twins.safetensors")
    let copy = try Network(contentsOf: folder / "twins.safetensors", batch: 2)
    #expect(copy.parameters.all.map(\.name) == twins.parameters.all.map(\.name))
    #expect(copy.outputs.map(\.name) == ["score", "code"] && copy.inputs.map(\.name) == ["left", "right"])
  }

  @Test func theDescriptionIsJSONThatIsReadable() throws {
    let layers: Sequential = [
      "conv1": Conv2D(filters: 4, kernel: Size2D(3, 5), padding: 1), "block": Residual(["relu": ReLU()]),
      "affine": Affine(2, bias: false, initializer: .normal(deviation: 0.01)), "drop": Dropout(0.3),
    ]
    let network = try Network(input: [1, 6, 6], batch: 1, layers)
    let description = try NetworkDescription(network.design)
    #expect(
      description.json == #"""
        {"inputs":[{"name":"input","shape":[1,6,6]}],"nodes":[\#
        {"fields":{"filters":4,"kernel":[3,5],"padding":[1,1]},"name":"conv1","type":"Conv2D"},\#
        {"name":"block.relu","type":"ReLU"},\#
        {"inputs":["block.relu","conv1"],"name":"block.add","type":"Add"},\#
        {"fields":{"bias":false,"initializer":{"normal":{"deviation":0.01}},"outputs":2},"name":"affine","type":"Affine"},\#
        {"fields":{"rate":0.3},"name":"drop","type":"Dropout"}],\#
        "outputs":[{"name":"output","node":"drop"}],"version":1}
        """#)
    #expect(try NetworkDescription(json: description.json) == description)
  }

  /// As a reader would type it: a chain needs neither "inputs" nor "outputs", and a square is one number.
  @Test func writtenByHand() throws {
    let json = #"""
      {"version": 1, "inputs": [{"name": "input", "shape": [1, 28, 28]}],
       "nodes": [
         {"name": "conv1", "type": "Conv2D", "fields": {"filters": 30, "kernel": 5}},
         {"name": "relu1", "type": "ReLU"},
         {"name": "affine1", "type": "Affine", "fields": {"outputs": 10}}]}
      """#
    let network = try Network(NetworkDescription(json: json).graph(), batch: 2)
    #expect(network.summary.map(\.output) == [[30, 24, 24], [30, 24, 24], [10]])
  }

  @Test func errorsSayWhatAndWhere() throws {
    func reason(_ nodes: String, version: Int = 1, inputs: String = #"[{"name":"x","shape":[3]}]"#) -> String? {
      do throws(BuildError) {
        _ = try NetworkDescription(json: #"{"version":\#(version),"inputs":\#(inputs),"nodes":[\#(nodes)]}"#).graph()
        return nil
      } catch { return error.description }
    }
    #expect(reason(#"{"name":"a","type":"Affine","fields":{"outputs":2}}"#) == nil)
    #expect(
      reason(#"{"name":"a","type":"Affine","fields":{"output":2}}"#)
        == "a: Affine has no field \"output\"; it has bias, biasInitializer, initializer, outputs")
    #expect(
      reason(#"{"name":"a","type":"Affine","fields":{"outputs":"two"}}"#)
        == "a: Affine cannot be read: outputs is no Int")
    #expect(
      reason(#"{"name":"a","type":"Afine"}"#)?.hasPrefix(
        "a: Afine is no layer that is known here; register it, or use ")
        == true)
    #expect(
      reason(#"{"name":"a","type":"ReLU","inputs":["b"]}"#)
        == "a: it reads \"b\", which is no node before it and no input")
    #expect(
      reason("", version: 2)
        == "network: its description is of version 2, and this Kobai reads up to 1; update it")
    #expect(reason(#"{"name":"a"}"#) == "network: its description cannot be read: nodes[0] lacks \"type\"")
    #expect(
      reason("{")
        == "network: its description is no JSON: line 1, column 60: a name in quotes is missing")
    #expect(
      reason("", inputs: #"[{"name":"x","shape":[1,2,3,4,5]}]"#)
        == "network: its description cannot be read: inputs[0].shape: a shape has at most four axes, none of a size below zero"
    )
  }

  /// Whatever is no JSON has a line and a column; what Foundation reads has none.
  @Test(arguments: [
    ("", "line 1, column 1: it ends here"), ("{}\n x", "line 2, column 2: nothing may follow here"),
    ("{\"a\": [1, 2\n}", "line 2, column 1: a comma or ] is missing"),
    ("{\"a\" 1}", "line 1, column 6: a colon is missing"),
    ("{\"a\": tru}", "line 1, column 7: no value of JSON begins like that"),
    ("[01]", "line 1, column 2: no value of JSON begins like that"),
    ("[\"é\", +1]", "line 1, column 7: no value of JSON begins like that"),
    ("[\"a\nb\"]", "line 1, column 4: a text does not end on its line"), ("[\"a", "line 1, column 4: it ends here"),
    (String(repeating: "[", count: 5000), "line 1, column 201: brackets are more than 200 deep"),
  ])
  func noJSON(_ text: String, _ fault: String) {
    #expect(JSONSyntax.fault(in: text)?.description == fault)
  }

  @Test func whatIsJSONHasNoFault() {
    for text in [
      "{}", "[]", " [1, -2.5e-3, 0, true, false, null, {\"a\": \"\\\"\\u00e9\\\\\"}]\r\n", "{\"a\":{\"b\":[[]]}}", "0",
    ] {
      #expect(JSONSyntax.fault(in: text) == nil, "\(text)")
    }
  }

  @Test(arguments: ["0", "-0", "10", "0.50", "-12.25", "1e5", "1E+05", "0e-7", "-3.0E10"])
  func numbersOfJSON(_ text: String) { #expect(JSONSyntax.fault(in: text) == nil) }

  @Test(arguments: ["-", "00", "-01", "1.", ".5", "-.5", "1e", "1e+", "1.e5", "--1", "+1", "1.2.3", "1e2.5", "1-2"])
  func noNumbersOfJSON(_ text: String) {
    #expect(JSONSyntax.fault(in: text)?.description == "line 1, column 1: no value of JSON begins like that")
  }

  /// For people: a node a line. It is read from a file, too.
  @Test func formattedForReading() throws {
    let network = try Network(input: [1, 6, 6], batch: 1, ["conv": Conv2D(filters: 4, kernel: 3), "relu": ReLU()])
    let description = try NetworkDescription(network.design)
    #expect(
      description.formattedJSON == #"""
        {
          "version": 1,
          "inputs": [
            {"name":"input","shape":[1,6,6]}
          ],
          "nodes": [
            {"fields":{"filters":4,"kernel":[3,3]},"name":"conv","type":"Conv2D"},
            {"name":"relu","type":"ReLU"}
          ],
          "outputs": [
            {"name":"output","node":"relu"}
          ]
        }
        """#)
    let folder = try TemporaryFolder()
    try folder.write(Array(description.formattedJSON.utf8), to: "network.json")
    #expect(try NetworkDescription(contentsOf: folder / "network.json") == description)
    try network.save(to: folder / "w.safetensors")
    let error = #expect(throws: FileError.self) { try NetworkDescription(contentsOf: folder / "w.safetensors") }
    #expect(error?.reason == "is no text, and no description of a network, which is JSON")
  }

  /// A description may come from anywhere: sizes that no memory holds are errors like others.
  @Test func sizesBeyondAllMemory() throws {
    func reason(_ layer: String, input: String = "[3]") -> String? {
      let json = #"{"version":1,"inputs":[{"name":"x","shape":\#(input)}],"nodes":[\#(layer)]}"#
      return #expect(throws: BuildError.self) {
        try Network(NetworkDescription(json: json).graph(), batch: 2)
      }?.description
    }
    #expect(
      reason(#"{"name":"a","type":"Affine","fields":{"outputs":4611686018427387904}}"#)
        == "a: 2 samples of 4611686018427387904 are more than a process can address")
    #expect(
      reason(#"{"name":"a","type":"Affine","fields":{"outputs":15000000000000}}"#, input: "[3]")
        == "a: Affine 15000000000000 needs more memory than a process can address")
    #expect(
      reason(#"{"name":"a","type":"ReLU"}"#, input: "[4294967296,4294967296,4294967296]")
        == "x: 2 samples of 4294967296×4294967296×4294967296 are more than a process can address")
    #expect(Shape([.max, 2, 0]).count == 0 && Shape([.max, 2]).count == .max)
  }

  /// A layer of one's own is described once it is registered; without that, the weights are saved alone.
  @Test func layersOfOnesOwn() throws {
    let folder = try TemporaryFolder()
    let network = try Network(input: [3], batch: 1, ["a": Affine(2), "own": Scaled(factor: 3)])
    try network.save(to: folder / "plain.safetensors")
    let error = #expect(throws: FileError.self) { try Network(contentsOf: folder / "plain.safetensors", batch: 1) }
    #expect(
      error?.reason == "holds weights but no description of their network; build the network and load(from:) them")
    #expect(throws: BuildError(layer: "own", reason: "Scaled is no layer that is known here; register it")) {
      try NetworkDescription(network.design)
    }
    var registry = NodeRegistry.standard
    registry.register(Scaled(factor: 1))
    try network.save(to: folder / "own.safetensors", registry: registry)
    let copy = try Network(contentsOf: folder / "own.safetensors", batch: 1, registry: registry)
    let x = Tensor([1, 3], [1, 2, 3])
    expectSameBits(try copy.forward(x).elements, try network.forward(x).elements)
    let unknown = #expect(throws: FileError.self) { try Network(contentsOf: folder / "own.safetensors", batch: 1) }
    #expect(
      unknown?.reason.hasPrefix("its network cannot be built: own: Scaled is no layer that is known here") == true)
  }
}

private struct Scaled: LayerSpec, Codable {
  var factor: Float
  var description: String { "Scaled" }
  func build(_ input: Shape, in scope: BuildScope) -> ScaledLayer { ScaledLayer(factor, input, scope.kernels) }
}

private final class ScaledLayer: Layer {
  let output: Shape
  private let factor: Float
  private let kernels: Kernels
  init(_ factor: Float, _ output: Shape, _ kernels: Kernels) {
    (self.factor, self.output, self.kernels) = (factor, output, kernels)
  }
  func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) {
    y.copy(from: x)
    kernels.scale(y.mutableSpan, by: factor)
  }
  func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) {
    guard let dx else { return }
    dx.copy(from: dy)
    kernels.scale(dx.mutableSpan, by: factor)
  }
}
