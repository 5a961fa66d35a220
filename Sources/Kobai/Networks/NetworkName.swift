/// The networks that have a name, which files of their weights may say instead of describing them.
public enum NetworkName: String, Sendable, CaseIterable, Codable {
  /// ``SimpleConvNet``, of chapter 7 of the book.
  case simple
  /// ``DeepConvNet``, of chapter 8.
  case deep
  /// ``SprintConvNet``, the shortest way to 99 % on MNIST.
  case sprint
  /// ``MultiLayerNet``, the perceptron of chapter 6.
  case mlp
  /// ``SoftmaxRegression``.
  case softmax
  /// ``LeNet5``.
  case lenet
  /// ``ResNet9``.
  case resnet
  /// ``VGG11``.
  case vgg

  /// Whether inputs may be rows of numbers, and not only images.
  public var takesRows: Bool { self == .mlp || self == .softmax }

  /// Whether the dropout rate makes a difference.
  public var hasDropout: Bool { self != .softmax }

  /// The network for so many classes.
  ///
  /// - Parameters:
  ///   - classes: the number of outputs.
  ///   - dropout: the dropout rate; nil is the network's own.
  public func architecture(classes: Int, dropout: Float? = nil) -> any Architecture {
    switch self {
    case .simple: SimpleConvNet(classes: classes, dropout: dropout ?? 0)
    case .deep: DeepConvNet(classes: classes, dropout: dropout ?? 0.5)
    case .sprint: SprintConvNet(classes: classes, dropout: dropout ?? 0)
    case .mlp: MultiLayerNet(classes: classes, dropout: dropout ?? 0)
    case .softmax: SoftmaxRegression(classes: classes)
    case .lenet: LeNet5(classes: classes, dropout: dropout ?? 0)
    case .resnet: ResNet9(classes: classes, dropout: dropout ?? 0)
    case .vgg: VGG11(classes: classes, dropout: dropout ?? 0)
    }
  }
}
