/// Functions of your own, element by element: the closure is given sixteen elements at a time, which the compiler turns into
/// vector instructions of the processor that the program is built for.
///
/// The bits are the same for every number of threads and every processor, for a closure that calculates with +, −, ·, /,
/// comparisons, `replacing(with:where:)` and square roots alone. (`pointwiseMax` and `pointwiseMin` of the standard library work
/// lane by lane, a hundred times slower.) The last elements of a row come with zeros behind them, for
/// which the results count nowhere.
///
/// Functions that such closures lack are kernels: ``exp(_:into:)``, ``log(_:into:)``, and the tanh and the logistic function of
/// ``activationForward(_:_:into:)``.
extension Kernels {
  /// Sixteen elements, the unit in which all kernels work.
  public typealias Vector = SIMD16<Float>

  /// y[i] = f(x[i]); y may lie where x does.
  ///
  /// ```swift
  /// try kernels.map(x.span, into: y.mutableSpan) { x in x.replacing(with: 0.01 * x, where: x .< 0) }  // LeakyReLU
  /// ```
  ///
  /// - Throws: `KernelError` where the lengths differ.
  @inlinable public func map(
    _ x: Span<Float>, into y: consuming MutableSpan<Float>, _ f: @Sendable (_ x: Vector) -> Vector
  ) throws(KernelError) {
    try map(x, rows: 1, into: y) { x, _ in f(x) }
  }

  /// y[i] = f(a[i], b[i]); y may lie where one of them does.
  ///
  /// - Throws: `KernelError` where the lengths differ.
  @inlinable public func map(
    _ a: Span<Float>, _ b: Span<Float>, into y: consuming MutableSpan<Float>,
    _ f: @Sendable (_ a: Vector, _ b: Vector) -> Vector
  ) throws(KernelError) {
    try map(a, b, rows: 1, into: y) { a, b, _ in f(a, b) }
  }

  /// y[i] = f(x[i], row), for what differs from row to row, such as a parameter of each channel.
  ///
  /// - Parameters:
  ///   - x: `rows` rows.
  ///   - rows: how many there are.
  ///   - y: as many elements; it may lie where x does.
  ///   - f: the function. It is told the row, which all sixteen elements are of.
  /// - Throws: `KernelError` where the lengths differ, or are no multiple of `rows`.
  @inlinable public func map(
    _ x: Span<Float>, rows: Int, into y: consuming MutableSpan<Float>,
    _ f: @Sendable (_ x: Vector, _ row: Int) -> Vector
  ) throws(KernelError) {
    try checkRows("map", rows, x.count, nil, into: y.count)
    let (x, to) = unsafe (ElementwiseInput(x), ElementwiseOutput(&y))
    forEachRun(rows: rows, columns: y.count / max(rows, 1)) { row, start, end in
      var i = start
      while i &+ 16 <= end {
        unsafe to.store(f(x.vector(i, 16), row), i, 16)
        i &+= 16
      }
      if i < end { unsafe to.store(f(x.vector(i, end &- i), row), i, end &- i) }
    }
  }

  /// y[i] = f(a[i], b[i], row); y may lie where one of them does.
  ///
  /// - Parameters:
  ///   - a: `rows` rows.
  ///   - b: as many elements.
  ///   - rows: how many there are.
  ///   - y: as many elements.
  ///   - f: the function. It is told the row, which all sixteen elements are of.
  /// - Throws: `KernelError` where the lengths differ, or are no multiple of `rows`.
  @inlinable public func map(
    _ a: Span<Float>, _ b: Span<Float>, rows: Int, into y: consuming MutableSpan<Float>,
    _ f: @Sendable (_ a: Vector, _ b: Vector, _ row: Int) -> Vector
  ) throws(KernelError) {
    try checkRows("map", rows, a.count, b.count, into: y.count)
    let (a, b, to) = unsafe (ElementwiseInput(a), ElementwiseInput(b), ElementwiseOutput(&y))
    forEachRun(rows: rows, columns: y.count / max(rows, 1)) { row, start, end in
      var i = start
      while i &+ 16 <= end {
        unsafe to.store(f(a.vector(i, 16), b.vector(i, 16), row), i, 16)
        i &+= 16
      }
      if i < end { unsafe to.store(f(a.vector(i, end &- i), b.vector(i, end &- i), row), i, end &- i) }
    }
  }

