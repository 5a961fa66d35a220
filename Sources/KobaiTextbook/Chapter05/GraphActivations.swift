/// ReLU is a switch; the four nodes of a sigmoid make one whose derivative is y (1 − y).
public struct GraphActivations: Experiment {
  public let about = About(
    "ch05/graph-activations", .activationLayers, en: "Computational graphs: ReLU; sigmoid node by node and as one",
    ja: "計算グラフ：ReLU、シグモイド（ノードごと・1つにまとめた形）")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    lab.show([BookGraphs.relu, BookGraphs.reluNegative, BookGraphs.sigmoid])
  }
}
