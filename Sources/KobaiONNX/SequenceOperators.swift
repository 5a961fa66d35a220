import Kobai

/// Embeddings and recurrent layers.
extension GraphBuilder {
  mutating func embedding(_ layer: String) {
    let names = parameters("weight", of: layer)
    append("Cast", layer: layer, part: "index", attributes: [.integer("to", ONNXElementType.int64.rawValue)])
    append("Gather", layer: layer, inputs: names + [current])
  }

  /// ONNX's recurrent operators want steps first, and give (steps, directions, batch, hidden).
  ///
  /// - Parameter gates: the gates of ONNX's order, by their places in PyTorch's.
  mutating func recurrent(_ type: String, _ spec: some RecurrentSpec, gates: [Int], _ layer: String) {
    for l in 0..<spec.layers {
      let isLast = l == spec.layers - 1
      append("Transpose", layer: layer, part: "steps_l\(l)", attributes: [.integers("perm", [1, 0, 2])])
      var inputs = [current, weights("weight_ih", spec, gates, l, layer), weights("weight_hh", spec, gates, l, layer)]
      if spec.bias { inputs.append(biases(spec, gates, l, layer)) }
      let lastState = isLast && !spec.returnsSequence
      append(
        type, layer: layer, part: "states_l\(l)", inputs: inputs, output: lastState ? 1 : 0,
        attributes: [.integer("hidden_size", spec.hidden)]
          + (spec.bidirectional ? [.string("direction", "bidirectional")] : [])
          + (type == "GRU" ? [.integer("linear_before_reset", 1)] : []))
      append(
        "Transpose", layer: layer, part: "batch_l\(l)",
        attributes: [.integers("perm", lastState ? [1, 0, 2] : [2, 0, 1, 3])])
      append(
        "Reshape", layer: layer, part: isLast ? nil : "output_l\(l)",
        initializers: [constant(lastState ? [0, -1] : [0, 0, -1], "shape_l\(l)", of: layer)])  // 0: as it is
    }
  }

  private func directions(_ spec: some RecurrentSpec, _ l: Int) -> [String] {
    ["_l\(l)"] + (spec.bidirectional ? ["_l\(l)_reverse"] : [])
  }

  /// The rows of a parameter, gate by gate in ONNX's order.
  private func reordered(_ name: String, _ gates: [Int], _ layer: String) -> [Float] {
    let values = tensor(name, of: layer)?.elements ?? []
    let size = values.count / gates.count
    return gates.flatMap { values[$0 * size..<($0 + 1) * size] }
  }

  private mutating func weights(
    _ name: String, _ spec: some RecurrentSpec, _ gates: [Int], _ l: Int, _ layer: String
  ) -> String {
    let suffixes = directions(spec, l)
    let values = suffixes.flatMap { reordered(name + $0, gates, layer) }
    let rows = gates.count * spec.hidden
    return constant(
      values, [suffixes.count, rows, values.count / suffixes.count / rows], "\(name)_l\(l)", of: layer)
  }

  private mutating func biases(_ spec: some RecurrentSpec, _ gates: [Int], _ l: Int, _ layer: String) -> String {
    let suffixes = directions(spec, l)
    let values = suffixes.flatMap { suffix in
      ["bias_ih", "bias_hh"].flatMap { reordered($0 + suffix, gates, layer) }
    }
    return constant(values, [suffixes.count, values.count / suffixes.count], "bias_l\(l)", of: layer)
  }
}
