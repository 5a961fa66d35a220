import KobaiReport
import KobaiScratch

/// A long valley, f = x²/20 + y²: SGD zigzags, the others find quicker ways down.
public struct OptimizerCompareNaive: Experiment {
  public let about = About(
    "ch06/optimizer-compare-naive", .whichOptimizer, en: "Six optimizers on x²/20 + y², 30 steps each",
    ja: "x²/20 + y² における6つの更新手法の比較（各30ステップ）")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    func f(_ x: Double, _ y: Double) -> Double { x * x / 20 + y * y }
    let optimizers: [(String, any Optimizer)] = [
      ("SGD", SGD(lr: 0.95)), ("Momentum", Momentum(lr: 0.1)), ("AdaGrad", AdaGrad(lr: 1.5)),
      ("Adam", Adam(lr: 0.3)), ("Nesterov", Nesterov(lr: 0.1)), ("RMSProp", RMSprop(lr: 0.1)),
    ]
    let contours = Contours(x: -10...10, y: -5...5, f)
    let lines = contours.lines([0.1, 0.5, 1, 2, 3, 4, 5, 6, 7])
    var figures: [String: [Double]] = [:]
    var panels: [Panel] = []
    for (name, start) in optimizers {
      var optimizer = start
      let (x, y) = (Parameter(-7), Parameter(2))
      var path = [[x.value.item, y.value.item]]
      for _ in 0..<30 {
        optimizer.update(["x": x, "y": y], ["x": x.value / 10, "y": 2 * y.value])
        path.append([x.value.item, y.value.item])
      }
      let p = path[30]
      figures[name] = p
      lab.say("\(name): \(NDArray(p)), f = \(f(p[0], p[1]))")
      panels.append(
        Panel(
          name, x: Axis("x", range: -10...10), y: Axis("y", range: -5...5), size: (320, 220), legend: .none,
          lines + [
            .line(
              .init(x: path.map { $0[0] }, y: path.map { $0[1] }, color: Palette.series(1), width: 1.2, dots: true)),
            .text("+", x: 0, y: 0, size: 14),
          ]))
    }
    let title = lab.words(en: "30 steps from (−7, 2)", ja: "(−7, 2) から30ステップの軌跡")
    return Outcome(figures, pictures: [Picture("optimizer-compare-naive", Figure(title, panels, columns: 2))])
  }
}
