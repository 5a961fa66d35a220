import Kobai

// What changes no element of a value, only its axes or its type.
extension ONNXOperators {
  mutating func registerAxes() {
    read("Identity", .anyLayout) { node in
      if let constant = node.constant(0) { return .constant(constant) }
      return .value(try node.onlyValue())
    }
    read("Cast", .anyLayout) { node in
      if let constant = node.constant(0) { return .constant(constant) }
      var value = try node.onlyValue()
      let type = ONNXElementType(rawValue: try node.integer("to", default: 1))
      switch type {
      case .int64, .int32: value.isIndex = true
      case .float, .float16, .bfloat16, .double:
        guard !value.isIndex else {
          throw node.error("from integers to floats; Kobai has integers for tables of vectors alone")
        }
      default: throw node.error("to the type \(type?.rawValue ?? 0); Kobai computes in floats")
      }
      return .value(value)
    }
    read("Flatten", .indices) { node in
      let value = try node.onlyValue()
      let axis = try node.integer("axis", default: 1)
      guard axis == 1 || axis == -value.view.rank else {
        throw node.error("from axis \(axis) on; Kobai flattens samples")
      }
      return .value(value.laidOut(as: Layout([value.view.count]), by: node))
    }
    read("Reshape", .anyLayout) { node in
      let sizes = try node.dimensions(1)
      if node.constant(0) != nil { return .constant(Constant(try node.dimensions(0))) }
      let value = try node.onlyValue()
      guard let layout = value.layout.reshaped(to: sizes, batch: node.fixedBatch) else {
        let text = sizes.map { if case .size(let size) = $0 { "\(size)" } else { "batch" } }.joined(separator: "×")
        let from = value.layout.sample.map { "a batch of \($0)" } ?? "\(value.layout)"
        throw node.error("\(from) to \(text), which are no samples of as many elements")
      }
      return .value(value.laidOut(as: layout, by: node))
    }
    read("Transpose", .anyLayout) { node in
      let value = try node.onlyValue()
      let order = try node.integers("perm") ?? Array((0..<value.layout.rank).reversed())
      guard let layout = value.layout.transposed(order) else {
        throw node.error("perm \(listed: order) is no order of the axes of \(value.layout)")
      }
      return .value(value.laidOut(as: layout, by: node))
    }
    read("Squeeze", .anyLayout) { node in
      let axes = try node.axes()
      if node.constant(0) != nil { return .constant(Constant(try node.dimensions(0), isScalar: true)) }
      let value = try node.onlyValue()
      guard let axes, !axes.isEmpty, let layout = value.layout.squeezed(axes) else {
        throw node.error("axes \(listed: axes ?? []) of \(value.layout)")
      }
      return .value(value.laidOut(as: layout, by: node))
    }
    read("Unsqueeze", .anyLayout) { node in
      if node.constant(0) != nil { return .constant(Constant(try node.dimensions(0))) }
      let value = try node.onlyValue()
      guard let axes = try node.axes(), let layout = value.layout.unsqueezed(axes) else {
        throw node.error("it adds no axes to \(value.layout)")
      }
      return .value(value.laidOut(as: layout, by: node))
    }
  }
}
