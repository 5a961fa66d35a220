import Kobai

/// Appends layers to the graph that an ONNX file becomes: it names them, checks their parameters, and keeps what those hold.
///
/// A layer is called what its parameters are called: "conv1" where the file has "conv1.weight", whatever the node's name is;
/// so are those of Kobai's own exports, and of PyTorch's. Where nodes have the same parameters, the layers share them.
struct LayerAppender {
  var graph = Graph()
  /// The elements of all parameters and buffers under their layers' names.
  private(set) var weights: [NamedTensor] = []
  private var names: [String: Int] = [:]  // how many layers would have each name
  private var sharing: [String: String] = [:]  // the layer that has parameters first, by the parameters
  private var flattened: [Graph.Value: ImportedValue] = [:]
  private var recurrent: [RecurrentStack.Part: ImportedValue] = [:]
  private var count = 0  // elements of the weights

  /// Appends a layer or merge of the values that an operation reads.
  mutating func append(_ spec: any NodeSpec, _ operation: ONNXOperation) throws(ONNXError) -> ImportedValue {
    guard !operation.values.isEmpty else { throw operation.error("it reads constants only") }
    guard operation.values.count == 1 || !(spec is any LayerSpec) else {
      throw operation.error("\(spec) takes one input, not \(operation.values.count)")
    }
    var values: [ImportedValue] = []
    for value in operation.values { values.append(try resolved(value)) }
    let isSame = values.allSatisfy { $0.shape == values[0].shape && $0.view == values[0].view }
    let keepsView = Self.takesAnyShape(spec) && isSame
    var sources: [Graph.Value] = []
    for i in values.indices {
      if values[i].padding != 0 || !keepsView { values[i] = try materialized(values[i]) }
      sources.append(try source(values[i]))
    }
    let signature = operation.parameters.map(\.signature).joined(separator: "\n")
    let shared = operation.parameters.isEmpty ? nil : sharing[signature]
    let name = unique(Self.name(of: operation, isShared: shared != nil))
    let trial: (output: Shape, tensors: [(name: String, shape: Shape)])
    do throws(BuildError) { trial = try spec.trial(inputs: values.map(\.shape), named: name) } catch {
      throw operation.error(error.reason)
    }
    if shared == nil {
      try keep(operation, as: name, wanted: trial.tensors, for: spec, values)
      sharing[signature] = name
    }
    let value = graph.append(name, spec, sources, weights: shared)
    var result = ImportedValue(value, trial.output)
    if keepsView, trial.output == values[0].shape {
      (result.layout, result.cause) = (values[0].layout, values[0].cause)
    }
    return result
  }

  /// The same value, as one of the graph: recurrent layers are appended as soon as it is known how much of them is read.
  mutating func resolved(_ imported: ImportedValue) throws(ONNXError) -> ImportedValue {
    guard case .recurrent(let stack, let output) = imported.source else { return imported }
    let part = RecurrentStack.Part(stack: stack.id, output: output)
    if recurrent[part] == nil { recurrent[part] = try append(stack.spec(output), stack.operation) }
    guard let layer = recurrent[part] else { return imported }
    var result = imported
    (result.source, result.shape) = (layer.source, layer.shape)
    return result
  }

  private func source(_ imported: ImportedValue) throws(ONNXError) -> Graph.Value {
    guard case .graph(let value) = imported.source else { throw imported.error("its layer is not part of the graph") }
    return value
  }

  /// Whether a layer computes the same of images and of the vectors that they make.
  private static func takesAnyShape(_ spec: any NodeSpec) -> Bool {
    spec is any ActivationSpec || spec is Affine || spec is Softmax || spec is Dropout || spec is Add
  }

  /// Says that a value is an output.
  mutating func output(_ name: String, _ imported: ImportedValue) throws(ONNXError) {
    guard !imported.isIndex else { throw ONNXError(layer: name, reason: "this output holds integers") }
    guard imported.layout.sample != nil else {
      throw imported.error("it makes \(imported.layout), which is an output; Kobai's begin with the batch")
    }
    var value = try source(materialized(resolved(imported)))
    if graph.isInput(value) { value = graph.append(unique("identity"), Identity(), [value]) }
    graph.output(name, value)
  }

  /// The value in the shape that the file has it in.
  private mutating func materialized(_ imported: ImportedValue) throws(ONNXError) -> ImportedValue {
    guard imported.padding == 0 else {
      throw imported.error("it pads by \(imported.padding); only a convolution can take that over")
    }
    guard imported.view != imported.shape else { return imported }
    guard imported.view.rank == 1 else {
      throw imported.error("it makes \(imported.view) of \(imported.shape); Kobai only flattens")
    }
    let source = try source(imported)
    if let known = flattened[source] { return known }
    let name = unique(LayerName.path(imported.cause.name, imported.cause.type))
    let result = ImportedValue(graph.append(name, Flatten(), [source]), imported.view)
    flattened[source] = result
    return result
  }

  /// Keeps the elements of a new layer's parameters, if they are those that it wants.
  private mutating func keep(
    _ operation: ONNXOperation, as layer: String, wanted: [(name: String, shape: Shape)], for spec: any NodeSpec,
    _ values: [ImportedValue]
  ) throws(ONNXError) {
    var rest = Dictionary(wanted.map { ($0.name, $0.shape) }) { first, _ in first }
    for parameter in operation.parameters {
      let name = "\(layer).\(parameter.name)"
      guard let shape = rest.removeValue(forKey: name) else {
        throw operation.error("\(spec) has no \(parameter.name) that this could be")
      }
      let sizes = parameter.sizes
      // Biases may have axes of size 1 in front or behind.
      guard sizes == (0..<shape.rank).map({ shape[$0] }) || shape.rank == 1 && parameter.count == shape[0]
      else {
        let inputs = values.map { $0.view.description }.joined(separator: " and ")
        throw operation.error(
          "its \(parameter.name) is \(sizes.isEmpty ? "a single number" : sizes.map(String.init).joined(separator: "×")), "
            + "but \(spec) of \(inputs) takes \(shape)")
      }
      count += shape.count
      guard count <= Limits.weights else {
        throw operation.error(
          "with its \(parameter.name) there are more than \(Limits.weights) weights; no more are read")
      }
      weights.append((name, Tensor(shape, parameter.elements())))
    }
    if let missing = wanted.first(where: { rest[$0.name] != nil }) {
      throw operation.error("\(spec) needs \(missing.name.dropFirst(layer.count + 1)), which it has not")
    }
  }

  private mutating func unique(_ name: String) -> String {
    let copies = names[name, default: 0] + 1
    names[name] = copies
    return copies == 1 ? name : unique("\(name)#\(copies)")
  }

  /// What a node's layer is called: "conv1" where it has "conv1.weight".
  private static func name(of operation: ONNXOperation, isShared: Bool) -> String {
    let owners = operation.parameters.lazy.compactMap { LayerName.owner(of: $0.constant.name, $0.name) }
    if !isShared, let owner = owners.first { return owner }
    return LayerName.path(operation.name, operation.type)
  }
}
