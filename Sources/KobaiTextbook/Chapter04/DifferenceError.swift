import Foundation
import KobaiReport
import KobaiScratch

/// How wrong a numerical derivative is for h = 0.1 … 1e-16: too large an h truncates the series, too small a one leaves
/// nothing of the difference but rounding.
public struct DifferenceError: Experiment {
  public let about = About(
    "ch04/difference-error", .derivative, en: "Forward against central differences: their error over h",
    ja: "前方差分と中心差分：h と誤差の関係",
    question: Question(
      en: "Which h is best, and why not the smallest?", ja: "h はいくつが最適？　なぜ小さいほどよいわけではないのか？",
      answerEn:
        "The error of truncation falls with h, and with h² for the central difference, while that of rounding grows "
        + "as 1/h. So the forward difference is best near 1e-8, the central one near 1e-5 and hundreds of times better: the "
        + "book's 1e-4 is a good choice.",
      answerJa: "打ち切り誤差は前方差分なら h、中心差分なら h² に比例して小さくなりますが、丸め誤差は 1/h に比例して大きくなります。"
        + "そのため前方差分では1e-8、中心差分では1e-5付近が最適で、中心差分の誤差はその数百分の一になり、書籍の1e-4は妥当な値です。"))
  @Setting("x", in: -5...5, en: "where exp is differentiated", ja: "exp を微分する点") var x = 1.0
  @Setting("per_decade", in: 1...50, en: "values of h between two powers of ten", ja: "10倍ごとの h の個数") var perDecade = 4
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let (at, truth) = (x, exp(x))  // exp is its own derivative, and so are those below
    let hs = (0...15 * perDecade).map { pow(10, -1 - Double($0) / Double(perDecade)) }
    let forward = hs.map { abs((exp(at + $0) - exp(at)) / $0 - truth) }
    let central = hs.map { abs(numericalDifferentiation({ exp($0) }, at, h: $0) - truth) }
    lab.say(en: "h        forward    central", ja: "h        前方差分   中心差分")
    for i in stride(from: 0, to: hs.count, by: perDecade) {
      lab.say(String(format: "%-7.0e  %-9.1e  %.1e", hs[i], forward[i], central[i]))
    }
    var outcome = Outcome()
    let (most, least) = (
      Self.best(hs, forward), Self.best(hs, central)
    )
    outcome.figures["best forward"] = [most.h, most.error]
    outcome.figures["best central"] = [least.h, least.error]
    lab.say(
      en: String(
        format: "best: forward h = %.0e, error %.0e; central h = %.0e, error %.0e", most.h, most.error, least.h,
        least.error),
      ja: String(
        format: "誤差が最小：前方差分 h = %.0e で誤差 %.0e、中心差分 h = %.0e で誤差 %.0e", most.h, most.error, least.h, least.error))
    let slopes = [
      ("forward truncation", Self.slope(hs, forward, in: 1e-6...0.1)),
      ("central truncation", Self.slope(hs, central, in: 1e-4...0.1)),
      ("forward rounding", Self.slope(hs, forward, in: 1e-14...1e-9)),
      ("central rounding", Self.slope(hs, central, in: 1e-14...1e-7)),
    ]
    for (name, slope) in slopes { outcome.figures[name] = [slope] }
    let s = slopes.map { $0.1.fixed(2) }
    lab.say(
      en: "slope in the log-log plot: truncation \(s[0]) (forward), \(s[1]) (central); rounding \(s[2]), \(s[3])",
      ja: "両対数グラフでの傾き：打ち切り誤差 \(s[0])（前方差分）、\(s[1])（中心差分）、丸め誤差 \(s[2])、\(s[3])")
    outcome.pictures = [Picture("difference-error", picture(hs, forward, central, truth, lab))]
    return outcome
  }

  private static func best(_ hs: [Double], _ errors: [Double]) -> (h: Double, error: Double) {
    // An error of exactly 0 is luck, and has no place on a logarithmic axis.
    zip(hs, errors).filter { $0.1 > 0 }.min { $0.1 < $1.1 }.map { ($0.0, $0.1) } ?? (.nan, .nan)
  }

  /// The slope of the straight line closest to log(error) over log(h).
  private static func slope(_ hs: [Double], _ errors: [Double], in range: ClosedRange<Double>) -> Double {
    let points = zip(hs, errors).filter { range.contains($0.0) && $0.1 > 0 }.map { (log10($0.0), log10($0.1)) }
    let n = Double(points.count)
    let (x, y) = (points.reduce(0) { $0 + $1.0 } / n, points.reduce(0) { $0 + $1.1 } / n)
    return points.reduce(0) { $0 + ($1.0 - x) * ($1.1 - y) } / points.reduce(0) { $0 + ($1.0 - x) * ($1.0 - x) }
  }

  private func picture(_ hs: [Double], _ forward: [Double], _ central: [Double], _ truth: Double, _ lab: Lab) -> Figure
  {
    func theory(_ name: String, _ range: ClosedRange<Double>, _ color: String, _ f: (Double) -> Double) -> Mark {
      let ends = [range.lowerBound, range.upperBound]
      return .line(.init(name, x: ends, y: ends.map(f), color: color, width: 1.2, dash: "5 3"))
    }
    func slope(_ formula: String, _ slope: Int) -> String {
      lab.words(en: "\(formula) (slope \(slope))", ja: "\(formula)（傾き \(slope)）")
    }
    // Where rounding and truncation are of one size.
    let epsilon = Double.ulpOfOne
    func best(_ name: String, _ h: Double, _ color: String) -> Mark {
      .line(.init(name, x: [h, h], y: [1e-13, 1], color: color, width: 1, dash: "1 3"))
    }
    func shown(_ errors: [Double]) -> [Double] { errors.map { $0 > 0 ? $0 : .nan } }
    let (rounding, truncation) = (lab.words(en: "rounding", ja: "丸め誤差"), lab.words(en: "truncation", ja: "打ち切り誤差"))
    let panel = Panel(
      x: Axis("h", range: 0.5e-16...0.2, scale: .logarithmic),
      y: Axis(lab.words(en: "error of the derivative", ja: "微分の誤差"), range: 1e-13...100, scale: .logarithmic),
      size: (460, 320), legend: .beside,
      [
        .line(.init(lab.words(en: "forward", ja: "前方差分"), x: hs, y: shown(forward), dots: true)),
        .line(.init(lab.words(en: "central", ja: "中心差分"), x: hs, y: shown(central), dots: true)),
        theory(slope("h/2 · f″", 1), 1e-12...0.2, "#222222") { $0 / 2 * truth },
        theory(slope("h²/6 · f‴", 2), 1e-6...0.2, "#228833") { $0 * $0 / 6 * truth },
        theory(slope("ε · f / h", -1), 1e-16...1e-3, "#888888") { epsilon * truth / $0 },
        best(lab.words(en: "best h, forward", ja: "最適な h（前方差分）"), (2 * epsilon).squareRoot(), Palette.series(0)),
        best(lab.words(en: "best h, central", ja: "最適な h（中心差分）"), cbrt(3 * epsilon), Palette.series(1)),
        .text(rounding, x: 1e-14, y: 20, size: 12), .text(truncation, x: 3e-3, y: 20, size: 12),
      ])
    return Figure(
      lab.words(en: "The derivative of exp at \(x.short): error over h", ja: "x = \(x.short) における exp の微分：h と誤差"), panel
    )
  }
}
