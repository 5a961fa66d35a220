import KobaiReport
import KobaiScratch

/// ReLU and sigmoid as nodes: ReLU's backward pass is a switch, sigmoid's is y (1 − y).
public struct ActivationLayers: Experiment {
  public let about = About(
    "ch05/activation-layers", .activationLayers, en: "ReLU and sigmoid layers, forward and backward",
    ja: "ReLUレイヤとSigmoidレイヤの順伝播・逆伝播")
  @Setting("x11", in: -100...100, en: "the input in row 1, column 1", ja: "入力の1行1列の要素") var x11 = 1.0
  @Setting("x12", in: -100...100, en: "the input in row 1, column 2", ja: "入力の1行2列の要素") var x12 = -0.5
  @Setting("x21", in: -100...100, en: "the input in row 2, column 1", ja: "入力の2行1列の要素") var x21 = -2.0
  @Setting("x22", in: -100...100, en: "the input in row 2, column 2", ja: "入力の2行2列の要素") var x22 = 3.0
  @Setting("dout", in: -100...100, en: "the derivative that comes back", ja: "上流から流れてくる微分") var dout = 1.0
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let x = NDArray([[x11, x12], [x21, x22]])
    let dout = self.dout * NDArray.ones(2, 2)
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
      zip(x.elements, sigmoidBack.elements).map { abs(self.dout * numericalDifferentiation(sigmoid, $0) - $1) }.max()
      ?? 1
    lab.say(en: "largest difference from the numerical derivative: \(difference)", ja: "数値微分との差の最大値：\(difference)")
    return Outcome([
      "relu": reluOut.elements, "relu dx": reluBack.elements, "sigmoid": y.elements, "sigmoid dx": sigmoidBack.elements,
      "difference": [difference],
    ])
  }
}
