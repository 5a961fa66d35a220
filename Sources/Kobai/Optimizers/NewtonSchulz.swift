import KobaiKernels

/// Brings the singular values of a matrix near 1 by products of matrices alone: X ← a X + (b A + c A²) X with A = X Xᵀ, a few
/// times. The coefficients are Keller Jordan's (https://kellerjordan.github.io/posts/muon), which do not converge to 1,
/// but come between 0.7 and 1.2 in five steps.
final class NewtonSchulz {
  private static let (a, b, c): (Float, Float, Float) = (3.4445, -4.7750, 2.0315)
  private var current: Tensor
  private var next: Tensor
  private let square: Tensor
  private let polynomial: Tensor
  private let workspace = Workspace()

  /// - Parameters:
  ///   - elements: the most elements that a matrix has.
  ///   - side: the longest that the shorter side of a matrix is.
  init(elements: Int, side: Int) {
    (current, next) = (Tensor([elements]), Tensor([elements]))
    (square, polynomial) = (Tensor([side * side]), Tensor([side * side]))
  }

  /// Where the elements of the matrix are put before ``run(rows:columns:steps:on:)``.
  func input(_ count: Int) -> Tensor { current.prefix(count) }

  /// The matrix in ``input(_:)``, orthogonalised; it stays valid until the next one is put there.
  func run(rows: Int, columns: Int, steps: Int, on kernels: Kernels) throws(KernelError) -> Tensor {
    let (count, side) = (rows * columns, min(rows, columns))
    let isWide = rows <= columns  // else the polynomial stands on the right, and A is Xᵀ X
    let (a, b) = (square.prefix(side * side), polynomial.prefix(side * side))
    let norm = kernels.squaredNorm(current.prefix(count).span).squareRoot()
    kernels.scale(current.prefix(count).mutableSpan, by: 1 / (Float(norm) + 1e-7))
    let aShape = GemmShape(
      m: side, n: side, k: max(rows, columns), transposeA: !isWide, transposeB: isWide)
    for _ in 0..<steps {
      let (x, y) = (current.prefix(count), next.prefix(count))
      try kernels.gemm(aShape, x.span, x.span, into: a.mutableSpan, workspace: workspace)
      b.copy(from: a)
      try kernels.gemm(
        GemmShape(m: side, n: side, k: side), alpha: Self.c, a.span, a.span, beta: Self.b, into: b.mutableSpan,
        workspace: workspace)
      y.copy(from: x)
      let shape = GemmShape(m: rows, n: columns, k: side)
      if isWide {
        try kernels.gemm(shape, b.span, x.span, beta: Self.a, into: y.mutableSpan, workspace: workspace)
      } else {
        try kernels.gemm(shape, x.span, b.span, beta: Self.a, into: y.mutableSpan, workspace: workspace)
      }
      swap(&current, &next)
    }
    return current.prefix(count)
  }
}
