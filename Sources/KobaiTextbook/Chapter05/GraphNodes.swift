/// What every kind of node does to the derivative that comes back.
public struct GraphNodes: Experiment {
  public let about = About(
    "ch05/graph-nodes", .backwardOfNodes, en: "Computational graphs: +, ×, /, exp and log",
    ja: "計算グラフ：+、×、/、exp、logの逆伝播")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    lab.show(BookGraphs.nodes)
  }
}
