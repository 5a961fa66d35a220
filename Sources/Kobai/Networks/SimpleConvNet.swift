/// The convolutional network of chapter 7: conv, ReLU, pool, affine, ReLU, affine.
public struct SimpleConvNet: Architecture {
  /// The number of channels of the convolution's output.
  public var filters: Int
  /// The sides of a filter, in pixels.
  public var kernel: Int
  /// The number of outputs of the first affine layer.
  public var hidden: Int
  /// The number of outputs of the network.
  public var classes: Int
  /// How the weights are drawn.
  public var initializer: Initializer
  /// Dropout before the last layer; the book has none here.
  public var dropout: Float

  /// The book's sizes unless given. The book draws from a normal distribution with deviation 0.01: ``book(classes:)``.
  public init(
    filters: Int = 30, kernel: Int = 5, hidden: Int = 100, classes: Int = 10, initializer: Initializer = .automatic,
    dropout: Float = 0
  ) {
    (self.filters, self.kernel, self.hidden, self.classes) = (filters, kernel, hidden, classes)
    (self.initializer, self.dropout) = (initializer, dropout)
  }

  /// The network as the book builds it: all weights from a normal distribution with deviation 0.01 (section 7.5).
  public static func book(classes: Int = 10) -> SimpleConvNet {
    SimpleConvNet(classes: classes, initializer: .normal(deviation: 0.01))
  }

  public var layers: Sequential {
    var layers: Sequential = [
      "conv1": Conv2D(filters: filters, kernel: Size2D(kernel), initializer: initializer), "relu1": ReLU(),
      "pool1": MaxPool2D(2),
      "affine1": Affine(hidden, initializer: initializer), "relu2": ReLU(),
    ]
    if dropout > 0 { layers.append("dropout1", Dropout(dropout)) }
    layers.append("affine2", Affine(classes, initializer: initializer))
    return layers
  }
}
