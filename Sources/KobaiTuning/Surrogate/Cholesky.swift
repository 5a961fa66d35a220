/// The lower triangular L of a symmetric, positive definite matrix A = L·Lᵀ.
///
/// With it, A⁻¹·b is two substitutions, and log |A| the sum of 2 log Lᵢᵢ: a Gaussian process needs no more.
struct Cholesky: Sendable {
  private let rows: [[Double]]  // row i has i + 1 elements

  /// - Parameter matrix: its rows; what is above the diagonal is not read.
  /// - Returns: nil where the matrix is not positive definite, as far as rounding lets one see.
  init?(_ matrix: [[Double]]) {
    var rows: [[Double]] = []
    for i in matrix.indices {
      var row: [Double] = []
      for j in 0...i {
        let known = (0..<j).reduce(0) { $0 + row[$1] * (j == i ? row[$1] : rows[j][$1]) }
        let rest = matrix[i][j] - known
        if j == i {
          guard rest > 0, rest.isFinite else { return nil }
          row.append(rest.squareRoot())
        } else {
          row.append(rest / rows[j][j])
        }
      }
      rows.append(row)
    }
    self.rows = rows
  }

  /// The diagonal of L.
  var diagonal: [Double] { rows.map { $0[$0.count - 1] } }

  /// L⁻¹·b, by forward substitution.
  func forward(_ b: [Double]) -> [Double] {
    var x: [Double] = []
    for (i, row) in rows.enumerated() {
      x.append((b[i] - (0..<i).reduce(0) { $0 + row[$1] * x[$1] }) / row[i])
    }
    return x
  }

  /// A⁻¹·b: forward substitution, and backward with Lᵀ.
  func solve(_ b: [Double]) -> [Double] {
    var x = forward(b)
    for i in rows.indices.reversed() {
      let known = (i + 1..<rows.count).reduce(0) { $0 + rows[$1][i] * x[$1] }
      x[i] = (x[i] - known) / rows[i][i]
    }
    return x
  }
}
