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
  private var count = 0  // elements of the weights

  /// Appends a layer or merge of the values that an operation reads.
  mutating func append(_ spec: any NodeSpec, _ operation: ONNXOperation) throws(ONNXError) -> ImportedValue {
    var values = operation.values
    guard !values.isEmpty else { throw operation.error("it reads constants only") }
    guard values.count == 1 || !(spec is any LayerSpec) else {
      throw operation.error("\(spec) takes one input, not \(values.count)")
    }
    let isSame = values.allSatisfy { $0.shape == values[0].shape && $0.view == values[0].view }
    let keepsView = Self.takesAnyShape(spec) && isSame
    for i in values.indices {
      if values[i].padding != 0 || !keepsView { values[i] = try materialized(values[i]) }
    }
    let signature = operation.parameters.map { "\($0.name) \($0.constant.name) \($0.isTransposed)" }.joined(
      separator: "\n")
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
    let value = graph.append(name, spec, values.map(\.value), weights: shared)
    var result = ImportedValue(value, trial.output)
    if keepsView, trial.output == values[0].shape { (result.view, result.cause) = (values[0].view, values[0].cause) }
    return result
  }

  /// Whether a layer computes the same of images and of the vectors that they make.
  private static func takesAnyShape(_ spec: any NodeSpec) -> Bool {
    spec is any ActivationSpec || spec is Affine || spec is Softmax || spec is Dropout || spec is Add
  }

  /// Says that a value is an output.
  mutating func output(_ name: String, _ imported: ImportedValue) throws(ONNXError) {
    var imported = try materialized(imported)
    if graph.isInput(imported.value) {
      imported.value = graph.append(unique("identity"), Identity(), [imported.value])
    }
    graph.output(name, imported.value)
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
    if let known = flattened[imported.value] { return known }
    let value = graph.append(unique(Self.path(imported.cause.name, imported.cause.type)), Flatten(), [imported.value])
    let result = ImportedValue(value, imported.view)
    flattened[imported.value] = result
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
      let sizes = parameter.isTransposed ? parameter.constant.sizes.reversed() : parameter.constant.sizes
      // Biases may have axes of size 1 in front or behind.
      guard sizes == (0..<shape.rank).map({ shape[$0] }) || shape.rank == 1 && parameter.constant.count == shape[0]
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
      weights.append((name, Tensor(shape, parameter.elements)))
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
    if !isShared {
      for parameter in operation.parameters where parameter.constant.name.hasSuffix(".\(parameter.name)") {
        let name = parameter.constant.name.dropLast(parameter.name.count + 1)
        if !name.isEmpty { return String(name) }
      }
    }
    return path(operation.name, operation.type)
  }

  /// PyTorch calls a node "/block1/conv1/Conv"; the module is "block1.conv1".
  private static func path(_ name: String, _ type: String) -> String {
    guard name.hasPrefix("/") else { return name.isEmpty ? type : name }
    var parts = name.split(separator: "/")
    if parts.count > 1, parts[parts.count - 1].hasPrefix(type) { parts.removeLast() }
    // In a Sequential it is "/stem/stem.0/Conv".
    let outermost = parts.indices.filter { $0 + 1 == parts.count || !parts[$0 + 1].hasPrefix("\(parts[$0]).") }
    return parts.isEmpty ? type : outermost.map { parts[$0] }.joined(separator: ".")
  }
}

extension ONNXOperation.Parameter {
  /// The elements as the layer has them.
  fileprivate var elements: [Float] {
    let elements = constant.floats ?? []
    guard isTransposed else { return elements }
    let (rows, columns) = (constant.sizes[0], constant.sizes[1])
    var result = elements
    for j in 0..<columns { for i in 0..<rows { result[j * rows + i] = elements[i * columns + j] } }
    return result
  }
}
