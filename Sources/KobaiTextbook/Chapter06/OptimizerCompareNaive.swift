import KobaiReport
import KobaiScratch

/// A long valley, f = x²/20 + y²: SGD zigzags, the others find quicker ways down.
public struct OptimizerCompareNaive: Experiment {
  public let about = About(
    "ch06/optimizer-compare-naive", .whichOptimizer, en: "Six optimizers on x²/20 + y², 30 steps each",
    ja: "x²/20 + y² における6つの更新手法の比較（各30ステップ）")
  @Setting("steps", in: 1...10_000, en: "steps of each optimizer", ja: "ステップ数") var steps = 30
  @Setting("lr_sgd", in: 0...10, en: "learning rate of SGD", ja: "SGDの学習率") var sgdRate = 0.95
  @Setting("lr_momentum", in: 0...10, en: "learning rate of Momentum", ja: "Momentumの学習率") var momentumRate = 0.1
  @Setting("lr_adagrad", in: 0...10, en: "learning rate of AdaGrad", ja: "AdaGradの学習率") var adaGradRate = 1.5
  @Setting("lr_adam", in: 0...10, en: "learning rate of Adam", ja: "Adamの学習率") var adamRate = 0.3
  @Setting("lr_nesterov", in: 0...10, en: "learning rate of Nesterov", ja: "Nesterovの学習率") var nesterovRate = 0.1
  @Setting("lr_rmsprop", in: 0...10, en: "learning rate of RMSProp", ja: "RMSPropの学習率") var rmsPropRate = 0.1
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    func f(_ x: Double, _ y: Double) -> Double { x * x / 20 + y * y }
    let optimizers: [(String, any Optimizer)] = [
      ("SGD", SGD(lr: sgdRate)), ("Momentum", Momentum(lr: momentumRate)), ("AdaGrad", AdaGrad(lr: adaGradRate)),
      ("Adam", Adam(lr: adamRate)), ("Nesterov", Nesterov(lr: nesterovRate)), ("RMSProp", RMSprop(lr: rmsPropRate)),
    ]
    let contours = Contours(x: -10...10, y: -5...5, f)
    let lines = contours.lines([0.1, 0.5, 1, 2, 3, 4, 5, 6, 7])
    var figures: [String: [Double]] = [:]
    var panels: [Panel] = []
    for (name, start) in optimizers {
      var optimizer = start
      let (x, y) = (Parameter(-7), Parameter(2))
      var path = [[x.value.item, y.value.item]]
      for _ in 0..<steps {
        optimizer.update(["x": x, "y": y], ["x": x.value / 10, "y": 2 * y.value])
        path.append([x.value.item, y.value.item])
      }
      let p = path[steps]
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
    let title = lab.words(en: "\(steps) steps from (−7, 2)", ja: "(−7, 2) から\(steps)ステップの軌跡")
    return Outcome(figures, pictures: [Picture("optimizer-compare-naive", Figure(title, panels, columns: 2))])
  }
}
