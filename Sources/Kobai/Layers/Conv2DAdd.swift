import KobaiKernels

/// A convolution whose outputs a shortcut is added to while they are in the cache, perhaps with a ReLU behind: the end of a
/// residual block without normalisation.
struct Conv2DAdd: MergeSpec {
  let conv: Conv2D
  var relu = false

  var description: String { "\(conv), Add\(relu ? ", relu" : "")" }

  func build(_ inputs: [Shape], in scope: BuildScope) throws(BuildError) -> Conv2DAddLayer {
    let layer = try conv.build(inputs[0], postOp: relu ? .addReLU : .add, in: scope.absorbed(0))
    for shape in inputs.dropFirst() { try Add.check(layer.output, shape, in: scope.absorbed(1)) }
    return Conv2DAddLayer(layer, relu: relu)
  }

  func absorbing(_ next: any NodeSpec, inputs: [Shape]) -> (any NodeSpec)? {
    !relu && next is ReLU ? Conv2DAdd(conv: conv, relu: true) : nil
  }
}

/// A built ``Conv2DAdd``.
final class Conv2DAddLayer: MergeLayer {
  private let conv: Conv2DLayer
  private let relu: Bool

  init(_ conv: Conv2DLayer, relu: Bool) { (self.conv, self.relu) = (conv, relu) }

  var output: Shape { conv.output }
  var retained: Retained { relu ? [.input, .output] : .input }

  /// The shortcut's gradient is the output's, after the ReLU if there is one.
  func gradientPlacement(of input: Int) -> Placement { input == 0 ? .separate : relu ? .inPlace : .view }

  func forward(_ xs: Selection<Tensor>, into y: Tensor, _ mode: Mode) throws {
    try conv.forward(xs[0], shortcut: xs[1], into: y)
  }

  func backward(_ dy: Tensor, xs: Selection<Tensor>, y: Tensor, into dxs: Selection<Tensor?>) throws {
    try conv.backward(dy, x: xs[0], y: y, into: dxs[0], shortcut: relu ? dxs[1] : nil)
  }

  func freeze() throws { try conv.freeze() }
  func thaw() { conv.thaw() }
}
