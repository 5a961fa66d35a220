import KobaiReport
import KobaiScratch

/// y = x² and its tangent, which the line through two points of the curve becomes as they draw together.
public struct TangentLine: Experiment {
  public let about = About(
    "ch04/tangent", .derivative, en: "y = x² with its tangent, and the secants that become it",
    ja: "y = x² とその接線、接線に近づく割線",
    question: Question(
      en: "What is a derivative, seen in a picture?", ja: "微分を図で見ると何なのか？",
      answerEn:
        "It is the slope of the tangent. The line through (x, f(x)) and (x + h, f(x + h)) turns into it as h goes "
        + "to 0: for x² at 1 its slope is 2 + h.",
      answerJa: "接線の傾きです。2点 (x, f(x)) と (x + h, f(x + h)) を通る直線（割線）は、hを0に近づけると接線に近づき、"
        + "x² の x = 1 では割線の傾きが 2 + h になります。"))
  @Setting("x", in: -100...100, en: "where the tangent touches", ja: "接点の x 座標") var x = 1.0
  @Setting("h", in: 1e-3...10, en: "h of the widest secant", ja: "最も離れた割線の h") var h = 1.0
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    func f(_ x: Double) -> Double { x * x }
    let at = x
    let steps = [h, h / 2, h / 10, h / 100]
    let secants = steps.map { (f(at + $0) - f(at)) / $0 }
    for (h, slope) in zip(steps, secants) {
      lab.say(
        en: "h = \(h.short): slope of the secant \(slope.rounded10)", ja: "h = \(h.short)：割線の傾き \(slope.rounded10)")
    }
    let slope = numericalDifferentiation(f, at)
    let intercept = f(at) - slope * at
    let equation = "y = \(slope.rounded6)x \(intercept < 0 ? "−" : "+") \(abs(intercept).rounded6)"
    lab.say(en: "tangent: \(equation)", ja: "接線：\(equation)")
    let ends = [at - 2.5, at + 2.5]
    let curve = NDArray.arange(ends[0], ends[1] + 0.025, step: 0.05).elements
    func line(_ name: String, _ slope: Double, color: String? = nil, dash: String? = nil, width: Double = 1.8) -> Mark {
      .line(.init(name, x: ends, y: ends.map { f(at) + slope * ($0 - at) }, color: color, width: width, dash: dash))
    }
    let drawn = zip(steps, secants).prefix(2)
    let marks =
      [.line(.init("y = x²", x: curve, y: curve.map(f)))]
      + [line(lab.words(en: "tangent", ja: "接線"), slope)]
      + zip(drawn, ["#228833", "#aa3377"]).map { secant, color in
        let h = secant.0.short
        return line(
          lab.words(en: "secant, h = \(h)", ja: "割線、h = \(h)"), secant.1, color: color, dash: "5 3", width: 1.3)
      }
      + [
        .points(
          .init(
            x: [at] + drawn.map { at + $0.0 }, y: [f(at)] + drawn.map { f(at + $0.0) }, color: "#222222", radius: 3.5))
      ]
    let highest = curve.map(f).max() ?? 1
    let panel = Panel(x: Axis("x"), y: Axis("y", range: min(-1.5, -highest * 0.1)...highest), size: (380, 320), marks)
    return Outcome(
      ["secants": secants, "slope": [slope], "intercept": [intercept]],
      pictures: [Picture("tangent", Figure(lab.words(en: "y = x² and its tangent", ja: "y = x² とその接線"), panel))])
  }
}
