/// What the layers of an imported network are called.
enum LayerName {
  /// The layer that a node is: PyTorch calls one "/block1/conv1/Conv"; the module is "block1.conv1".
  static func path(_ name: String, _ type: String) -> String {
    guard name.hasPrefix("/") else { return name.isEmpty ? type : name }
    var parts = name.split(separator: "/")
    if parts.count > 1, parts[parts.count - 1].hasPrefix(type) { parts.removeLast() }
    // In a Sequential it is "/stem/stem.0/Conv".
    let outermost = parts.indices.filter { $0 + 1 == parts.count || !parts[$0 + 1].hasPrefix("\(parts[$0]).") }
    return parts.isEmpty ? type : outermost.map { parts[$0] }.joined(separator: ".")
  }

  /// The layer whose parameter a tensor is: "conv1" for the weight "conv1.weight"; nil where its name does not say so.
  static func owner(of tensor: String, _ parameter: String) -> String? {
    guard tensor.hasSuffix(".\(parameter)"), tensor.count > parameter.count + 1 else { return nil }
    return String(tensor.dropLast(parameter.count + 1))
  }
}
