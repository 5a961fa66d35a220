import KobaiScratch

/// The sigmoid function.
public struct SigmoidFunction: Experiment {
  public let about = About(
    "ch03/sigmoid", .sigmoid, en: "The graph of the sigmoid function", ja: "シグモイド関数のグラフ")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let values = [-1.0, 1.0, 2.0].map(sigmoid)
    lab.say("sigmoid([-1, 1, 2]) = \(NDArray(values))")
    return Outcome(["values": values], pictures: [curves(lab, "sigmoid", [("sigmoid", sigmoid)])])
  }
}
