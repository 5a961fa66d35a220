import Kobai

/// Pooling to a given size, and upsampling.
extension GraphBuilder {
  mutating func append(_ pool: AdaptiveAveragePool2D, _ layer: String, _ input: Shape) {
    let (size, out) = (Size2D(input[1], input[2]), pool.size)
    if out == 1 {
      append("GlobalAveragePool", layer: layer)
    } else if size.height % out.height == 0, size.width % out.width == 0 {
      let window = Size2D(size.height / out.height, size.width / out.width)
      append("AveragePool", layer: layer, attributes: Self.window(window, window, 0))
    } else {
      multiply(
        layer, rows: Self.means(size.height, out.height), columns: Self.means(size.width, out.width), from: size,
        to: out)
    }
  }

  mutating func append(_ upsample: Upsample, _ layer: String, _ input: Shape, _ output: Shape) {
    let (size, out) = (Size2D(input[1], input[2]), Size2D(output[1], output[2]))
    guard case .scale(let scale) = upsample.target else {
      return multiply(
        layer, rows: Self.shares(size.height, out.height, upsample.mode),
        columns: Self.shares(size.width, out.width, upsample.mode), from: size, to: out)
    }
    let scales = constant([1, 1, Float(scale.height), Float(scale.width)], [4], "scales", of: layer)
    let linear = upsample.mode == .bilinear
    append(
      "Resize", layer: layer, inputs: [current, "", scales],
      attributes: [
        .string("mode", linear ? "linear" : "nearest"),
        .string("coordinate_transformation_mode", linear ? "half_pixel" : "asymmetric"),
      ] + (linear ? [] : [.string("nearest_mode", "floor")]))
  }

  /// Means over windows that ONNX's pooling lacks, and scales that are no whole numbers, which runtimes round differently, are
  /// products with a matrix for each axis: (size, outputs).
  private mutating func multiply(_ layer: String, rows: [Float], columns: [Float], from size: Size2D, to out: Size2D) {
    append(
      "MatMul", layer: layer, part: "wide",
      initializers: [constant(columns, [size.width, out.width], "columns", of: layer)])
    append("Transpose", layer: layer, part: "transposed", attributes: [.integers("perm", [0, 1, 3, 2])])
    append(
      "MatMul", layer: layer, part: "high",
      initializers: [constant(rows, [size.height, out.height], "rows", of: layer)])
    append("Transpose", layer: layer, attributes: [.integers("perm", [0, 1, 3, 2])])
  }

  /// Which share each of `size` pixels has in each of `outputs` means.
  private static func means(_ size: Int, _ outputs: Int) -> [Float] {
    (0..<size * outputs).map { place in
      let (i, o) = (place / outputs, place % outputs)
      let window = o * size / outputs..<((o + 1) * size + outputs - 1) / outputs
      return window.contains(i) ? 1 / Float(window.count) : 0
    }
  }

  /// Which share each of `size` pixels has in each of `outputs` that are made of them.
  private static func shares(_ size: Int, _ outputs: Int, _ mode: UpsampleMode) -> [Float] {
    (0..<size * outputs).map { place in
      let (i, o) = (place / outputs, place % outputs)
      guard mode == .bilinear else { return o * size / outputs == i ? 1 : 0 }
      let center = (Double(o) + 0.5) * Double(size) / Double(outputs) - 0.5
      return Float(max(0, 1 - abs(min(max(center, 0), Double(size - 1)) - Double(i))))
    }
  }
}
