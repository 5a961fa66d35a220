import Foundation
import KobaiReport
import KobaiScratch

/// The line through four points once more: a learning rate that is too small, one that is right, and one just beyond the
/// limit, which the eigenvalues of XᵀX tell beforehand.
public struct LeastSquaresRates: Experiment {
  public let about = About(
    "ch04/least-squares-rates", .gradientDescent, en: "Least squares with η too small, right and too large",
    ja: "最小二乗法：学習率が小さすぎる場合、適切な場合、大きすぎる場合",
    question: Question(
      en: "How large may the learning rate be?", ja: "学習率はどこまで大きくできるのか？",
      answerEn:
        "Below 2/λmax, λmax being the largest eigenvalue of XᵀX, here 0.02297: beyond it every step overshoots the "
        + "valley by more than the last. The quickest rate, 2/(λmax + λmin), lies just below; a rate far below creeps "
        + "along the bottom of the valley.",
      answerJa: "XᵀX の最大固有値を λmax とすると 2/λmax（ここでは0.02297）が限界で、それを超えると谷を飛び越える幅が1ステップごとに広がります。"
        + "最も速い学習率 2/(λmax + λmin) はそのすぐ下にあり、はるかに小さい学習率では谷底をわずかずつしか進みません。"))
  @Setting("lr_small", in: 0...1, en: "a learning rate that is too small", ja: "小さすぎる学習率") var small = 0.001
  @Setting("lr_right", in: 0...1, en: "the right learning rate", ja: "適切な学習率") var right = 0.0227
  @Setting("lr_large", in: 0...1, en: "a learning rate that is too large", ja: "大きすぎる学習率") var large = 0.0231
  @Setting("steps", in: 1...10_000, en: "steps", ja: "ステップ数") var steps = 100
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let (x, t) = (LeastSquares.x, LeastSquares.t)
    func loss(_ w: NDArray) -> Double { sumSquaredError(dot(x, w), t) }
    let (least, most, best) = Self.curvature(x, t)
    let limit = 2 / most
    lab.say(
      en:
        "XᵀX has the eigenvalues \(most.fixed(4)) and \(least.fixed(4)): η must be below 2/λmax = \(limit.fixed(5)), and "
        + "is quickest at 2/(λmax + λmin) = \((2 / (most + least)).fixed(5))",
      ja: "XᵀX の固有値は \(most.fixed(4)) と \(least.fixed(4))：η の上限は 2/λmax = \(limit.fixed(5))、最速は "
        + "2/(λmax + λmin) = \((2 / (most + least)).fixed(5))")
    var outcome = Outcome(["limit": [limit], "eigenvalues": [most, least], "minimum": best.elements])
    let lowest = loss(best)
    var (paths, losses) = ([Mark](), [Mark]())
    for (i, (rate, dash)) in zip([small, right, large], ["2 2", nil, "6 3"]).enumerated() {
      var path = [NDArray([[1], [1]])]
      for i in 0..<steps { path.append(path[i] - rate * dot(x.transposed, dot(x, path[i]) - t)) }
      let values = path.map(loss)
      let last = (values.last ?? 0).rounded6
      outcome.figures["η = \(rate)"] = values
      lab.say(
        en: "η = \(rate): loss \(last) after \(steps) steps, w = \(NDArray(path[steps].elements))",
        ja: "η = \(rate)：\(steps)ステップ後の損失 \(last)、w = \(NDArray(path[steps].elements))")
      let (name, color) = ("η = \(rate)", Palette.series(i))
      // The widest path at the bottom: it would hide the others.
      paths.insert(
        .line(.init(name, x: path.map { $0[0, 0] }, y: path.map { $0[1, 0] }, color: color, width: 0.9)), at: 0)
      losses.append(.line(.init(name, values: values.map { $0 - lowest }, color: color, dash: dash)))
    }
    outcome.pictures = [Picture("least-squares-rates", picture(paths, losses, best, loss, lab))]
    return outcome
  }

  /// The eigenvalues of XᵀX, which are the curvatures of the loss, and the weights of the least loss.
  private static func curvature(_ x: NDArray, _ t: NDArray) -> (least: Double, most: Double, best: NDArray) {
    let (a, b) = (dot(x.transposed, x), dot(x.transposed, t))
    let (half, determinant) = ((a[0, 0] + a[1, 1]) / 2, a[0, 0] * a[1, 1] - a[0, 1] * a[1, 0])
    let root = (half * half - determinant).squareRoot()
    let best = [a[1, 1] * b[0, 0] - a[0, 1] * b[1, 0], a[0, 0] * b[1, 0] - a[1, 0] * b[0, 0]].map { $0 / determinant }
    return (half - root, half + root, NDArray([[best[0]], [best[1]]]))
  }

  private func picture(
    _ paths: [Mark], _ losses: [Mark], _ best: NDArray, _ loss: (NDArray) -> Double, _ lab: Lab
  ) -> Figure {
    let levels = [1.4, 1.6, 2, 2.5, 4, 8, 16]
    let contours = Contours(x: 0.55...1.55, y: -0.7...1.3) { loss(NDArray([[$0], [$1]])) }
    let minimum = Mark.points(
      .init(
        lab.words(en: "minimum", ja: "最小値"), x: [best[0, 0]], y: [best[1, 0]], color: Palette.minimum, radius: 5))
    let name = lab.words(en: "loss", ja: "損失")
    let valley = Panel(
      lab.words(en: "the paths over the loss", ja: "損失の等高線と軌跡"),
      x: Axis(lab.words(en: "slope", ja: "傾き"), range: 0.55...1.55),
      y: Axis(lab.words(en: "intercept", ja: "切片"), range: -0.7...1.3), size: (360, 360), legend: .beside,
      showsGrid: false, colorBar: contours.colorBar(name, levels, color: Palette.pale),
      [contours.bands(levels, color: Palette.pale)] + paths + [minimum])
    let curve = Panel(
      lab.words(en: "loss above its minimum", ja: "損失と最小値との差"), x: Axis(lab.words(en: "step", ja: "ステップ")),
      y: Axis(name, scale: .logarithmic), size: (360, 360), losses)
    return Figure(lab.words(en: "Least squares at three learning rates", ja: "3つの学習率による最小二乗法"), [valley, curve])
  }
}
