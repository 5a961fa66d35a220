import KobaiPreconditions

/// A layer of chapter 5: forward, then backward. What the way back needs, a layer keeps from the way forward.
public protocol Layer: AnyObject {
  /// The layer's answer to x.
  ///
  /// - Parameters:
  ///   - x: a batch, one sample at each index of the first axis.
  ///   - train: whether the network is being trained; dropout and batch normalisation do otherwise then.
  func forward(_ x: NDArray, train: Bool) -> NDArray
  /// From the loss's derivative by the last answer, the derivative by the x that it answered to.
  func backward(_ dout: NDArray) -> NDArray
}

extension Layer {
  /// The layer's answer while it is being trained.
  public func forward(_ x: NDArray) -> NDArray { forward(x, train: true) }
}

/// A weight or bias: what a layer computes with, what the network's `params` list, and what an optimizer changes are the
/// same thing. (In Python every array is shared like that.)
public final class Parameter {
  /// What the layer computes with.
  public var value: NDArray
  /// The loss's derivative by it, from the last way back.
  public var gradient: NDArray

  /// A parameter that begins with `value`.
  public init(_ value: NDArray) { (self.value, gradient) = (value, .zeros(like: value)) }
}

/// What the way forward has left for the way back.
func kept<Value>(_ value: Value?) -> Value {
  guard let value else { fail("backward goes after forward", #fileID, #line) }
  return value
}
