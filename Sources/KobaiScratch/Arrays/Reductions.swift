import KobaiPreconditions

// Sums, means and largest elements, of everything or along an axis. `axis` counts from 0, or from the last one below 0;
// `keepDims` leaves the axis in the shape with length 1, so that the result broadcasts against the array.

extension NDArray {
  /// The sum of all elements.
  public func sum() -> Double { elements.reduce(0, +) }
  /// The mean of all elements.
  public func mean() -> Double { sum() / Double(count) }
  /// The standard deviation of all elements, numpy's `std`.
  public func std() -> Double {
    let deviations = self - mean()
    return (deviations * deviations).mean().squareRoot()
  }
  /// The largest element; there must be one.
  public func max() -> Double { elements[argmax()] }
  /// The smallest element; there must be one.
  public func min() -> Double { -(-self).max() }

  /// The sums along an axis.
  public func sum(axis: Int, keepDims: Bool = false) -> NDArray {
    reduce(axis, keepDims) { lane in lane.reduce(0) { $0 + elements[$1] } }
  }

  /// The means along an axis.
  public func mean(axis: Int, keepDims: Bool = false) -> NDArray {
    sum(axis: axis, keepDims: keepDims) / Double(shape[self.axis(axis)])
  }

  /// The largest elements along an axis.
  public func max(axis: Int, keepDims: Bool = false) -> NDArray {
    reduce(axis, keepDims) { lane in elements[largest(lane)] }
  }

  /// Where the largest element is, counted row by row; the first of several.
  public func argmax() -> Int { largest(stride(from: 0, to: count, by: 1)) }

  /// Where the largest elements along an axis are, for all other indices row by row; the first of several.
  public func argmax(axis: Int) -> [Int] {
    lanes(axis).map { lane in
      let place = largest(lane)
      var index = 0
      for (i, offset) in lane.enumerated() where offset == place { index = i }
      return index
    }
  }

  /// The offset of the largest element of a lane; a NaN counts as larger than everything, as in numpy.
  private func largest(_ lane: StrideTo<Int>) -> Int {
    var best: Int?
    for i in lane {
      guard let current = best else {
        best = i
        continue
      }
      if elements[current].isNaN { break }
      if elements[i] > elements[current] || elements[i].isNaN { best = i }
    }
    require(best != nil, "no largest element: an axis of \(Self.text(shape)) has no elements")
    return best ?? 0
  }

  private func reduce(_ axis: Int, _ keepDims: Bool, _ f: (StrideTo<Int>) -> Double) -> NDArray {
    let axis = self.axis(axis)
    var shape = self.shape
    if keepDims { shape[axis] = 1 } else { shape.remove(at: axis) }
    return NDArray(shape: shape, lanes(axis).map(f))
  }

  /// The offsets of the elements along an axis, for all other indices row by row.
  private func lanes(_ axis: Int) -> [StrideTo<Int>] {
    let axis = self.axis(axis)
    let (length, inner) = (shape[axis], shape[(axis + 1)...].reduce(1, *))
    return (0..<shape[..<axis].reduce(1, *)).flatMap { outer in
      (0..<inner).map { i in
        let start = outer * length * inner + i
        return stride(from: start, to: start + length * inner, by: inner)
      }
    }
  }
}
