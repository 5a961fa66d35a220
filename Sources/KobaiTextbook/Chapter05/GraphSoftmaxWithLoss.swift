/// Appendix A of the book: all the nodes together send back y − t.
public struct GraphSoftmaxWithLoss: Experiment {
  public let about = About(
    "ch05/graph-softmax-with-loss", .affineLayers,
    en: "Computational graphs: Softmax-with-Loss node by node and as one",
    ja: "計算グラフ：Softmax-with-Lossレイヤ（ノードごと・1つにまとめた形）")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    lab.show([BookGraphs.softmaxWithLoss, BookGraphs.softmaxWithLossBatch])
  }
}
