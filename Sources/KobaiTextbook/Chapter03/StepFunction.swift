import KobaiScratch

/// The step function.
public struct StepFunction: Experiment {
  public let about = About(
    "ch03/step-function", .stepFunction, en: "The graph of the step function", ja: "ステップ関数のグラフ")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let values = [-1.0, 1.0, 2.0].map(stepFunction)
    lab.say("step_function([-1, 1, 2]) = \(NDArray(values))")
    return Outcome(["values": values], pictures: [curves(lab, "step-function", [("step", stepFunction)])])
  }
}
