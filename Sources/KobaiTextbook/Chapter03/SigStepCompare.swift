import KobaiScratch

/// Sigmoid and step: both squeeze everything between 0 and 1, but only one has a slope to learn from.
public struct SigStepCompare: Experiment {
  public let about = About(
    "ch03/sig-step-compare", .sigmoidAndStep, en: "Sigmoid and step function in one graph",
    ja: "シグモイド関数とステップ関数の比較")
  @Setting(
    "k", in: 0.01...1000, en: "k of the sigmoid of kx: the larger, the more like the step",
    ja: "sigmoid(kx) の k（大きいほどステップ関数に近づく）")
  var k = 1.0
  @Setting("range", in: 0.1...1000, en: "the graph is drawn from -range to range", ja: "グラフを描く範囲（±）") var range = 5.0
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let k = self.k
    func scaled(_ x: Double) -> Double { sigmoid(k * x) }
    let slope = numericalDifferentiation(scaled, 0)
    lab.say(
      en: "slope at 0: sigmoid \(slope.fixed(4)), step none", ja: "x = 0での傾き：シグモイド関数 \(slope.fixed(4))、ステップ関数は微分不可")
    let picture = curves(lab, "sig-step-compare", [("sigmoid", scaled), ("step", stepFunction)], range: range)
    return Outcome(["slope": [slope]], pictures: [picture])
  }
}
