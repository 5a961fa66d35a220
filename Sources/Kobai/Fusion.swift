/// Layers that run as one, because the numbers between them need not leave the cache: convolution, ReLU and 2 × 2 max
/// pooling. Fused layers compute the same bits as separate ones, under the same parameter names.
enum Fusion {
  /// What to make of the layers from `index` on, for an input of the given shape: how many of them run as one, and
  /// what follows the first of them.
  static func match(
    _ layers: [(name: String, spec: any LayerSpec)], at index: Int, input: Shape
  ) -> (conv: Conv2D, tail: Conv2DTail, count: Int)? {
    guard let conv = layers[index].spec as? Conv2D, input.rank == 3, index + 1 < layers.count,
      layers[index + 1].spec is ReLU
    else { return nil }
    if index + 2 < layers.count, let pool = layers[index + 2].spec as? MaxPool2D, pool.window == 2, pool.stride == 2,
      pool.padding == 0, let size = conv.convolvedSize(of: input), size.height % 2 == 0, size.width % 2 == 0
    {
      return (conv, .reluMaxPool, 3)
    }
    return (conv, .relu, 2)
  }
}

extension Conv2D {
  /// The sides of the convolution of an image; nil where it does not fit.
  fileprivate func convolvedSize(of input: Shape) -> Size2D? {
    let size = Size2D(input[1] + 2 * padding.height - kernel.height, input[2] + 2 * padding.width - kernel.width)
    guard size.height >= 0, size.width >= 0, stride.height > 0, stride.width > 0 else { return nil }
    return Size2D(size.height / stride.height + 1, size.width / stride.width + 1)
  }
}
