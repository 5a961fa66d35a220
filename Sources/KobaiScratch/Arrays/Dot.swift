import KobaiPreconditions

// The product of vectors and matrices (sections 1.5.5 and 3.3 of the book), with numpy's rules for one axis.

extension NDArray {
  /// The shape of a product: (m, k) · (k, n) is (m, n); a vector counts as a row on the left and as a column on the
  /// right, and that axis is gone from the result, so that two vectors give a number.
  ///
  /// - Throws: ``ShapeError`` where the inner lengths differ.
  public static func dotShape(_ a: [Int], _ b: [Int]) throws(ShapeError) -> [Int] {
    if a.isEmpty || b.isEmpty { return a + b }
    guard a.count <= 2, b.count <= 2 else {
      throw ShapeError("shapes \(ShapeError.text(a)) and \(ShapeError.text(b)): dot takes vectors and matrices")
    }
    let (last, first) = (a.count - 1, 0)
    guard a[last] == b[first] else {
      throw ShapeError(
        "shapes \(ShapeError.text(a)) and \(ShapeError.text(b)) not aligned: "
          + "\(a[last]) (dim \(last)) != \(b[first]) (dim \(first))")
    }
    return a.dropLast() + b.dropFirst()
  }

  /// The product of matrices, of a matrix and a vector, or of two vectors, as numpy's `dot`; times a number, as `*`.
  public func dot(_ other: NDArray) -> NDArray {
    let shape = Self.checked(Self.dotShape, self, other)
    if rank == 0 || other.rank == 0 { return self * other }
    let rows = rank == 2 ? self.shape[0] : 1
    let (inner, columns) = (other.shape[0], other.rank == 2 ? other.shape[1] : 1)
    var result = [Double](repeating: 0, count: rows * columns)
    let (a, b) = (elements.span, other.elements.span)
    var c = result.mutableSpan
    for i in 0..<rows {
      for k in 0..<inner {
        // A row of the result is a sum of rows of b, each times an element of a. The shapes keep every index in bounds.
        let factor = a[i * inner + k]
        let (to, from) = (i * columns, k * columns)
        for j in 0..<columns { unsafe c[unchecked: to &+ j] += factor * b[unchecked: from &+ j] }
      }
    }
    return NDArray(shape: shape, result)
  }
}

/// numpy's `dot`.
public func dot(_ a: NDArray, _ b: NDArray) -> NDArray { a.dot(b) }
