/// Layers that run as one, so that the values between them need not leave the cache: convolution, ReLU and 2 × 2 max
/// pooling, or affine and ReLU. Fused layers compute the same bits as separate ones, under the same parameter names.
///
/// The layers are recognised by their types, so that only Kobai's own are fused.
enum Fusion {
  /// The layers from `index` on that run as one, built for an input of the given shape: the layer, and the output of each
  /// that it stands for. Nil where the first of them runs alone.
  static func build(
    _ layers: [(name: String, spec: any LayerSpec)], at index: Int, input: Shape, in scope: BuildScope
  ) throws(BuildError) -> (layer: any Layer, outputs: [Shape])? {
    guard index + 1 < layers.count, layers[index + 1].spec is ReLU else { return nil }
    if let affine = layers[index].spec as? Affine {
      let layer = try affine.build(input, relu: true, in: scope)
      return (layer, [layer.output, layer.output])
    }
    guard let conv = layers[index].spec as? Conv2D, input.rank == 3 else { return nil }
    let pools = index + 2 < layers.count && conv.canFuse(pooling: layers[index + 2].spec, input: input)
    let layer = try conv.build(input, postOp: pools ? .reluMaxPool : .relu, in: scope)
    return (layer, [layer.convolved, layer.convolved] + (pools ? [layer.output] : []))
  }
}

extension Conv2D {
  /// Whether the layer after the ReLU is a pooling of 2 × 2 windows that leave no pixel out.
  fileprivate func canFuse(pooling spec: any LayerSpec, input: Shape) -> Bool {
    guard let pool = spec as? MaxPool2D, pool.window == 2, pool.stride == 2, pool.padding == 0,
      let size = convolvedSize(of: input)
    else { return false }
    return size.height % 2 == 0 && size.width % 2 == 0
  }

  /// The height and width of the convolution of an image; nil where the kernel does not fit.
  private func convolvedSize(of input: Shape) -> Size2D? {
    let size = Size2D(input[1] + 2 * padding.height - kernel.height, input[2] + 2 * padding.width - kernel.width)
    guard size.height >= 0, size.width >= 0, stride.height > 0, stride.width > 0 else { return nil }
    return Size2D(size.height / stride.height + 1, size.width / stride.width + 1)
  }
}
