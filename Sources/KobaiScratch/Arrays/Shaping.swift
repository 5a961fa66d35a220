import KobaiPreconditions

// The same elements in another shape or order, and parts of an array.

extension NDArray {
  /// The elements, still row by row, in another shape; one axis may be −1 and takes what is left.
  public func reshaped(_ shape: [Int]) -> NDArray {
    guard let free = shape.firstIndex(of: -1) else { return NDArray(shape: shape, elements) }
    var shape = shape
    shape[free] = 1
    let rest = shape.reduce(1, *)
    shape[free] = rest == 0 ? 0 : count / rest
    return NDArray(shape: shape, elements)
  }

  /// The same with the axes one by one: `x.reshaped(2, -1)`.
  public func reshaped(_ shape: Int...) -> NDArray { reshaped(shape) }

  /// All elements as a vector, numpy's `flatten`.
  public var flattened: NDArray { NDArray(elements) }

  /// The axes in reverse order, numpy's `T`: rows become columns.
  public var transposed: NDArray { transposed((0..<rank).reversed()) }

  /// The axes in the given order: of (N, H, W, C), `transposed(0, 3, 1, 2)` is (N, C, H, W).
  public func transposed(_ axes: Int...) -> NDArray { transposed(axes) }

  /// The axes in the given order.
  public func transposed(_ axes: [Int]) -> NDArray {
    require(
      axes.sorted() == Array(0..<rank), "axes \(Self.text(axes)) do not match an array of \(rank) axes")
    var strides = [Int](repeating: 1, count: rank)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    let (newShape, steps) = (axes.map { shape[$0] }, axes.map { strides[$0] })
    var result: [Double] = []
    result.reserveCapacity(count)
    appendElements(from: 0, axis: 0, newShape, steps, to: &result)
    return NDArray(shape: newShape, result)
  }

  private func appendElements(
    from offset: Int, axis: Int, _ shape: [Int], _ steps: [Int], to result: inout [Double]
  ) {
    guard axis < shape.count else { return result.append(elements[offset]) }
    if axis == shape.count - 1 {
      for i in 0..<shape[axis] { result.append(elements[offset + i * steps[axis]]) }
    } else {
      for i in 0..<shape[axis] {
        appendElements(from: offset + i * steps[axis], axis: axis + 1, shape, steps, to: &result)
      }
    }
  }

  /// What is at an index of the first axis, numpy's `x[i]`: a row of a matrix, an image of a batch.
  public func row(_ index: Int) -> NDArray {
    NDArray(shape: Array(shape.dropFirst()), rows(index..<index + 1).elements)
  }

  /// What is in a range of the first axis, numpy's `x[2:5]`.
  public func rows(_ range: Range<Int>) -> NDArray {
    require(rank > 0, "a single number has no rows")
    require(
      range.lowerBound >= 0 && range.upperBound <= shape[0],
      "rows \(range.lowerBound) ..< \(range.upperBound) are out of bounds for axis 0 with size \(shape[0])")
    let size = shape.dropFirst().reduce(1, *)
    return NDArray(
      shape: [range.count] + shape.dropFirst(), Array(elements[range.lowerBound * size..<range.upperBound * size]))
  }

  /// What is at the given indices of the first axis, numpy's `x[[3, 0, 3]]`: a mini-batch.
  public func rows(_ indices: [Int]) -> NDArray {
    require(rank > 0, "a single number has no rows")
    return NDArray(shape: [indices.count] + shape.dropFirst(), indices.flatMap { rows($0..<$0 + 1).elements })
  }

  /// Zeros around the last two axes, numpy's `pad`: a frame around every image.
  public func padded(_ pad: Int) -> NDArray {
    require(rank >= 2 && pad >= 0, "no frame of \(pad) around shape \(Self.text(shape))")
    guard pad > 0 else { return self }
    let (height, width) = (shape[rank - 2], shape[rank - 1])
    var result = NDArray(repeating: 0, shape: shape.dropLast(2) + [height + 2 * pad, width + 2 * pad])
    for row in 0..<count / Swift.max(width, 1) {
      let start = ((row / height) * (height + 2 * pad) + row % height + pad) * (width + 2 * pad) + pad
      for i in 0..<width { result.elements[start + i] = elements[row * width + i] }
    }
    return result
  }

  /// The way back of ``padded(_:)``: a frame less around every image.
  public func cropped(_ pad: Int) -> NDArray {
    require(
      rank >= 2 && pad >= 0 && shape.suffix(2).allSatisfy { $0 >= 2 * pad },
      "no frame of \(pad) in shape \(Self.text(shape))")
    guard pad > 0 else { return self }
    let (height, width) = (shape[rank - 2] - 2 * pad, shape[rank - 1] - 2 * pad)
    let planes = shape.dropLast(2).reduce(1, *)
    var kept: [Double] = []
    kept.reserveCapacity(planes * height * width)
    for row in 0..<planes * height {
      let start = ((row / height) * (height + 2 * pad) + row % height + pad) * (width + 2 * pad) + pad
      kept.append(contentsOf: elements[start..<start + width])
    }
    return NDArray(shape: shape.dropLast(2) + [height, width], kept)
  }
}
