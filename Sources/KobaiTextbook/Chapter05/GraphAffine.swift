/// Matrices on a graph: every derivative has the shape of what it belongs to.
public struct GraphAffine: Experiment {
  public let about = About(
    "ch05/graph-affine", .affineLayers, en: "Computational graphs: the matrix product and Affine, with shapes",
    ja: "計算グラフ：行列の積とAffineレイヤ（形状つき）")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    lab.show([BookGraphs.dot, BookGraphs.affine, BookGraphs.affineBatch])
  }
}
