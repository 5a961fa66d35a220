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

  @Test func itSaysItselfWhatItCannotExpress() throws {
    let network = try Network(input: [4], batch: 2, ["off": Scaled(by: -1)])
    let error = #expect(throws: ONNXError.self) { try network.onnxModel() }
    #expect(error?.description == "off: a factor of -1.0 turns it around")
  }
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
