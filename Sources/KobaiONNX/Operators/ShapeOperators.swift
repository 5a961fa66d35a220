import Kobai

extension Flatten: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {
    if nodes.inputShapes[0].rank != 1 { nodes.append("Flatten", nodes.inputs, attributes: ["axis": 1]) }
  }
}

// What changes no element: other shapes of values, and the arithmetic with shapes that PyTorch writes for
// x.view(x.size(0), -1).
extension ONNXOperators {
  mutating func registerShapes() {
    read("Identity") { node in
      if let constant = node.constant(0) { return .constant(constant) }
      return .value(try node.onlyValue())
    }
    read("Cast") { node in
      if let constant = node.constant(0) { return .constant(constant) }
      let type = try node.integer("to", default: 1)
      let floats: [ONNXElementType] = [.float, .float16, .bfloat16, .double]
      guard floats.contains(where: { $0.rawValue == type }) else {
        throw node.error("to the type \(type); Kobai computes in floats")
      }
      return .value(try node.onlyValue())
    }
    read("Flatten") { node in
      let value = try node.onlyValue()
      let axis = try node.integer("axis", default: 1)
      guard axis == 1 || axis == -value.view.rank else {
        throw node.error("from axis \(axis) on; Kobai flattens samples")
      }
      return .value(value.viewed(as: [value.view.count], by: node))
    }
    read("Reshape") { node in
      let value = try node.onlyValue()
      let sizes = try node.dimensions(1)
      guard let view = reshaped(value.view, to: sizes, batch: node.fixedBatch) else {
        let text = sizes.map { if case .size(let size) = $0 { "\(size)" } else { "batch" } }.joined(separator: "×")
        throw node.error("a batch of \(value.view) to \(text), which are no samples of as many elements")
      }
      return .value(value.viewed(as: view, by: node))
    }
    read("Squeeze") { node in
      let axes = try node.axes()
      if node.constant(0) != nil { return .constant(Constant(try node.dimensions(0), isScalar: true)) }
      let value = try node.onlyValue()
      let dropped = Set((axes ?? []).map { $0 < 0 ? $0 + value.view.rank + 1 : $0 })
      guard !dropped.isEmpty, dropped.allSatisfy({ (1...value.view.rank).contains($0) && value.view[$0 - 1] == 1 }),
        dropped.count < value.view.rank
      else { throw node.error("axes \(listed: axes ?? []) of \(value.view)") }
      let kept = (1...value.view.rank).filter { !dropped.contains($0) }.map { value.view[$0 - 1] }
      return .value(value.viewed(as: Shape(kept), by: node))
    }
    read("Unsqueeze") { node in .constant(Constant(try node.dimensions(0))) }
    read("Shape") { node in
      let shape = try node.onlyValue().view
      let all: [Constant.Dimension] = [.batch] + (0..<shape.rank).map { .size(shape[$0]) }
      let (start, end) = (try node.integer("start", default: 0), try node.integer("end", default: all.count))
      return .constant(Constant(Array(all[slice(start, end, all.count)])))
    }
    read("Gather") { node in
      let (all, indices) = (try node.dimensions(0), node.constant(1))
      let positions = (indices?.integers ?? []).map { $0 < 0 ? $0 + all.count : $0 }
      guard !positions.isEmpty, positions.allSatisfy(all.indices.contains) else {
        throw node.error("its indices are not in a shape")
      }
      return .constant(Constant(positions.map { all[$0] }, isScalar: indices?.sizes.isEmpty == true))
    }
    read("Slice") { node in
      let all = try node.dimensions(0)
      guard let start = node.constant(1)?.integers?.first, let end = node.constant(2)?.integers?.first,
        node.constant(4)?.integers ?? [1] == [1]
      else { throw node.error("it cuts more than a shape") }
      return .constant(Constant(Array(all[slice(start, end, all.count)])))
    }
  }
}

/// The part of so many elements that Python calls [start:end].
private func slice(_ start: Int, _ end: Int, _ count: Int) -> Range<Int> {
  func position(_ i: Int) -> Int { min(max(i < 0 ? max(i, -count) + count : i, 0), count) }
  return position(start)..<max(position(start), position(end))
}

/// The shape of a sample after a Reshape; nil where samples do not stay apart.
private func reshaped(_ view: Shape, to sizes: [Constant.Dimension], batch: Int?) -> Shape? {
  guard let first = sizes.first, (2...4).contains(sizes.count) else { return nil }
  switch first {
  case .batch, .size(-1), .size(0): break
  case .size(let size): guard size == batch else { return nil }
  }
  var (known, result) = (1, [Int?]())
  for (axis, dimension) in sizes.enumerated().dropFirst() {
    guard case .size(var size) = dimension else { return nil }
    if size == 0, axis - 1 < view.rank { size = view[axis - 1] }
    guard size == -1 || (1...view.count).contains(size) else { return nil }
    if size > 0 { known *= size }
    guard known <= view.count else { return nil }
    result.append(size > 0 ? size : nil)
  }
  let unknown = result.filter { $0 == nil }.count
  guard unknown < 2, unknown == 0 ? known == view.count : view.count % known == 0 else { return nil }
  if unknown == 1, first == .size(-1) { return nil }
  return Shape(result.map { $0 ?? view.count / known })
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
