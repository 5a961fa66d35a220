/// The two-layer network of chapters 4 and 5: affine, activation, affine.
public struct TwoLayerNet: Architecture {
  /// The number of outputs of the first layer.
  public var hidden: Int
  /// The number of outputs of the network.
  public var classes: Int
  /// What stands between the two layers.
  public var activation: any ActivationSpec
  /// How the weights are drawn.
  public var initializer: Initializer

  /// The book's sizes and first weights unless given: a normal distribution with deviation 0.01.
  public init(
    hidden: Int = 50, classes: Int = 10, activation: any ActivationSpec = ReLU(),
    initializer: Initializer = .normal(deviation: 0.01)
  ) {
    (self.hidden, self.classes, self.activation, self.initializer) = (hidden, classes, activation, initializer)
  }

  public var layers: Sequential {
    MultiLayerNet(hidden: [hidden], classes: classes, activation: activation, initializer: initializer).layers
  }
}

/// The fully connected network of chapter 6, with batch normalisation and dropout on request.
public struct MultiLayerNet: Architecture {
  /// The number of outputs of each layer but the last.
  public var hidden: [Int]
  /// The number of outputs of the network.
  public var classes: Int
  /// What follows each layer but the last.
  public var activation: any ActivationSpec
  /// How the weights are drawn.
  public var initializer: Initializer
  /// Whether batch normalisation stands before each activation.
  public var batchNorm: Bool
  /// The probability that an element is dropped after an activation; 0 leaves dropout out.
  public var dropout: Float

  /// The book's sizes unless given.
  public init(
    hidden: [Int] = [100, 100, 100, 100], classes: Int = 10, activation: any ActivationSpec = ReLU(),
    initializer: Initializer = .automatic, batchNorm: Bool = false, dropout: Float = 0
  ) {
    (self.hidden, self.classes, self.activation) = (hidden, classes, activation)
    (self.initializer, self.batchNorm, self.dropout) = (initializer, batchNorm, dropout)
  }

  public var layers: Sequential {
    var layers = Sequential()
    for (i, outputs) in hidden.enumerated() {
      layers.append("affine\(i + 1)", Affine(outputs, initializer: initializer))
      if batchNorm { layers.append("norm\(i + 1)", BatchNorm()) }
      layers.append("activation\(i + 1)", activation)
      if dropout > 0 { layers.append("dropout\(i + 1)", Dropout(dropout)) }
    }
    layers.append("affine\(hidden.count + 1)", Affine(classes, initializer: initializer))
    return layers
  }
}
