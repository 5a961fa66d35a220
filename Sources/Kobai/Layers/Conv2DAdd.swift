import KobaiKernels

/// A convolution whose outputs a shortcut is added to while they are in the cache, perhaps with an activation behind: the end of a
/// residual block without normalisation.
struct Conv2DAdd: MergeSpec {
  let conv: Conv2D
  var activation: Activation?

  var description: String { "\(conv), Add" + (activation.map { ", \($0)" } ?? "") }

  func build(_ inputs: [Shape], in scope: BuildScope) throws(BuildError) -> Conv2DAddLayer {
    let layer = try conv.build(inputs[0], postOp: activation.map { .addActivation($0) } ?? .add, in: scope.absorbed(0))
    for shape in inputs.dropFirst() { try Add.check(layer.output, shape, in: scope.absorbed(1)) }
    return Conv2DAddLayer(layer, activation)
  }

  func absorbing(_ next: any NodeSpec, inputs: [Shape]) -> (any NodeSpec)? {
    activation == nil ? next.pointwise.map { Conv2DAdd(conv: conv, activation: $0) } : nil
  }
}

/// A built ``Conv2DAdd``.
final class Conv2DAddLayer: MergeLayer {
  private let conv: Conv2DLayer
  private let activation: Activation?

  init(_ conv: Conv2DLayer, _ activation: Activation?) { (self.conv, self.activation) = (conv, activation) }

  var output: Shape { conv.output }
  var retained: Retained { conv.retained }
  var differentiatesShards: Bool { true }

  /// The shortcut's gradient is the output's, or that of the activation's input if there is one.
  func gradientPlacement(of input: Int) -> Placement { input == 0 ? .separate : activation == nil ? .view : .inPlace }

  func forward(_ xs: Selection<Tensor>, into y: Tensor, _ mode: Mode) throws {
    try conv.forward(xs[0], shortcut: xs[1], into: y)
  }

  func backward(_ dy: Tensor, xs: Selection<Tensor>, y: Tensor, into dxs: Selection<Tensor?>) throws {
    try conv.backward(dy, x: xs[0], y: y, into: dxs[0], shortcut: activation == nil ? nil : dxs[1])
  }

  func freeze() throws { try conv.freeze() }
  func thaw() { conv.thaw() }
}
