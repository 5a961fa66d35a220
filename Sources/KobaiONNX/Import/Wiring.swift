/// Which nodes write and read the tensors of a graph.
struct Wiring {
  /// The node that computes each tensor.
  private(set) var writers: [String: Int] = [:]
  /// The nodes that read each tensor; twice where a node reads it twice.
  private(set) var readers: [String: [Int]] = [:]
  /// The tensors that are the graph's outputs.
  let outputs: Set<String>

  init(_ nodes: [ONNXNode], outputs: [ONNXValueInfo]) {
    self.outputs = Set(outputs.map(\.name))
    for (i, node) in nodes.enumerated() {
      for output in node.output where !output.isEmpty { writers[output] = i }
      for input in node.input where !input.isEmpty { readers[input, default: []].append(i) }
    }
  }

  /// Whether anything reads a tensor, or it is an output of the graph.
  func isUsed(_ tensor: String) -> Bool { readers[tensor] != nil || outputs.contains(tensor) }

  /// The only node that reads a tensor; nil where there are others, or where it is an output of the graph.
  func onlyReader(of tensor: String) -> Int? {
    guard let readers = readers[tensor], readers.count == 1, !outputs.contains(tensor) else { return nil }
    return readers[0]
  }

  /// Whether these nodes are all that read a tensor, which is no output of the graph.
  func isRead(_ tensor: String, onlyBy nodes: Set<Int>) -> Bool {
    !outputs.contains(tensor) && readers[tensor, default: []].allSatisfy(nodes.contains)
  }
}
