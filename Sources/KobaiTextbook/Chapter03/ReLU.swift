import KobaiScratch

/// The ReLU function.
public struct ReLUFunction: Experiment {
  public let about = About("ch03/relu", .relu, en: "The graph of ReLU", ja: "ReLU関数のグラフ")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let values = [-1.0, 0.0, 2.0].map(relu)
    lab.say("relu([-1, 0, 2]) = \(NDArray(values))")
    return Outcome(["values": values], pictures: [curves(lab, "relu", [("ReLU", relu)], top: 5.5)])
  }
}
