/// The residual network of nine layers that won DAWNBench's races on CIFAR-10: convolutions with `BatchNorm` and ReLU, two
/// residual blocks of two each, and the mean of each channel before the last layer (He et al., "Deep Residual Learning for
/// Image Recognition", 2015).
///
/// It takes images of any size from 8 × 8 pixels on.
public struct ResNet9: Architecture {
  /// The number of filters of the first convolution; the later ones have 2, 4 and 8 times as many.
  public var width: Int
  /// The number of outputs.
  public var classes: Int
  /// The probability that an element is dropped before the last layer; 0 leaves dropout out.
  public var dropout: Float

  /// Half as wide as the networks of DAWNBench, which begin with 64 filters, unless given.
  public init(width: Int = 32, classes: Int = 10, dropout: Float = 0) {
    (self.width, self.classes, self.dropout) = (width, classes, dropout)
  }

  public var layers: Sequential {
    var layers: Sequential = [
      "prepare": Sequential.convBlock(width),
      "layer1": Sequential.convBlock(2 * width, pools: true), "residual1": Self.residual(2 * width),
      "layer2": Sequential.convBlock(4 * width, pools: true),
      "layer3": Sequential.convBlock(8 * width, pools: true), "residual3": Self.residual(8 * width),
      "mean": GlobalAveragePool2D(),
    ]
    if dropout > 0 { layers.append("dropout", Dropout(dropout)) }
    layers.append("affine", Affine(classes))
    return layers
  }

  private static func residual(_ filters: Int) -> Residual {
    Residual(["first": Sequential.convBlock(filters), "second": Sequential.convBlock(filters)])
  }
}
