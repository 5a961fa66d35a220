import KobaiReport
import KobaiScratch

/// The gradient at every point; its negative points the way down.
public struct Gradient2D: Experiment {
  public let about = About(
    "ch04/gradient-2d", .gradient, en: "The gradient field of x0² + x1² as arrows", ja: "x0² + x1² の勾配を矢印で図示")
  @Setting("h", in: 1e-15...1, en: "h of the central difference", ja: "中心差分の h") var h = 1e-4
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    var figures: [String: [Double]] = [:]
    for point in [[3.0, 4.0], [0.0, 2.0], [3.0, 0.0]] {
      let gradient = numericalGradient(PartialDerivatives.f, NDArray(point), h: h)
      figures["\(Int(point[0])),\(Int(point[1]))"] = gradient.elements
      lab.say("numerical_gradient(f, \(NDArray(point))) = \(gradient)")
    }
    let grid = NDArray.arange(-2, 2.5, step: 0.25).elements
    let arrows = grid.flatMap { x0 in
      grid.map { x1 in
        let g = numericalGradient(PartialDerivatives.f, NDArray([x0, x1]), h: h)
        return Mark.Arrow(x: x0, y: x1, dx: -g[0] * 0.05, dy: -g[1] * 0.05)
      }
    }
    let panel = Panel(
      x: Axis("x0", range: -2.1...2.4), y: Axis("x1", range: -2.1...2.4), size: (400, 400), legend: .none,
      [.arrows(arrows)])
    let title = lab.words(en: "−gradient of x0² + x1²", ja: "x0² + x1² の負の勾配")
    return Outcome(figures, pictures: [Picture("gradient-2d", Figure(title, panel))])
  }
}
