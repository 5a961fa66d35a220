/// LeNet-5: two convolutions of 5 × 5, each with pooling, and three affine layers (LeCun et al., "Gradient-Based Learning Applied
/// to Document Recognition", 1998; section 7.6.1 of the book). As it is built today: ReLU in place of sigmoid units, max
/// pooling in place of trained sub-sampling, and all maps connected.
///
/// It takes images of any size from 12 × 12 pixels on; on 28 × 28 its maps are as large as in the paper.
public struct LeNet5: Architecture {
  /// The number of outputs.
  public var classes: Int
  /// The probability that an element is dropped before the last layer; 0 leaves dropout out.
  public var dropout: Float

  /// Ten classes and no dropout unless given.
  public init(classes: Int = 10, dropout: Float = 0) { (self.classes, self.dropout) = (classes, dropout) }

  public var layers: Sequential {
    var layers: Sequential = [
      "conv1": Conv2D(filters: 6, kernel: 5, padding: 2), "relu1": ReLU(), "pool1": MaxPool2D(2),
      "conv2": Conv2D(filters: 16, kernel: 5), "relu2": ReLU(), "pool2": MaxPool2D(2),
      "affine1": Affine(120), "relu3": ReLU(), "affine2": Affine(84), "relu4": ReLU(),
    ]
    if dropout > 0 { layers.append("dropout", Dropout(dropout)) }
    layers.append("affine3", Affine(classes))
    return layers
  }
}
