/// VGG-11 with `BatchNorm`: eight convolutions of 3 × 3, five times halved, and one affine layer, as it is used on small images
/// (Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014, configuration A).
///
/// It takes images of any size from 32 × 32 pixels on; each channel's mean goes to the last layer.
public struct VGG11: Architecture {
  /// The number of filters of the first convolution; the later ones have 2, 4 and 8 times as many.
  public var width: Int
  /// The number of outputs.
  public var classes: Int
  /// The probability that an element is dropped before the last layer; 0 leaves dropout out.
  public var dropout: Float

  /// Half as wide as in the paper, where it is 64, unless given.
  public init(width: Int = 32, classes: Int = 10, dropout: Float = 0) {
    (self.width, self.classes, self.dropout) = (width, classes, dropout)
  }

  public var layers: Sequential {
    var layers = Sequential()
    let blocks = [(1, true), (2, true), (4, false), (4, true), (8, false), (8, true), (8, false), (8, true)]
    for (i, (factor, pools)) in blocks.enumerated() {
      layers.append("block\(i + 1)", Sequential.convBlock(factor * width, pools: pools))
    }
    layers.append("mean", GlobalAveragePool2D())
    if dropout > 0 { layers.append("dropout", Dropout(dropout)) }
    layers.append("affine", Affine(classes))
    return layers
  }
}

extension Sequential {
  /// A convolution of 3 × 3 without a bias, `BatchNorm` and ReLU, with 2 × 2 max pooling where it is asked for.
  static func convBlock(_ filters: Int, pools: Bool = false) -> Sequential {
    var layers: Sequential = [
      "conv": Conv2D(filters: filters, kernel: 3, padding: 1, bias: false), "norm": BatchNorm(), "relu": ReLU(),
    ]
    if pools { layers.append("pool", MaxPool2D(2)) }
    return layers
  }
}
