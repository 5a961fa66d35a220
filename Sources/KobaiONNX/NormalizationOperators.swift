import Kobai

/// Normalisation within each sample.
extension GraphBuilder {
  mutating func append(_ norm: LayerNorm, _ layer: String, _ input: Shape) {
    require(operatorSet: 17)
    let shape = norm.shape ?? [input[input.rank - 1]]
    var names = parameters("weight", "bias", of: layer)
    if names.isEmpty {
      let ones = [Float](repeating: 1, count: shape.count)
      names = [constant(ones, (0..<shape.rank).map { shape[$0] }, "weight", of: layer)]
    }
    append(
      "LayerNormalization", layer: layer, initializers: names,
      attributes: [.integer("axis", -shape.rank), .float("epsilon", norm.epsilon)])
  }

  /// ONNX's own group normalisation came late: each group is an instance of its own here.
  mutating func append(_ norm: GroupNorm, _ layer: String, _ input: Shape) {
    let groups = [Int64(0), Int64(norm.groups), -1]  // 0: as it is
    append("Reshape", layer: layer, part: "groups", initializers: [constant(groups, "groups_shape", of: layer)])
    let ones = constant([Float](repeating: 1, count: norm.groups), [norm.groups], "ones", of: layer)
    let zeros = constant([Float](repeating: 0, count: norm.groups), [norm.groups], "zeros", of: layer)
    append(
      "InstanceNormalization", layer: layer, part: "normalized", initializers: [ones, zeros],
      attributes: [.float("epsilon", norm.epsilon)])
    let sizes = [-1] + (0..<input.rank).map { Int64(input[$0]) }  // -1: whatever the batch is
    append(
      "Reshape", layer: layer, part: norm.affine ? "channels" : nil, initializers: [constant(sizes, "shape", of: layer)]
    )
    guard norm.affine else { return }
    let channels = [input[0]] + [Int](repeating: 1, count: input.rank - 1)
    let weight = tensor("weight", of: layer)?.elements ?? []
    let bias = tensor("bias", of: layer)?.elements ?? []
    append(
      "Mul", layer: layer, part: "scaled", initializers: [constant(weight, channels, "weight", of: layer)])
    append("Add", layer: layer, initializers: [constant(bias, channels, "bias", of: layer)])
  }
}
