import KobaiReport
import KobaiScratch

/// A layer is a matrix product: the shapes of X · W must meet in the middle.
public struct MatrixProducts: Experiment {
  public let about = About(
    "ch03/matrix-products", .networkProducts, en: "Shapes and values of X·W", ja: "行列の積X·Wの形状と値")
  @Setting("x1", in: -1000...1000, en: "the first element of X", ja: "Xの1つ目の要素") var x1 = 1.0
  @Setting("x2", in: -1000...1000, en: "the second element of X", ja: "Xの2つ目の要素") var x2 = 2.0
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let a = NDArray([[1, 2], [3, 4]])
    let b = NDArray([[5, 6], [7, 8]])
    say("A", a, "B", b, lab)
    let c = NDArray([[1, 2, 3], [4, 5, 6]])
    let d = NDArray([[1, 2], [3, 4], [5, 6]])
    say("A", c, "B", d, lab)
    let x = NDArray([x1, x2])  // a vector: neither a row nor a column
    let w = NDArray([[1, 3, 5], [2, 4, 6]])
    say("X", x, "W", w, lab)
    let y = dot(x, w)
    let panels = [
      ShapeDiagram([.data("A", c.shape), .dot, .data("B", d.shape), .equals, .data("A·B", dot(c, d).shape)]).panel(),
      ShapeDiagram([.data("X", x.shape), .dot, .weights("W", w.shape), .equals, .data("Y", y.shape)]).panel(),
    ]
    let title = lab.words(en: "Shapes meet in the middle", ja: "積をとる2つの配列の形状")
    return Outcome(
      ["A·B": dot(a, b).elements, "2×3·3×2": dot(c, d).elements, "Y": y.elements],
      pictures: [Picture("matrix-products", Figure(title, panels))])
  }

  private func say(_ left: String, _ a: NDArray, _ right: String, _ b: NDArray, _ lab: Lab) {
    let product = dot(a, b)
    lab.say(
      "\(left)\(NDArray.text(a.shape)) · \(right)\(NDArray.text(b.shape)) = \(NDArray.text(product.shape))\n"
        + product.integerDescription)
  }
}
