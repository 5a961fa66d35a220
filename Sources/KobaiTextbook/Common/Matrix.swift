import Foundation
import KobaiPreconditions

/// A matrix of doubles with the operations the book uses, written as plainly as they are meant. The experiments that
/// explain how things work use it; those that train use Kobai's kernels.
public struct Matrix: Sendable, Equatable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// The elements row by row.
  public var elements: [Double]

  /// A matrix of so many rows and columns, from its elements row by row.
  public init(_ rows: Int, _ columns: Int, _ elements: [Double]) {
    require(elements.count == rows * columns, "\(elements.count) elements are not \(rows)×\(columns)")
    (self.rows, self.columns, self.elements) = (rows, columns, elements)
  }

  /// A matrix of zeros.
  public init(zeros rows: Int, _ columns: Int) {
    self.init(rows, columns, [Double](repeating: 0, count: rows * columns))
  }

  /// A matrix of rows of equal length.
  public init(_ rows: [[Double]]) {
    self.init(rows.count, rows.first?.count ?? 0, rows.flatMap(\.self))
  }

  /// A matrix of a single row.
  public init(row: [Double]) { self.init(1, row.count, row) }

  /// The element in that row and column, both from 0 on.
  public subscript(row: Int, column: Int) -> Double {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  /// A copy of one row.
  public func row(_ index: Int) -> [Double] { Array(elements[index * columns..<(index + 1) * columns]) }

  /// The shape as numpy prints it: "(2, 3)".
  public var shape: String { "(\(rows), \(columns))" }

  /// The transpose.
  public var transposed: Matrix {
    var result = Matrix(zeros: columns, rows)
    for i in 0..<rows { for j in 0..<columns { result[j, i] = self[i, j] } }
    return result
  }

  /// The matrix product (section 3.3.2 of the book).
  public static func * (a: Matrix, b: Matrix) -> Matrix {
    require(a.columns == b.rows, "\(a.shape) · \(b.shape) does not fit")
    var result = Matrix(zeros: a.rows, b.columns)
    for i in 0..<a.rows {
      for k in 0..<a.columns {
        let factor = a[i, k]
        for j in 0..<b.columns { result.elements[i * b.columns + j] += factor * b.elements[k * b.columns + j] }
      }
    }
    return result
  }

  /// Adds a row to every row.
  public static func + (a: Matrix, row: [Double]) -> Matrix {
    Matrix(a.rows, a.columns, a.elements.indices.map { a.elements[$0] + row[$0 % a.columns] })
  }

  /// The difference, element by element.
  public static func - (a: Matrix, b: Matrix) -> Matrix {
    Matrix(a.rows, a.columns, zip(a.elements, b.elements).map { $0 - $1 })
  }

  /// Every element times `factor`.
  public static func * (factor: Double, a: Matrix) -> Matrix { a.map { factor * $0 } }

  /// Every element put through `f`.
  public func map(_ f: (Double) -> Double) -> Matrix { Matrix(rows, columns, elements.map(f)) }

  /// The sum over the rows, for each column.
  public var columnSums: [Double] {
    (0..<columns).map { j in (0..<rows).reduce(0) { $0 + self[$1, j] } }
  }

  /// The column of the largest element of each row.
  public var argmax: [Int] {
    (0..<rows).map { i in (0..<columns).reduce(0) { self[i, $1] > self[i, $0] ? $1 : $0 } }
  }
}
