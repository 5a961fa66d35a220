import Kobai

/// A smooth ReLU (Barron, "Squareplus", 2021) as an activation of one's own.
struct Squareplus: ActivationSpec, PointwiseActivation, Codable {
  var description: String { "Squareplus" }
  var keepsInput: Bool { true }
  func forward(_ x: Kernels.Vector) -> Kernels.Vector { 0.5 * (x + (x * x + 4).squareRoot()) }
  func backward(_ dy: Kernels.Vector, _ x: Kernels.Vector) -> Kernels.Vector {
    dy * 0.5 * (1 + x / (x * x + 4).squareRoot())
  }
}

/// The same without a layer around it.
func squareplusOfThree() throws -> [Float] {
  let (kernels, x): (Kernels, [Float]) = (Kernels(), [0, 1.5, -1.5])
  var y: [Float] = [0, 0, 0]
  struct Squareplus: PointwiseActivation {
    var keepsInput: Bool { true }
    func forward(_ x: Kernels.Vector) -> Kernels.Vector { 0.5 * (x + (x * x + 4).squareRoot()) }
    func backward(_ dy: Kernels.Vector, _ x: Kernels.Vector) -> Kernels.Vector {
      dy * 0.5 * (1 + x / (x * x + 4).squareRoot())
    }
  }
  try kernels.activationForward(.custom(CustomActivation(Squareplus())), x.span, into: y.mutableSpan)
  return y
}
