extension NodeSpec {
  /// What would be built for inputs of these shapes: the shape of one sample of the output, and the names and shapes of the
  /// parameters and buffers. Nothing is allocated.
  ///
  /// - Throws: ``BuildError`` that names the node, where the inputs do not fit.
  package func trial(
    inputs: [Shape], named name: String
  ) throws(BuildError) -> (output: Shape, tensors: [(name: String, shape: Shape)]) {
    let value = Graph.Value(index: 0)
    let node = Graph.Node(
      name: name, spec: self, inputs: inputs.map { _ in value }, output: value, weights: name, index: 0)
    let trial = Construction(batch: 1, seed: 0, kernels: .default, nextActivations: [nil])
    let operation = try Kobai.Node.Operation(self, inputs, in: BuildScope([node], trial))
    let tensors: [(name: String, shape: Shape)] =
      trial.parameters.all.map { ($0.name, $0.value.shape) } + trial.buffers.map { ($0.name, $0.value.shape) }
    return (operation.output, tensors)
  }
}
