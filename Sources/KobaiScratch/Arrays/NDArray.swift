import KobaiPreconditions

/// An array of doubles with any number of axes, after numpy's `ndarray`: what the book computes with.
///
/// The elements lie row by row (the last axis is the nearest). A shape of `[]` is a single number, `[3]` a vector, `[2, 3]`
/// a matrix of two rows, `[N, C, H, W]` a batch of images. The operators work element by element and broadcast as numpy's
/// do; the matrix product is ``dot(_:)``. An array is a value: changing a copy leaves the original alone.
public struct NDArray: Sendable, Equatable {
  /// The length of each axis.
  public let shape: [Int]
  /// All elements, row by row.
  public internal(set) var elements: [Double]

  /// The elements, row by row, in the given shape.
  public init(shape: [Int], _ elements: [Double]) {
    require(shape.allSatisfy { $0 >= 0 }, "shape \(Self.text(shape)): no axis can be shorter than 0")
    let count = shape.reduce(1, *)
    require(elements.count == count, "cannot reshape array of size \(elements.count) into shape \(Self.text(shape))")
    (self.shape, self.elements) = (shape, elements)
  }

  /// A vector: one axis.
  public init(_ elements: [Double]) { self.init(shape: [elements.count], elements) }

  /// A matrix, from rows of the same length.
  public init(_ rows: [[Double]]) {
    let columns = rows.first?.count ?? 0
    require(rows.allSatisfy { $0.count == columns }, "the rows of a matrix must be of one length")
    self.init(shape: [rows.count, columns], rows.flatMap(\.self))
  }

  /// A single number, without axes.
  public init(_ number: Double) { self.init(shape: [], [number]) }

  /// The same number everywhere.
  public init(repeating number: Double, shape: [Int]) {
    self.init(shape: shape, [Double](repeating: number, count: shape.reduce(1, *)))
  }

  /// Zeros, as numpy's `zeros`.
  public static func zeros(_ shape: Int...) -> NDArray { NDArray(repeating: 0, shape: shape) }
  /// Ones, as numpy's `ones`.
  public static func ones(_ shape: Int...) -> NDArray { NDArray(repeating: 1, shape: shape) }
  /// Zeros in the shape of another array, as numpy's `zeros_like`.
  public static func zeros(like array: NDArray) -> NDArray { NDArray(repeating: 0, shape: array.shape) }

  /// start, start + step, … up to, but without, `stop`, as numpy's `arange`.
  public static func arange(_ start: Double, _ stop: Double, step: Double = 1) -> NDArray {
    require(step != 0, "arange: the step must not be 0")
    return NDArray((0..<Swift.max(0, Int(((stop - start) / step).rounded(.up)))).map { start + Double($0) * step })
  }

  /// 0, 1, 2, … up to, but without, `stop`.
  public static func arange(_ stop: Double) -> NDArray { arange(0, stop) }

  /// Arrays of one shape, one after the other along a new first axis, as numpy's `stack`.
  public init(stacking arrays: [NDArray]) {
    let shape = arrays.first?.shape ?? []
    for array in arrays {
      require(
        array.shape == shape,
        "all arrays must have the same shape: \(Self.text(shape)), \(Self.text(array.shape))")
    }
    self.init(shape: [arrays.count] + shape, arrays.flatMap(\.elements))
  }

  /// The number of axes, numpy's `ndim`.
  public var rank: Int { shape.count }
  /// The number of elements, numpy's `size`.
  public var count: Int { elements.count }

  /// The number that an array of one element holds.
  public var item: Double {
    require(count == 1, "can only convert an array of size 1 to a number, not one of shape \(Self.text(shape))")
    return elements[0]
  }

  /// The element at an index for every axis, counted from 0.
  public subscript(_ index: Int...) -> Double {
    get { elements[offset(index)] }
    set { elements[offset(index)] = newValue }
  }

  private func offset(_ index: [Int]) -> Int {
    require(index.count == rank, "\(index.count) indices for an array of \(rank) axes")
    var offset = 0
    for (axis, i) in index.enumerated() {
      require(
        i >= 0 && i < shape[axis], "index \(i) is out of bounds for axis \(axis) with size \(shape[axis])")
      offset = offset * shape[axis] + i
    }
    return offset
  }

  /// An axis from 0 on; below 0 it counts from the last one.
  func axis(_ axis: Int) -> Int {
    require(axis >= -rank && axis < rank, "axis \(axis) is out of bounds for array of dimension \(rank)")
    return axis < 0 ? axis + rank : axis
  }

  /// A shape as Python writes it: "()", "(3,)", "(2, 3)".
  public static func text(_ shape: [Int]) -> String {
    shape.count == 1 ? "(\(shape[0]),)" : "(\(shape.map(String.init).joined(separator: ", ")))"
  }
}

/// `let w: NDArray = [[0.1, 0.2], [0.3, 0.4]]`, to any depth.
extension NDArray: ExpressibleByArrayLiteral, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  public init(arrayLiteral rows: NDArray...) { self.init(stacking: rows) }
  public init(floatLiteral number: Double) { self.init(number) }
  public init(integerLiteral number: Int) { self.init(Double(number)) }
}
