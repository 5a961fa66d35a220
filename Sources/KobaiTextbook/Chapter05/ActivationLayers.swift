import KobaiReport
import KobaiScratch

/// ReLU and sigmoid as nodes: ReLU's backward pass is a switch, sigmoid's is y (1 − y).
public struct ActivationLayers: Experiment {
  public let about = About(
    "ch05/activation-layers", .activationLayers, en: "ReLU and sigmoid layers, forward and backward",
    ja: "ReLUレイヤとSigmoidレイヤの順伝播・逆伝播")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let x = NDArray([[1.0, -0.5], [-2.0, 3.0]])
    let dout = NDArray.ones(2, 2)
    lab.say("x =\n\(x)")
    lab.say("mask = (x <= 0) =\n\(x.map { $0 <= 0 ? 1 : 0 }.booleanDescription)")
    let (reluLayer, sigmoidLayer) = (Relu(), Sigmoid())
    let reluOut = reluLayer.forward(x)
    let reluBack = reluLayer.backward(dout)
    lab.say("relu(x) =\n\(reluOut)\ndx =\n\(reluBack)")
    let y = sigmoidLayer.forward(x)
    let sigmoidBack = sigmoidLayer.backward(dout)
    lab.say("sigmoid(x) =\n\(y)\ndx =\n\(sigmoidBack)")
    let difference =
      zip(x.elements, sigmoidBack.elements).map { abs(numericalDifferentiation(sigmoid, $0) - $1) }.max() ?? 1
    lab.say(en: "largest difference from the numerical derivative: \(difference)", ja: "数値微分との差の最大値：\(difference)")
    return Outcome([
      "relu": reluOut.elements, "relu dx": reluBack.elements, "sigmoid": y.elements, "sigmoid dx": sigmoidBack.elements,
      "difference": [difference],
    ])
  }
}
