/// A single affine layer: with ``SoftmaxCrossEntropy``, softmax regression.
public struct SoftmaxRegression: Architecture {
  /// The number of outputs of the network.
  public var classes: Int
  /// The weights begin at zero: without hidden layers nothing has to break a symmetry.
  public init(classes: Int = 10) { self.classes = classes }
  public var layers: Sequential { ["affine1": Affine(classes, initializer: .zeros)] }
}
