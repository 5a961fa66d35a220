/// What the book leaves to its reference: the backward pass of batch normalisation, node by node.
public struct GraphBatchNorm: Experiment {
  public let about = About(
    "ch06/graph-batch-norm", .batchNormAlgorithm, en: "Computational graphs: batch normalisation node by node",
    ja: "計算グラフ：Batch Normalization（ノードごと・1つにまとめた形）")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    lab.show([BookGraphs.batchNormalization])
  }
}
