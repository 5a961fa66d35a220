import Kobai
import KobaiFiles
import KobaiONNX
import TestSupport
import Testing

/// Layers of one's own, there and back.
@Suite struct OwnLayerTests {
  @Test func aLayerOfOnesOwnIsExportedAndImported() throws {
    let folder = try TemporaryFolder()
    let network = try Network(
      input: [4], batch: 2, ["a": Affine(3), "double": Scaled(by: 2), "triple": Scaled(by: 3), "b": Affine(2)])
    try network.saveONNX(to: folder / "own.onnx")
    var operators = ONNXOperators.standard
    operators.register("Scale", domain: "example") { node in Scaled(by: try node.float("by", default: 1)) }
    let copy = try Network(contentsOfONNX: folder / "own.onnx", batch: 2, operators: operators)
    #expect(copy.summary == network.summary)
    let x = Tensor([2, 4], [1, 2, 3, 4, -1, 0, 1, 0.5])
    expectSameBits(try copy.forward(x).elements, try network.forward(x).elements)
    let unknown = #expect(throws: FileError.self) { try Network(contentsOfONNX: folder / "own.onnx", batch: 1) }
    #expect(
      unknown?.reason
        == "double (Scale): an operator of example: Kobai has no layer for this operator; register one")
  }

  /// An activation of one's own runs inside the layers before it, and is exported as what it is.
  @Test func aFusedActivationIsExportedByItself() throws {
    let folder = try TemporaryFolder()
    let layers: Sequential = [
      "conv": Conv2D(filters: 3, kernel: 3), "act1": Leaky(slope: 0.2), "pool": MaxPool2D(2), "affine": Affine(4),
      "act2": Leaky(slope: 0.1), "out": Affine(2),
    ]
    let network = try Network(input: [1, 8, 8], batch: 2, layers, seed: 2)
    try network.saveONNX(to: folder / "own.onnx")
    let copy = try Network(contentsOfONNX: folder / "own.onnx", batch: 2)
    #expect(copy.layers.map(\.name) == ["conv", "act1", "pool", "affine", "act2", "out"])
    #expect((copy.layers[1].spec as? LeakyReLU)?.slope == 0.2 && (copy.layers[4].spec as? LeakyReLU)?.slope == 0.1)
    let x = Tensor([2, 1, 8, 8], (0..<128).map { Float($0 % 11) / 5 - 1 })
    expectSameBits(try copy.forward(x).elements, try network.forward(x).elements)
  }

  @Test func anActivationWithoutOperatorsSaysSo() throws {
    let network = try Network(input: [4], batch: 2, ["a": Affine(3), "own": Plain()])
    #expect(throws: ONNXError.self) { try network.onnxModel() }
    do { _ = try network.onnxModel() } catch {
      #expect(
        "\(error)" == "own: Plain is a function of your own; say in appendONNX(to:) which operators compute it")
    }
  }

  @Test func itSaysItselfWhatItCannotExpress() throws {
    let network = try Network(input: [4], batch: 2, ["off": Scaled(by: -1)])
    let error = #expect(throws: ONNXError.self) { try network.onnxModel() }
    #expect(error?.description == "off: a factor of -1.0 turns it around")
  }
}

/// LeakyReLU as one writes it oneself.
private struct Leaky: ActivationSpec, PointwiseActivation {
  var slope: Float
  var description: String { "Leaky" }
  var keepsInput: Bool { false }
  func forward(_ x: Kernels.Vector) -> Kernels.Vector { x.replacing(with: slope * x, where: x .< 0) }
  func backward(_ dy: Kernels.Vector, _ y: Kernels.Vector) -> Kernels.Vector {
    dy.replacing(with: slope * dy, where: y .< 0)
  }
}

extension Leaky: ONNXExportable {
  func appendONNX(to nodes: inout ONNXNodes) {
    nodes.append("LeakyRelu", nodes.inputs, attributes: ["alpha": .float(slope)])
  }
}

/// One that forgot to say what ONNX calls it.
private struct Plain: ActivationSpec, PointwiseActivation, ONNXExportable {
  var description: String { "Plain" }
  var keepsInput: Bool { true }
  func forward(_ x: Kernels.Vector) -> Kernels.Vector { x * x }
  func backward(_ dy: Kernels.Vector, _ x: Kernels.Vector) -> Kernels.Vector { dy * (x + x) }
}

/// Several times x.
private struct Scaled: LayerSpec {
  let factor: Float
  init(by factor: Float) { self.factor = factor }
  var description: String { "Scaled by \(factor)" }
  func build(_ input: Shape, in scope: BuildScope) -> ScaledLayer { ScaledLayer(factor, input, scope.kernels) }
}

/// ONNX's own Mul would do; an operator of another domain needs more of the model.
extension Scaled: ONNXExportable {
  func appendONNX(to nodes: inout ONNXNodes) throws(ONNXError) {
    guard factor >= 0 else { throw nodes.error("a factor of \(factor) turns it around") }
    nodes.append("Scale", nodes.inputs, attributes: ["by": .float(factor)], domain: "example")
  }
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
  func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) {}
}
