/// A single affine layer: with ``SoftmaxCrossEntropy``, softmax regression.
public struct SoftmaxRegression: Architecture {
  /// Outputs of the network.
  public var classes: Int
  /// The weights begin at zero: without hidden layers nothing has to break a symmetry.
  public init(classes: Int = 10) { self.classes = classes }
  public var layers: Sequential { ["affine1": Affine(classes, initializer: .zeros)] }
}
