/// The chain rule on a graph: the derivative of the whole is the product of the local ones along the way.
public struct GraphChainRule: Experiment {
  public let about = About(
    "ch05/graph-chain-rule", .chainRule, en: "Computational graphs: the chain rule",
    ja: "計算グラフ：連鎖律")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    var outcome = lab.show([BookGraphs.sumTimes, BookGraphs.chainRule])
    outcome.pictures += lab.storyboard(BookGraphs.sumTimes)
    return outcome
  }
}
