import Kobai

/// The window that a convolution or a pooling moves over images, as a node's attributes say.
struct Window {
  let size: Size2D
  let stride: Size2D
  let padding: Size2D
  let dilation: Size2D
  private let extent: Size2D  // of the dilated window

  /// - Parameters:
  ///   - node: the node.
  ///   - kernel: the window's size; the attribute's unless given.
  ///   - mayBeDilated: whether there may be pixels between those of the window.
  /// - Throws: ``ONNXError`` for what Kobai's windows are not: dilated, padded on one side alone, rounded up.
  init(_ node: ONNXOperation, kernel: Size2D? = nil, mayBeDilated: Bool = false) throws(ONNXError) {
    let image = try node.image()
    size = try Self.pair(node, "kernel_shape", default: kernel)
    guard kernel == nil || kernel == size else { throw node.error("kernel_shape \(size) is not that of its weight") }
    guard size.height > 0, size.width > 0, size.height <= Limits.side, size.width <= Limits.side else {
      throw node.error("a window of \(size)")
    }
    stride = try Self.pair(node, "strides", default: 1)
    dilation = try Self.pair(node, "dilations", default: 1)
    guard mayBeDilated || dilation == 1 else {
      throw node.error("dilations \(dilation); Kobai's pooling has none")
    }
    extent = Size2D((size.height - 1) * dilation.height + 1, (size.width - 1) * dilation.width + 1)
    padding = try Self.padding(node, extent, stride, image)
    guard try node.integer("ceil_mode", default: 0) == 0 || Self.isEven(image, extent, stride, padding) else {
      throw node.error("ceil_mode 1 makes a window that exceeds the image; Kobai leaves it out")
    }
  }

  /// An attribute of two numbers.
  static func pair(
    _ node: ONNXOperation, _ name: String, atLeast least: Int = 1, default standard: Size2D?
  ) throws(ONNXError) -> Size2D {
    guard let values = try node.integers(name) else {
      guard let standard else { throw node.error("it has no \(name)") }
      return standard
    }
    guard values.count == 2, values.allSatisfy({ (least...Limits.side).contains($0) }) else {
      throw node.error("\(name) \(listed: values); two numbers from \(least) to \(Limits.side) are possible")
    }
    return Size2D(values[0], values[1])
  }

  private static func padding(
    _ node: ONNXOperation, _ size: Size2D, _ stride: Size2D, _ image: Shape
  ) throws(ONNXError) -> Size2D {
    let mode = try node.string("auto_pad", default: "NOTSET")
    let pads: [Int]
    switch mode {
    case "NOTSET": pads = try node.integers("pads") ?? [0, 0, 0, 0]
    case "VALID": pads = [0, 0, 0, 0]
    case "SAME_UPPER", "SAME_LOWER":
      func total(_ input: Int, _ size: Int, _ stride: Int) -> Int {
        max(((input + stride - 1) / stride - 1) * stride + size - input, 0)
      }
      let totals = [total(image[1], size.height, stride.height), total(image[2], size.width, stride.width)]
      let isUpper = mode == "SAME_UPPER"
      pads = totals.map { isUpper ? $0 / 2 : ($0 + 1) / 2 } + totals.map { isUpper ? ($0 + 1) / 2 : $0 / 2 }
    default: throw node.error("auto_pad \(mode) is unknown")
    }
    guard pads.count == 4, pads.allSatisfy({ (0..<Limits.side).contains($0) }) else {
      throw node.error("pads \(listed: pads); four numbers from 0 to \(Limits.side - 1) are possible")
    }
    guard pads[..<2] == pads[2...] else {
      throw node.error("pads \(listed: pads); Kobai pads opposite sides alike")
    }
    return Size2D(pads[0], pads[1])
  }

  /// What so many filters make of the windows of an image.
  func outputs(_ filters: Int, in image: Shape, padding: Size2D) -> Shape {
    [
      filters, max((image[1] + 2 * padding.height - extent.height) / stride.height + 1, 0),
      max((image[2] + 2 * padding.width - extent.width) / stride.width + 1, 0),
    ]
  }

  /// What so many filters of a transposed convolution make of an image.
  func spread(_ filters: Int, _ image: Shape, _ outer: Size2D) -> Shape {
    [
      filters, max((image[1] - 1) * stride.height - 2 * padding.height + extent.height + outer.height, 0),
      max((image[2] - 1) * stride.width - 2 * padding.width + extent.width + outer.width, 0),
    ]
  }

  private static func isEven(_ image: Shape, _ size: Size2D, _ stride: Size2D, _ padding: Size2D) -> Bool {
    (image[1] + 2 * padding.height - size.height) % stride.height == 0
      && (image[2] + 2 * padding.width - size.width) % stride.width == 0
  }
}

extension String.StringInterpolation {
  /// Integers with spaces between them.
  mutating func appendInterpolation(listed values: [Int]) {
    appendLiteral(values.map(String.init).joined(separator: " "))
  }
}
