/// An element-wise activation as a layer.
public protocol ActivationSpec: LayerSpec where Built == ActivationLayer {
  /// The function.
  var activation: Activation { get }
}

extension ActivationSpec {
  /// An activation accepts inputs of every shape and keeps the shape.
  public func build(_ input: Shape, in scope: BuildScope) -> ActivationLayer {
    ActivationLayer(activation, input, scope.kernels)
  }
}

/// max(x, 0) (section 5.5.1 of the book).
public struct ReLU: ActivationSpec, Codable {
  /// There is nothing to set.
  public init() {}
  public var activation: Activation { .relu }
  public var preferredInitializer: Initializer? { .he }
  public var description: String { "ReLU" }
}

/// 1 / (1 + e⁻ˣ) (section 5.5.2).
public struct Sigmoid: ActivationSpec, Codable {
  /// There is nothing to set.
  public init() {}
  public var activation: Activation { .sigmoid }
  public var preferredInitializer: Initializer? { .xavier }
  public var description: String { "Sigmoid" }
}

/// The hyperbolic tangent.
public struct Tanh: ActivationSpec, Codable {
  /// There is nothing to set.
  public init() {}
  public var activation: Activation { .tanh }
  public var preferredInitializer: Initializer? { .xavier }
  public var description: String { "Tanh" }
}

/// 1 where x > 0, else 0 (section 3.2.2). Its gradient is 0 everywhere: nothing before it learns.
public struct Step: ActivationSpec, Codable {
  /// There is nothing to set.
  public init() {}
  public var activation: Activation { .step }
  public var description: String { "Step" }
}

/// x itself (section 3.5).
public struct Identity: ActivationSpec, Codable {
  /// There is nothing to set.
  public init() {}
  public var activation: Activation { .identity }
  public var description: String { "Identity" }
}

/// A built activation. Its gradient is a function of its output, so that it works in place.
public final class ActivationLayer: Layer {
  public let output: Shape
  private let activation: Activation
  private let kernels: Kernels

  init(_ activation: Activation, _ shape: Shape, _ kernels: Kernels) {
    (self.activation, output, self.kernels) = (activation, shape, kernels)
  }

  public var retained: Retained { .output }
  public var placement: Placement { .inPlace }

  public func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    try kernels.activationForward(activation, x.span, into: y.mutableSpan)
  }

  public func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    guard let dx else { return }
    try kernels.activationBackward(activation, dy.span, y: y.span, into: dx.mutableSpan)
  }
}
