import KobaiReport
import KobaiScratch

/// A signal through three layers: two inputs, hidden layers of three and two, two outputs.
public struct ThreeLayerNetwork: Experiment {
  public let about = About(
    "ch03/three-layer-network", .threeLayers, en: "The forward pass of a three-layer network",
    ja: "3層ニューラルネットワークの信号伝達")
  @Setting("x1", in: -100...100, en: "the first input", ja: "1つ目の入力") var x1 = 1.0
  @Setting("x2", in: -100...100, en: "the second input", ja: "2つ目の入力") var x2 = 0.5
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let w1 = NDArray([[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]])
    let b1 = NDArray([0.1, 0.2, 0.3])
    let w2 = NDArray([[0.1, 0.4], [0.2, 0.5], [0.3, 0.6]])
    let b2 = NDArray([0.1, 0.2])
    let w3 = NDArray([[0.1, 0.3], [0.2, 0.4]])
    let b3 = NDArray([0.1, 0.2])
    let x = NDArray([x1, x2])
    let a1 = dot(x, w1) + b1
    let z1 = sigmoid(a1)
    lab.say("a1 = \(a1)\nz1 = \(z1)")
    let a2 = dot(z1, w2) + b2
    let z2 = sigmoid(a2)
    lab.say("a2 = \(a2)\nz2 = \(z2)")
    let y = dot(z2, w3) + b3  // the output layer's activation is the identity
    lab.say("y  = \(y)")
    return Outcome(["a1": a1.elements, "z1": z1.elements, "y": y.elements])
  }
}
