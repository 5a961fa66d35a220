import KobaiReport

/// A layer is a matrix product: the shapes of X · W must meet in the middle.
public struct MatrixProducts: Experiment {
  public let about = About(
    "ch03/matrix-products", .networkProducts, en: "Shapes and values of X·W", ja: "X·Wの形状と値")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let a = Matrix([[1, 2], [3, 4]])
    let b = Matrix([[5, 6], [7, 8]])
    lab.say("A\(a.shape) · B\(b.shape) =\n\(Numpy.rows(a * b))")
    let c = Matrix([[1, 2, 3], [4, 5, 6]])
    let d = Matrix([[1, 2], [3, 4], [5, 6]])
    lab.say("A\(c.shape) · B\(d.shape) =\n\(Numpy.rows(c * d))")
    let x = Matrix(row: [1, 2])
    let w = Matrix([[1, 3, 5], [2, 4, 6]])
    let y = x * w
    lab.say("X\(x.shape) · W\(w.shape) = Y\(y.shape)\n\(Numpy.array(y.elements))")
    return Outcome(["A·B": (a * b).elements, "2×3·3×2": (c * d).elements, "Y": y.elements])
  }
}
