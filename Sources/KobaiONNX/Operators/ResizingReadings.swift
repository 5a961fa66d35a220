import Kobai

extension ONNXOperators {
  mutating func registerResizing() {
    register("Resize") { node in try upsample(node) }
    let transposed = { (product: Pattern) in Pattern.node("Transpose", [product], ["perm": [0, 1, 3, 2]]) }
    let wide = Pattern.node("MatMul", ["x", .constant("columns")])
    register(
      composite: "Resize", transposed(.node("MatMul", [transposed(wide), .constant("rows")])),
      operands: ["x", "rows", "columns"]
    ) { node in try resizing(node) }
  }
}

/// What a Resize of images is.
private func upsample(_ node: ONNXOperation) throws -> Upsample {
  let image = try node.image()
  guard node.operatorSet >= 11 else {
    throw node.error("of operator set \(node.operatorSet); convert it to 11 or later with onnx.version_converter")
  }
  for (name, wanted) in [("antialias", 0), ("exclude_outside", 0)] {
    let value = try node.integer(name, default: 0)
    guard value == wanted else { throw node.error("\(name) \(value); Kobai has \(wanted)") }
  }
  guard !node.has("axes"), try node.string("keep_aspect_ratio_policy", default: "stretch") == "stretch" else {
    throw node.error("for some axes, or to a size that is not kept; Kobai needs all four sizes or scales")
  }
  let (target, size) = try target(node, image)
  let mode = try mode(node, image, to: size)
  guard Shape([image[0], size.height, size.width]).count <= Limits.elements else {
    throw node.error("\(size) pixels of \(image[0]) channels are more than \(Limits.elements) numbers")
  }
  return switch target {
  case .scale(let scale): Upsample(scale: scale, mode: mode)
  case .size(let size): Upsample(size: size, mode: mode)
  }
}

private func target(_ node: ONNXOperation, _ image: Shape) throws -> (Upsample.Target, Size2D) {
  if let sizes = node.constant(3)?.dimensions {
    guard sizes.count == 4, sizes[0] == .batch || sizes[0] == node.fixedBatch.map({ .size($0) }),
      sizes[1] == .size(image[0]), case (.size(let height), .size(let width)) = (sizes[2], sizes[3]),
      (1...Limits.side).contains(height), (1...Limits.side).contains(width)
    else { throw node.error("to sizes that are no height and width of \(image)") }
    return (.size(Size2D(height, width)), Size2D(height, width))
  }
  guard let scales = node.constant(2)?.floats, scales.count == 4, scales[..<2] == [1, 1] else {
    throw node.error("its scales are not those of the height and width of images")
  }
  func side(_ size: Int, _ scale: Float) throws -> Int {
    let scaled = Double(size) * Double(scale)
    guard scaled >= 1, scaled <= Double(Limits.side), scaled == scaled.rounded() else {
      throw node.error("by \(scale), which makes no whole number of pixels of \(size)")
    }
    return Int(scaled)
  }
  let size = Size2D(try side(image[1], scales[2]), try side(image[2], scales[3]))
  guard scales[2...].allSatisfy({ $0 >= 1 && $0 == $0.rounded() }) else { return (.size(size), size) }
  return (.scale(Size2D(Int(scales[2]), Int(scales[3]))), size)
}

private func mode(_ node: ONNXOperation, _ image: Shape, to size: Size2D) throws -> UpsampleMode {
  // Where each pixel becomes as many others, several ways to round are the same.
  let isWhole = size.height % image[1] == 0 && size.width % image[2] == 0
  let coordinates = try node.string("coordinate_transformation_mode", default: "half_pixel")
  let mode = try node.string("mode", default: "nearest")
  let rounding = try node.string("nearest_mode", default: "round_prefer_floor")
  switch (mode, coordinates) {
  case ("linear", "half_pixel"): return .bilinear
  case ("linear", "pytorch_half_pixel") where size.height > 1 && size.width > 1: return .bilinear
  case ("nearest", "asymmetric") where rounding == "floor": return .nearest
  case ("nearest", "half_pixel") where isWhole && rounding.hasPrefix("round_prefer"): return .nearest
  default:
    throw node.error(
      "mode \(mode) at \(coordinates)\(mode == "nearest" ? " with \(rounding)" : ""); Kobai has linear at half_pixel, "
        + "and nearest at asymmetric with floor")
  }
}

/// What two products with matrices do to images, one to each axis.
private func resizing(_ node: ONNXOperation) throws -> any NodeSpec {
  let image = try node.image()
  guard let (rows, columns) = node.constant(1).flatMap({ rows in node.constant(2).map { (rows, $0) } }),
    rows.sizes.count == 2, columns.sizes.count == 2, rows.sizes[0] == image[1], columns.sizes[0] == image[2],
    rows.count > 0, columns.count > 0
  else { throw node.error("its matrices are not for images of \(image)") }
  let size = Size2D(rows.sizes[1], columns.sizes[1])
  guard Shape([image[0], size.height, size.width]).count <= Limits.elements else {
    throw node.error("\(size) pixels of \(image[0]) channels are more than \(Limits.elements) numbers")
  }
  func areBoth(_ shares: (Int, Int) -> [Float]) -> Bool {
    shares(image[1], size.height) == rows.floats && shares(image[2], size.width) == columns.floats
  }
  var possible: [(kind: String, spec: any NodeSpec)] = []
  for mode in UpsampleMode.allCases where areBoth({ Upsample.shares($0, $1, mode) }) {
    possible.append((mode.rawValue, Upsample(size: size, mode: mode)))
  }
  if areBoth(AdaptiveAveragePool2D.means) { possible.append(("means", AdaptiveAveragePool2D(size))) }
  guard let spec = possible.first(where: { rows.name.hasSuffix(".\($0.kind).rows") })?.spec ?? possible.first?.spec
  else {
    throw node.error("its products with matrices are no means of windows, and no enlargement, that Kobai has")
  }
  return spec
}
