/// A single affine layer: with ``SoftmaxCrossEntropy``, softmax regression.
public struct SoftmaxRegression: Architecture {
  public var classes: Int
  public init(classes: Int = 10) { self.classes = classes }
  public var layers: Sequential { ["affine1": Affine(classes, initializer: .zeros)] }
}
