import KobaiPreconditions

// Broadcasting (section 1.5.5 of the book): shapes are laid over each other from the last axis on; where one of them has
// length 1, or no axis at all, its elements are used again and again.

extension NDArray {
  /// The shape that two shapes broadcast to.
  ///
  /// - Throws: ``ShapeError`` where two axes differ and neither is 1.
  public static func broadcastShape(_ a: [Int], _ b: [Int]) throws(ShapeError) -> [Int] {
    let rank = Swift.max(a.count, b.count)
    var shape = [Int](repeating: 1, count: rank)
    for back in 1..<rank + 1 {
      let (m, n) = (back <= a.count ? a[a.count - back] : 1, back <= b.count ? b[b.count - back] : 1)
      guard m == n || m == 1 || n == 1 else {
        throw ShapeError(
          "operands could not be broadcast together with shapes \(ShapeError.text(a)) \(ShapeError.text(b))")
      }
      shape[rank - back] = m == 1 ? n : m
    }
    return shape
  }

  /// Every element put through `f`.
  public func map(_ f: (Double) -> Double) -> NDArray { NDArray(shape: shape, elements.map(f)) }

  /// Pairs of elements put through `f`, after both arrays were broadcast to one shape.
  @inline(__always)
  public static func map(_ a: NDArray, _ b: NDArray, _ f: (Double, Double) -> Double) -> NDArray {
    if a.shape == b.shape {
      var result = a
      result.combine(b, f)
      return result
    }
    let shape = checked(broadcastShape, a, b)
    let (width, count) = (shape.last ?? 1, shape.reduce(1, *))
    let (x, y) = (Places(a, in: shape), Places(b, in: shape))
    var result: [Double] = []
    result.reserveCapacity(count)
    for row in 0..<(width == 0 ? 0 : count / width) {
      let (m, n) = (x.start(ofRow: row), y.start(ofRow: row))
      for i in 0..<width { result.append(f(a.elements[m + i * x.step], b.elements[n + i * y.step])) }
    }
    return NDArray(shape: shape, result)
  }

  /// The array's elements repeated to fill a larger shape, as numpy's `broadcast_to`.
  public func broadcast(to shape: [Int]) -> NDArray {
    require(
      (try? Self.broadcastShape(self.shape, shape)) == shape,
      "shape \(ShapeError.text(self.shape)) cannot be broadcast to \(ShapeError.text(shape))")
    return Self.map(self, NDArray(repeating: 0, shape: shape)) { x, _ in x }
  }

  /// The sum over the axes along which `shape` was broadcast to the array's own: the way back of a broadcast, which is
  /// also the gradient's (db of an affine layer is the sum over its batch).
  public func sum(to shape: [Int]) -> NDArray {
    require(
      (try? Self.broadcastShape(shape, self.shape)) == self.shape,
      "shape \(ShapeError.text(shape)) cannot be broadcast to \(ShapeError.text(self.shape))")
    let added = rank - shape.count
    var result = self
    for axis in 0..<rank where axis < added || shape[axis - added] != self.shape[axis] {
      result = result.sum(axis: axis, keepDims: true)
    }
    return NDArray(shape: shape, result.elements)
  }

  /// What a rule says of two arrays' shapes, or the end of the process with its words.
  static func checked(
    _ rule: ([Int], [Int]) throws(ShapeError) -> [Int], _ a: NDArray, _ b: NDArray
  ) -> [Int] {
    do { return try rule(a.shape, b.shape) } catch { fail(error.description, #fileID, #line) }
  }

  /// In place; `b` may be broadcast, the array itself keeps its shape.
  @inline(__always)
  mutating func combine(_ b: NDArray, _ f: (Double, Double) -> Double) {
    let other = b.shape == shape ? b : b.broadcast(to: shape)
    for i in elements.indices { elements[i] = f(elements[i], other.elements[i]) }
  }
}

/// Where an array's elements are when it is seen in the larger shape that it is broadcast to.
private struct Places {
  /// From one element of a row to the next: 0 where the last axis is broadcast.
  let step: Int
  /// The length of every axis but the last, and how far its next index lies, 0 where it is broadcast.
  private var axes: [(length: Int, stride: Int)] = []

  init(_ array: NDArray, in shape: [Int]) {
    var strides = [Int](repeating: 0, count: shape.count)
    var stride = 1
    for back in 1..<array.rank + 1 {
      let length = array.shape[array.rank - back]
      strides[shape.count - back] = length == 1 ? 0 : stride
      stride *= length
    }
    step = strides.last ?? 0
    for axis in shape.indices.dropLast() { axes.append((shape[axis], strides[axis])) }
  }

  func start(ofRow row: Int) -> Int {
    var (rest, offset) = (row, 0)
    for axis in axes.reversed() {
      offset += rest % axis.length * axis.stride
      rest /= axis.length
    }
    return offset
  }
}
