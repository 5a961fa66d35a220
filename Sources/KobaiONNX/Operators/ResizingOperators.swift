import Kobai

/// Pooling to a given size.
extension AdaptiveAveragePool2D: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {
    let input = Size2D(nodes.inputShapes[0][1], nodes.inputShapes[0][2])
    if size == 1 {
      nodes.append("GlobalAveragePool", nodes.inputs)
    } else if input.height % size.height == 0, input.width % size.width == 0 {
      let window = [input.height / size.height, input.width / size.width]
      nodes.append(
        "AveragePool", nodes.inputs, attributes: ["kernel_shape": .integers(window), "strides": .integers(window)])
    } else {
      nodes.multiply(
        "means", rows: Self.means(input.height, size.height), columns: Self.means(input.width, size.width), from: input,
        to: size)
    }
  }

  /// Which share each of `size` pixels has in each of `outputs` means.
  static func means(_ size: Int, _ outputs: Int) -> [Float] {
    (0..<size * outputs).map { place in
      let (i, o) = (place / outputs, place % outputs)
      let window = o * size / outputs..<((o + 1) * size + outputs - 1) / outputs
      return window.contains(i) ? 1 / Float(window.count) : 0
    }
  }
}

/// Written as Resize, or as a product with a matrix for each axis where scales are no whole numbers.
extension Upsample: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {
    let (from, to) = (nodes.inputShapes[0], nodes.outputShape)
    guard case .scale(let scale) = target else {
      return nodes.multiply(
        mode.rawValue, rows: Self.shares(from[1], to[1], mode), columns: Self.shares(from[2], to[2], mode),
        from: Size2D(from[1], from[2]), to: Size2D(to[1], to[2]))
    }
    let scales = nodes.constant(Tensor([4], [1, 1, Float(scale.height), Float(scale.width)]), "scales")
    let operands = nodes.inputs + [.none, scales]
    if mode == .bilinear {
      nodes.append(
        "Resize", operands, attributes: ["mode": "linear", "coordinate_transformation_mode": "half_pixel"])
    } else {
      nodes.append(
        "Resize", operands,
        attributes: ["mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"])
    }
  }

  /// Which share each of `size` pixels has in each of `outputs` that are made of them.
  static func shares(_ size: Int, _ outputs: Int, _ mode: UpsampleMode) -> [Float] {
    (0..<size * outputs).map { place in
      let (i, o) = (place / outputs, place % outputs)
      guard mode == .bilinear else { return o * size / outputs == i ? 1 : 0 }
      let center = (Double(o) + 0.5) * Double(size) / Double(outputs) - 0.5
      return Float(max(0, 1 - abs(min(max(center, 0), Double(size - 1)) - Double(i))))
    }
  }
}

extension ONNXNodes {
  /// Means over windows that ONNX's pooling lacks, and scales that are no whole numbers, which runtimes round differently, are
  /// products with a matrix for each axis: (size, outputs). The matrices of several kinds may be equal, although Kobai's
  /// layers round differently; their names tell which it was.
  fileprivate mutating func multiply(
    _ kind: String, rows: [Float], columns: [Float], from size: Size2D, to out: Size2D
  ) {
    let wide = append(
      "MatMul", inputs + [constant(.init([size.width, out.width], columns), "\(kind).columns")], part: "wide")
    let transposed = append("Transpose", [wide], part: "transposed", attributes: ["perm": [0, 1, 3, 2]])
    let high = append(
      "MatMul", [transposed, constant(.init([size.height, out.height], rows), "\(kind).rows")], part: "high")
    append("Transpose", [high], attributes: ["perm": [0, 1, 3, 2]])
  }
}
