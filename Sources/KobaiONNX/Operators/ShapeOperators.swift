import Kobai

/// Written as Flatten.
extension Flatten: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {
    if nodes.inputShapes[0].rank != 1 { nodes.append("Flatten", nodes.inputs, attributes: ["axis": 1]) }
  }
}

// What is known before the network runs: the arithmetic with shapes that PyTorch writes for x.view(x.size(0), -1), and states
// of zeros.
extension ONNXOperators {
  mutating func registerShapes() {
    read("Shape", .anyLayout) { node in
      let value = try node.onlyValue()
      // Zeros that the next convolution will add are part of the tensor already (Pad takes images as they are alone).
      let grown = value.padding == 0 ? [] : [0, 0, 2 * value.padding.height, 2 * value.padding.width]
      let all = value.layout.dimensions.enumerated().map { axis, dimension in
        guard axis < grown.count, case .size(let size) = dimension else { return dimension }
        return .size(size + grown[axis])
      }
      let (start, end) = (try node.integer("start", default: 0), try node.integer("end", default: all.count))
      return .constant(Constant(Array(all[slice(start, end, all.count)])))
    }
    read("Slice") { node in
      if let number = node.constant(0)?.uniform { return .constant(Constant(uniform: number)) }
      let all = try node.dimensions(0)
      guard let start = node.constant(1)?.integers?.first, let end = node.constant(2)?.integers?.first,
        node.constant(4)?.integers ?? [1] == [1]
      else { throw node.error("it cuts more than a shape") }
      return .constant(Constant(Array(all[slice(start, end, all.count)])))
    }
    read("Mul") { node in
      guard let (a, b) = node.constant(0)?.integers.flatMap({ a in node.constant(1)?.integers.map { (a, $0) } }),
        a.count == 1, b.count == 1, !a[0].multipliedReportingOverflow(by: b[0]).overflow
      else { throw node.error("it is no part of a layer that Kobai has, such as SiLU or GroupNorm") }
      return .constant(Constant([.size(a[0] * b[0])]))
    }
    read("Expand") { node in
      guard let number = node.constant(0)?.uniform else { throw node.error("it repeats more than one number") }
      return .constant(Constant(uniform: number))
    }
    read("ConstantOfShape") { node in
      guard let number = try node.tensor("value").map({ $0.uniform }) ?? 0 else {
        throw node.error("its value is no float")
      }
      return .constant(Constant(uniform: number))
    }
  }
}

/// The part of so many elements that Python calls [start:end].
private func slice(_ start: Int, _ end: Int, _ count: Int) -> Range<Int> {
  func position(_ i: Int) -> Int { min(max(i < 0 ? max(i, -count) + count : i, 0), count) }
  return position(start)..<max(position(start), position(end))
}

extension ONNXOperation {
  /// The constant at a position as a shape, or as indices into one.
  func dimensions(_ position: Int) throws(ONNXError) -> [Constant.Dimension] {
    guard let dimensions = constant(position)?.dimensions else {
      throw error("its operand \(position + 1) is no shape that is known before the network runs")
    }
    return dimensions
  }

  /// Axes, which are an attribute in old files and an operand in newer ones.
  func axes() throws(ONNXError) -> [Int]? {
    if let axes = try integers("axes") { return axes }
    return constant(1)?.integers
  }
}
