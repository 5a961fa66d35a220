import KobaiScratch

/// The ReLU function.
public struct ReLUFunction: Experiment {
  public let about = About("ch03/relu", .relu, en: "The graph of ReLU", ja: "ReLU関数のグラフ")
  @Setting("x", in: -1000...1000, en: "the last input", ja: "最後の入力") var x = 2.0
  @Setting("range", in: 0.1...1000, en: "the graph is drawn from -range to range", ja: "グラフを描く範囲（±）") var range = 5.0
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let values = [-1.0, 0.0, x].map(relu)
    lab.say("relu([-1, 0, \(x.short)]) = \(NDArray(values))")
    return Outcome(
      ["values": values], pictures: [curves(lab, "relu", [("ReLU", relu)], range: range, top: range * 1.1)])
  }
}
