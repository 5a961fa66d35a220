/// A small convolutional network that learns quickly: twice conv and ReLU, the first pooled, the second with a stride of
/// 2; then affine, batch normalisation, ReLU, affine.
///
/// The first convolution leaves out the edge of the image, where MNIST has next to nothing. Weights start small, as
/// PyTorch draws them: before a normalisation that only sets how fast they turn, and high rates suit them. There the
/// edge goes by `nn.ZeroPad2d(-2)`.
public struct SprintConvNet: Architecture {
  /// The number of channels of each convolution's output.
  public var filters: (Int, Int)
  /// The sides of each convolution's filters, in pixels.
  public var kernels: (Int, Int)
  /// Pixels that are left out on each side of the image.
  public var margin: Int
  /// The number of outputs of the first affine layer.
  public var hidden: Int
  /// The number of outputs of the network.
  public var classes: Int
  /// The probability that an element is dropped before the last layer; 0 leaves dropout out.
  public var dropout: Float

  /// Sizes for images of 28 × 28 unless given.
  public init(
    filters: (Int, Int) = (16, 32), kernels: (Int, Int) = (5, 4), margin: Int = 2, hidden: Int = 64,
    classes: Int = 10, dropout: Float = 0
  ) {
    (self.filters, self.kernels, self.margin) = (filters, kernels, margin)
    (self.hidden, self.classes, self.dropout) = (hidden, classes, dropout)
  }

  public var layers: Sequential {
    func conv(_ filters: Int, _ kernel: Int, stride: Int = 1, padding: Int = 0) -> Conv2D {
      Conv2D(
        filters: filters, kernel: Size2D(kernel), stride: Size2D(stride), padding: Size2D(padding),
        initializer: .pytorchUniform)
    }
    var layers: Sequential = [
      "conv1": conv(filters.0, kernels.0, padding: -margin), "relu1": ReLU(), "pool1": MaxPool2D(2),
      "norm1": BatchNorm(), "conv2": conv(filters.1, kernels.1, stride: 2), "relu2": ReLU(),
      "affine1": Affine(hidden, initializer: .pytorchUniform), "norm2": BatchNorm(), "relu3": ReLU(),
    ]
    if dropout > 0 { layers.append("dropout1", Dropout(dropout)) }
    layers.append("affine2", Affine(classes, initializer: .pytorchUniform))
    return layers
  }
}
