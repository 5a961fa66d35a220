/// An element-wise activation as a layer.
///
/// Layers with kernels compute it in their own pass, while their outputs are in the cache: convolutions, batch normalisations,
/// sums behind them, and affine layers absorb every spec of this kind. One of your own says its function as a
/// `PointwiseActivation` and is absorbed like Kobai's:
///
/// ```swift
/// struct Squareplus: ActivationSpec, PointwiseActivation, Codable {
///   var description: String { "Squareplus" }
///   var keepsInput: Bool { true }
///   func forward(_ x: Kernels.Vector) -> Kernels.Vector { 0.5 * (x + (x * x + 4).squareRoot()) }
///   func backward(_ dy: Kernels.Vector, _ x: Kernels.Vector) -> Kernels.Vector {
///     dy * 0.5 * (1 + x / (x * x + 4).squareRoot())
///   }
/// }
/// ```
public protocol ActivationSpec: LayerSpec where Built == ActivationLayer {
  /// The function.
  var activation: Activation { get }
}

extension ActivationSpec where Self: PointwiseActivation {
  /// The spec's own function.
  @inlinable public var activation: Activation { .custom(CustomActivation(self)) }
}

extension NodeSpec {
  /// The function of a layer that is an element-wise activation; nil for all others.
  var pointwise: Activation? { (self as? any ActivationSpec)?.activation }
}

extension ActivationSpec {
  /// An activation accepts inputs of every shape and keeps the shape.
  public func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> ActivationLayer {
    if let reason = activation.invalidReason { throw scope.error(reason) }
    return ActivationLayer(activation, input, scope.kernels)
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

/// x where x > 0, else slope · x (Maas et al., 2013).
public struct LeakyReLU: ActivationSpec, Codable {
  /// What inputs below zero are multiplied with.
  public var slope: Float
  /// The default is PyTorch's.
  public init(_ slope: Float = 0.01) { self.slope = slope }
  public var activation: Activation { .leakyReLU(slope: slope) }
  public var preferredInitializer: Initializer? { .he }
  public var description: String { "LeakyReLU \(slope)" }
}

/// x where x > 0, else α (eˣ − 1) (Clevert et al., 2015).
public struct ELU: ActivationSpec, Codable {
  /// What large negative inputs approach, without the sign; it must not be negative.
  public var alpha: Float
  /// The default is PyTorch's.
  public init(alpha: Float = 1) { self.alpha = alpha }
  public var activation: Activation { .elu(alpha: alpha) }
  public var preferredInitializer: Initializer? { .he }
  public var description: String { "ELU" + (alpha == 1 ? "" : " \(alpha)") }
}

/// x · Φ(x), Φ the distribution function of the standard normal distribution (Hendrycks & Gimpel, 2016).
public struct GELU: ActivationSpec, Codable {
  /// How Φ is computed.
  public enum Approximation: String, Sendable, CaseIterable, Codable {
    /// Φ itself.
    case none
    /// ½ (1 + tanh(√(2/π) (x + 0.044715 x³))), as GPT-2 was trained with.
    case tanh
  }
  /// How Φ is computed.
  public var approximate: Approximation
  /// The default is PyTorch's.
  public init(approximate: Approximation = .none) { self.approximate = approximate }
  public var activation: Activation { approximate == .tanh ? .geluTanh : .gelu }
  public var preferredInitializer: Initializer? { .he }
  public var description: String { "GELU" + (approximate == .none ? "" : " \(approximate)") }
}

/// x / (1 + e⁻ˣ), also called swish (Elfwing et al., 2017).
public struct SiLU: ActivationSpec, Codable {
  /// There is nothing to set.
  public init() {}
  public var activation: Activation { .silu }
  public var preferredInitializer: Initializer? { .he }
  public var description: String { "SiLU" }
}

/// log(1 + e^(βx)) / β, a smooth ReLU; x itself where βx is above the threshold.
public struct Softplus: ActivationSpec, Codable {
  /// How sharp the bend is; it must be positive.
  public var beta: Float
  /// The βx from which on the function is x, which floats cannot tell apart from it at the default.
  public var threshold: Float
  /// The defaults are PyTorch's.
  public init(beta: Float = 1, threshold: Float = 20) { (self.beta, self.threshold) = (beta, threshold) }
  public var activation: Activation { .softplus(beta: beta, threshold: threshold) }
  public var preferredInitializer: Initializer? { .he }
  public var description: String {
    "Softplus" + (beta == 1 ? "" : " \(beta)") + (threshold == 20 ? "" : ", threshold \(threshold)")
  }
}

/// x · min(max(x + 3, 0), 6) / 6 (Howard et al., "Searching for MobileNetV3", 2019).
public struct HardSwish: ActivationSpec, Codable {
  /// There is nothing to set.
  public init() {}
  public var activation: Activation { .hardSwish }
  public var preferredInitializer: Initializer? { .he }
  public var description: String { "HardSwish" }
}

/// A built activation. It works in place, as far as the pass before it and its own gradient need not its input.
public final class ActivationLayer: Layer {
  public let output: Shape
  private let activation: Activation
  private let kernels: Kernels

  init(_ activation: Activation, _ shape: Shape, _ kernels: Kernels) {
    (self.activation, output, self.kernels) = (activation, shape, kernels)
  }

  public var retained: Retained { activation.keepsInput ? .input : .output }
  public var placement: Placement { .inPlace }

  public func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    try kernels.activationForward(activation, x.span, into: y.mutableSpan)
  }

  public func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    guard let dx else { return }
    try kernels.activationBackward(activation, dy.span, x: x.span, y: y.span, into: dx.mutableSpan)
  }
}
