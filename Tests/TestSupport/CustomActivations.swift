public import KobaiKernels

/// LeakyReLU as a reader writes it: its derivative is taken from its output.
public struct OwnLeakyReLU: PointwiseActivation {
  public var slope: Float
  public init(_ slope: Float = 0.01) { self.slope = slope }
  public var keepsInput: Bool { false }
  public func forward(_ x: Kernels.Vector) -> Kernels.Vector { x.replacing(with: slope * x, where: .!(x .> 0)) }
  public func backward(_ dy: Kernels.Vector, _ y: Kernels.Vector) -> Kernels.Vector {
    dy.replacing(with: slope * dy, where: .!(y .> 0))
  }
}

/// Squareplus (Barron, 2021), a smooth ReLU: its derivative is taken from its input.
public struct OwnSquareplus: PointwiseActivation {
  public init() {}
  public var keepsInput: Bool { true }
  public func forward(_ x: Kernels.Vector) -> Kernels.Vector { 0.5 * (x + (x * x + 4).squareRoot()) }
  public func backward(_ dy: Kernels.Vector, _ x: Kernels.Vector) -> Kernels.Vector {
    dy * (0.5 * (1 + x / (x * x + 4).squareRoot()))
  }
}

extension Activation {
  /// Kobai's, also with constants that change what their derivatives are taken from, and two of one's own.
  public static let everyKind: [Activation] =
    allCases + [
      .leakyReLU(slope: -0.5), .elu(alpha: 0.3), .custom(CustomActivation(OwnLeakyReLU())),
      .custom(CustomActivation(OwnSquareplus())),
    ]
}
