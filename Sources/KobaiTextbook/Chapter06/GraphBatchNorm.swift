/// What the book leaves to its reference: the backward pass of batch normalisation, node by node.
public struct GraphBatchNorm: Experiment {
  public let about = About(
    "ch06/graph-batch-norm", .batchNormAlgorithm, en: "Computational graphs: batch normalisation node by node",
    ja: "計算グラフ：Batch Normalization（ノードごと・1つにまとめた形）")
  @Setting("gamma", in: -10...10, en: "scale γ of the second column", ja: "2列目のスケール γ") var gamma = 1.5
  @Setting("beta", in: -10...10, en: "shift β of the second column", ja: "2列目のシフト β") var beta = 1.0
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    lab.show([BookGraphs.batchNormalization(gamma: gamma, beta: beta)])
  }
}
