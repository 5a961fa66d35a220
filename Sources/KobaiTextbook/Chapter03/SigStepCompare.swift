import KobaiScratch

/// Sigmoid and step: both squeeze everything between 0 and 1, but only one has a slope to learn from.
public struct SigStepCompare: Experiment {
  public let about = About(
    "ch03/sig-step-compare", .sigmoidAndStep, en: "Sigmoid and step function in one graph",
    ja: "シグモイド関数とステップ関数の比較")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let slope = numericalDifferentiation(sigmoid, 0)
    lab.say(
      en: "slope at 0: sigmoid \(slope.fixed(4)), step none", ja: "x = 0での傾き：シグモイド関数 \(slope.fixed(4))、ステップ関数は微分不可")
    let picture = curves(lab, "sig-step-compare", [("sigmoid", sigmoid), ("step", stepFunction)])
    return Outcome(["slope": [slope]], pictures: [picture])
  }
}
