import KobaiReport

/// ReLU and sigmoid as nodes: ReLU's backward pass is a switch, sigmoid's is y (1 − y).
public struct ActivationLayers: Experiment {
  public let about = About(
    "ch05/activation-layers", .activationLayers, en: "ReLU and sigmoid layers, forward and backward",
    ja: "ReLUレイヤとSigmoidレイヤの順伝播・逆伝播")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let x = Matrix([[1.0, -0.5], [-2.0, 3.0]])
    let dout = Matrix([[1.0, 1.0], [1.0, 1.0]])
    lab.say("x =\n\(Numpy.rows(x))")
    lab.say("mask = x <= 0: \(x.elements.map { $0 <= 0 })")
    let reluOut = x.map(relu)
    let reluBack = Matrix(2, 2, zip(dout.elements, x.elements).map { $1 > 0 ? $0 : 0 })
    lab.say("relu(x) =\n\(Numpy.rows(reluOut))\ndx =\n\(Numpy.rows(reluBack))")
    let y = x.map(sigmoid)
    let sigmoidBack = Matrix(2, 2, zip(dout.elements, y.elements).map { $0 * $1 * (1 - $1) })
    lab.say("sigmoid(x) =\n\(Numpy.rows(y))\ndx =\n\(Numpy.rows(sigmoidBack))")
    let difference =
      zip(x.elements, sigmoidBack.elements).map { abs(numericalDifferentiation(sigmoid, $0) - $1) }.max() ?? 1
    lab.say(en: "largest difference from the numerical derivative: \(difference)", ja: "数値微分との最大の差：\(difference)")
    return Outcome([
      "relu": reluOut.elements, "relu dx": reluBack.elements, "sigmoid": y.elements, "sigmoid dx": sigmoidBack.elements,
      "difference": [difference],
    ])
  }
}
