import KobaiScratch

/// The step function.
public struct StepFunction: Experiment {
  public let about = About(
    "ch03/step-function", .stepFunction, en: "The graph of the step function", ja: "ステップ関数のグラフ")
  @Setting("x", in: -1000...1000, en: "the last input", ja: "最後の入力") var x = 2.0
  @Setting("range", in: 0.1...1000, en: "the graph is drawn from -range to range", ja: "グラフを描く範囲（±）") var range = 5.0
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let values = [-1.0, 1.0, x].map(stepFunction)
    lab.say("step_function([-1, 1, \(x.short)]) = \(NDArray(values))")
    return Outcome(["values": values], pictures: [curves(lab, "step-function", [("step", stepFunction)], range: range)])
  }
}