  /// sums[row] = Σ f(a[i], b[i]) over the row, always added up in the same order.
  ///
  /// - Parameters:
  ///   - a: `sums.count` rows.
  ///   - b: as many elements.
  ///   - sums: one for each row.
  ///   - f: the function; what it makes of the zeros behind a row's last elements is not added.
  /// - Throws: `KernelError` where `a` and `b` differ, or are no multiple of the number of rows.
  @inlinable public func sumRows(
    _ a: Span<Float>, _ b: Span<Float>, into sums: consuming MutableSpan<Float>,
    _ f: @Sendable (_ a: Vector, _ b: Vector) -> Vector
  ) throws(KernelError) {
    let rows = sums.count
    try checkRows("sum rows", rows, a.count, b.count, into: a.count)
    let columns = a.count / max(rows, 1)
    let (a, b) = unsafe (ElementwiseInput(a), ElementwiseInput(b))
    try parallelFor(rows, grain: max(1, Self.elementwiseGrain / max(columns, 1)), into: sums) { range, part in
      for row in range {
        var sum = Vector.zero
        let end = (row + 1) * columns
        var i = row * columns
        while i + 16 <= end {
          unsafe sum += f(a.vector(i, 16), b.vector(i, 16))
          i += 16
        }
        if i < end {
          unsafe sum += f(a.vector(i, end - i), b.vector(i, end - i)).keeping(first: end - i)
        }
        part[row - range.lowerBound] = sum.treeSum
      }
    }
  }

  /// Elements that are worth another thread.
  @usableFromInline static var elementwiseGrain: Int { 16384 }

  @usableFromInline func checkRows(
    _ kernel: StaticString, _ rows: Int, _ a: Int, _ b: Int?, into y: Int
  ) throws(KernelError) {
    let checks = Checks(kernel)
    try checks.count("b", b, a)
    try checks.count("y", y, a)
    try checks.require(
      rows > 0 ? a % rows == 0 : rows == 0 && a == 0, "\(a) elements are no \(rows) rows of the same length")
  }

  /// Calls `body` with runs of elements of one row each: the row, its first element, and the one behind its last.
  @inlinable @inline(__always) func forEachRun(
    rows: Int, columns: Int, _ body: @Sendable (_ row: Int, _ start: Int, _ end: Int) -> Void
  ) {
    let each = (columns + 15) / 16  // vectors of a row
    parallelFor(rows * each, grain: Self.elementwiseGrain / 16) { vectors in
      var (row, vector) = (vectors.lowerBound / each, vectors.lowerBound % each)
      var left = vectors.count
      while left > 0 {
        let end = min(each, vector + left)
        body(row, row * columns + vector * 16, row * columns + min(end * 16, columns))
        left -= end - vector
        (row, vector) = (row + 1, 0)
      }
    }
  }
}

/// Where elementwise functions write to: each thread elsewhere.
@safe @usableFromInline struct ElementwiseOutput: @unchecked Sendable {
  @usableFromInline let pointer: UnsafeMutableRawPointer?

  @inlinable @unsafe init(_ span: inout MutableSpan<Float>) {
    unsafe pointer = span.withUnsafeMutableBytes { $0.baseAddress }
  }

  @unsafe init(_ pointer: UnsafeMutablePointer<Float>?) { unsafe self.pointer = UnsafeMutableRawPointer(pointer) }

  @inlinable @inline(__always) @unsafe func store(_ vector: Kernels.Vector, _ start: Int, _ lanes: Int) {
    if lanes == 16 {
      unsafe pointer!.storeBytes(of: vector, toByteOffset: start &* 4, as: Kernels.Vector.self)
    } else {
      for i in 0..<lanes { unsafe pointer!.storeBytes(of: vector[i], toByteOffset: (start &+ i) &* 4, as: Float.self) }
    }
  }
}

/// Where they read from. A pointer rather than a span: the compiler keeps it in a register all along a row.
@safe @usableFromInline struct ElementwiseInput: @unchecked Sendable {
  @usableFromInline let pointer: UnsafeRawPointer?

  @inlinable @unsafe init(_ span: Span<Float>) { unsafe pointer = span.withUnsafeBytes { $0.baseAddress } }

  @unsafe init(_ pointer: UnsafePointer<Float>?) { unsafe self.pointer = UnsafeRawPointer(pointer) }

  /// The elements `start ..< start + lanes`, which must be there, and zeros behind them.
  @inlinable @inline(__always) @unsafe func vector(_ start: Int, _ lanes: Int) -> Kernels.Vector {
    if lanes == 16 {
      return unsafe pointer!.loadUnaligned(fromByteOffset: start &* 4, as: Kernels.Vector.self)
    }
    var vector = Kernels.Vector.zero
    for i in 0..<lanes {
      vector[i] = unsafe pointer!.loadUnaligned(fromByteOffset: (start &+ i) &* 4, as: Float.self)
    }
    return vector
  }
}

extension SIMD16<Float> {
  /// Zeros behind the first `count` elements.
  @inlinable func keeping(first count: Int) -> Self {
    var kept = self
    for i in count..<16 { kept[i] = 0 }
    return kept
  }

  /// The sum of the elements, in the tree in which the kernels add up theirs.
  @inlinable var treeSum: Float {
    let eight = lowHalf + highHalf
    let four = eight.lowHalf + eight.highHalf
    return (four.x + four.z) + (four.y + four.w)
  }
}
