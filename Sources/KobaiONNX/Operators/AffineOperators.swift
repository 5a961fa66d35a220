import Kobai

/// Written as Gemm, behind a Flatten where it reads images.
extension Affine: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {
    var vectors = nodes.inputs
    if nodes.inputShapes[0].rank != 1 {
      vectors = [nodes.append("Flatten", nodes.inputs, part: "flat", attributes: ["axis": 1])]
    }
    nodes.append("Gemm", vectors + nodes.parameters("weight", "bias"), attributes: ["transB": 1])
  }
}

extension ONNXOperators {
  mutating func registerAffine() {
    register("Gemm") { node in
      for factor in ["alpha", "beta"] {
        let value = try node.float(factor, default: 1)
        guard value == 1 else { throw node.error("\(factor) \(value); Kobai's Affine has none but 1") }
      }
      guard try node.integer("transA", default: 0) == 0 else {
        throw node.error("transA 1: it mixes the samples of a batch")
      }
      let isTransposed = try node.integer("transB", default: 0) == 0
      return try affine(&node, isTransposed: isTransposed)
    }
    register("MatMul") { node in try affine(&node, isTransposed: true) }
  }
}

/// A product with a constant matrix.
private func affine(_ node: inout ONNXOperation, isTransposed: Bool) throws -> Affine {
  let shape = try node.onlyValue().view
  guard shape.rank == 1 else { throw node.error("it multiplies \(shape), not vectors; flatten before it") }
  guard let sizes = try node.parameter("weight", from: 1, transposed: isTransposed), sizes.count == 2 else {
    throw node.error("its second operand is no matrix")
  }
  let hasBias =
    try node.parameter("bias", from: 2) != nil || node.takeAddition(as: "bias", channels: sizes[0], trailing: 0)
  return Affine(sizes[0], bias: hasBias)
}
