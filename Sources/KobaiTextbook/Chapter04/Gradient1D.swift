import KobaiReport
import KobaiScratch

/// The numerical derivative of f(x) = 0.01 x² + 0.1 x, what goes wrong with a tiny h, and tangent lines.
public struct Gradient1D: Experiment {
  public let about = About(
    "ch04/gradient-1d", .differentiation, en: "Numerical differentiation and tangent lines", ja: "数値微分と接線")
  @Setting("h", in: 1e-60...1, en: "h of the forward difference", ja: "前方差分の h") var h = 1e-49
  public init() {}

  static func f(_ x: Double) -> Double { 0.01 * (x * x) + 0.1 * x }

  public func run(_ lab: Lab) throws -> Outcome {
    // With the h of the book, 5 + 1e-49 is 5 in floating point: the difference is nothing at all.
    let tiny = h
    let forward = [5.0, 10].map { (Self.f($0 + tiny) - Self.f($0)) / tiny }
    let central = [5.0, 10].map { numericalDifferentiation(Self.f, $0) }
    lab.say(en: "forward, h = \(h): \(forward[0]) \(forward[1])", ja: "前方差分、h = \(h)：\(forward[0]) \(forward[1])")
    lab.say(en: "central, h = 1e-4:  \(central[0]) \(central[1])", ja: "中心差分、h = 1e-4：\(central[0]) \(central[1])")
    let x = NDArray.arange(0, 20.1, step: 0.1).elements
    let panels = zip([5.0, 10], central).map { at, slope in
      Panel(
        "x = \(Int(at))", x: Axis("x"), y: Axis("f(x)", range: -1...6.5), size: (320, 240),
        [
          .line(.init("f(x)", x: x, y: x.map(Self.f))),
          .line(
            .init(lab.words(en: "tangent", ja: "接線"), x: x, y: x.map { Self.f(at) + slope * ($0 - at) }, dash: "5 3")),
          .points(.init(x: [at], y: [Self.f(at)], color: "#222222", radius: 4)),
        ])
    }
    return Outcome(
      ["forward": forward, "central": central],
      pictures: [Picture("gradient-1d", Figure("f(x) = 0.01x² + 0.1x", panels))])
  }
}
