import KobaiReport

/// A signal through three layers: two inputs, hidden layers of three and two, two outputs.
public struct ThreeLayerNetwork: Experiment {
  public let about = About(
    "ch03/three-layer-network", .threeLayers, en: "The forward pass of a three-layer network",
    ja: "3層ニューラルネットワークの信号伝達")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let w1 = Matrix([[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]])
    let b1 = [0.1, 0.2, 0.3]
    let w2 = Matrix([[0.1, 0.4], [0.2, 0.5], [0.3, 0.6]])
    let b2 = [0.1, 0.2]
    let w3 = Matrix([[0.1, 0.3], [0.2, 0.4]])
    let b3 = [0.1, 0.2]
    let x = Matrix(row: [1.0, 0.5])
    let a1 = x * w1 + b1
    let z1 = a1.map(sigmoid)
    lab.say("a1 = \(Numpy.array(a1.elements))\nz1 = \(Numpy.array(z1.elements))")
    let a2 = z1 * w2 + b2
    let z2 = a2.map(sigmoid)
    lab.say("a2 = \(Numpy.array(a2.elements))\nz2 = \(Numpy.array(z2.elements))")
    let y = z2 * w3 + b3  // the output layer's activation is the identity
    lab.say("y  = \(Numpy.array(y.elements))")
    return Outcome(["a1": a1.elements, "z1": z1.elements, "y": y.elements])
  }
}
