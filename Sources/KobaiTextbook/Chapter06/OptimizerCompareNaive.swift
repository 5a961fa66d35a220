import KobaiReport

/// A long valley, f = x²/20 + y²: SGD zigzags, the others find quicker ways down.
public struct OptimizerCompareNaive: Experiment {
  public let about = About(
    "ch06/optimizer-compare-naive", .whichOptimizer, en: "Six optimizers on x²/20 + y², 30 steps each",
    ja: "x²/20 + y² での更新手法の比較（30ステップ）")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    func f(_ x: Double, _ y: Double) -> Double { x * x / 20 + y * y }
    func gradient(_ p: [Double]) -> [Double] { [p[0] / 10, 2 * p[1]] }
    let optimizers: [(String, any NaiveOptimizer)] = [
      ("SGD", NaiveSGD(lr: 0.95)), ("Momentum", NaiveMomentum(lr: 0.1)), ("AdaGrad", NaiveAdaGrad(lr: 1.5)),
      ("Adam", NaiveAdam(lr: 0.3)), ("Nesterov", NaiveNesterov(lr: 0.1)), ("RMSProp", NaiveRMSProp(lr: 0.1)),
    ]
    let contours = Contours(x: -10...10, y: -5...5, f)
    let lines = contours.lines([0.1, 0.5, 1, 2, 3, 4, 5, 6, 7])
    var figures: [String: [Double]] = [:]
    var panels: [Panel] = []
    for (name, start) in optimizers {
      var optimizer = start
      var p = [-7.0, 2.0]
      var path = [p]
      for _ in 0..<30 {
        optimizer.update(&p, gradient(p))
        path.append(p)
      }
      figures[name] = p
      lab.say("\(name): \(Numpy.array(p)), f = \(f(p[0], p[1]))")
      panels.append(
        Panel(
          name, x: Axis("x", range: -10...10), y: Axis("y", range: -5...5), size: (320, 220), legend: .none,
          lines + [
            .line(
              .init(x: path.map { $0[0] }, y: path.map { $0[1] }, color: Palette.series(1), width: 1.2, dots: true)),
            .text("+", x: 0, y: 0, size: 14),
          ]))
    }
    let title = lab.words(en: "30 steps from (−7, 2)", ja: "(−7, 2) からの30ステップ")
    return Outcome(figures, pictures: [Picture("optimizer-compare-naive", Figure(title, panels, columns: 2))])
  }
}
