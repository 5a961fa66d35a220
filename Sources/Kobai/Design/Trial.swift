extension NodeSpec {
  /// What would be built for inputs of these shapes: the shape of one sample of the output, and the names and shapes of the
  /// parameters and buffers. Nothing is allocated.
  ///
  /// - Throws: ``BuildError`` that names the node, where the inputs do not fit.
  package func trial(
    inputs: [Shape], named name: String
  ) throws(BuildError) -> (output: Shape, tensors: [NamedShape]) {
    var graph = Graph()
    let values = inputs.enumerated().map { graph.input("input\($0)", $1) }
    graph.output("output", graph.append(name, self, values))
    if let problem = graph.problem { throw problem }
    let trial = Construction(batch: 1, seed: 0, kernels: .default, of: graph)
    let operation = try Kobai.Node.Operation(self, inputs, in: BuildScope(graph.nodes, trial))
    return (operation.output, trial.tensors)
  }
}
