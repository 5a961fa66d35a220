import KobaiReport
import KobaiScratch

/// A function of two variables: its surface, its level lines, and its derivative along each variable.
public struct PartialDerivatives: Experiment {
  public let about = About(
    "ch04/partial-derivatives", .partialDerivatives, en: "Partial derivatives of x0² + x1², with surface and contours",
    ja: "x0² + x1² の偏微分（曲面と等高線）")
  @Setting("x0", in: -100...100, en: "x0 of the point", ja: "微分を求める点の x0") var x0 = 3.0
  @Setting("x1", in: -100...100, en: "x1 of the point", ja: "微分を求める点の x1") var x1 = 4.0
  public init() {}

  static func f(_ x: NDArray) -> Double { (x * x).sum() }

  public func run(_ lab: Lab) throws -> Outcome {
    // ∂f/∂x0 with x1 held fast, and the other way round
    let along0 = numericalDifferentiation({ Self.f(NDArray([$0, x1])) }, x0)
    let along1 = numericalDifferentiation({ Self.f(NDArray([x0, $0])) }, x1)
    lab.say("∂f/∂x0 (\(x0.short), \(x1.short)) = \(along0)")
    lab.say("∂f/∂x1 (\(x0.short), \(x1.short)) = \(along1)")
    let surface = Surface(x: -3...3, y: -3...3, labels: ("x0", "x1", "f")) { Self.f(NDArray([$0, $1])) }
    let contours = Contours(x: -3...3, y: -3...3) { Self.f(NDArray([$0, $1])) }
    let levels = (1...9).map { Double($0) * 2 }
    let flat = Panel(
      lab.words(en: "contours", ja: "等高線"), x: Axis("x0", range: -3...3), y: Axis("x1", range: -3...3),
      size: (340, 340),
      legend: .none, showsGrid: false, [contours.bands(levels)] + contours.lines(levels, color: { _ in "#ffffff" }))
    return Outcome(
      ["derivatives": [along0, along1]],
      pictures: [
        Picture("surface", Figure("f(x0, x1) = x0² + x1²", surface.panel())),
        Picture("contours", Figure("x0² + x1²", flat)),
      ])
  }
}
