import KobaiReport
import KobaiScratch

/// Gradient descent on x0² + x1²: a good learning rate, one too large, one too small, and the paths that they take.
public struct GradientMethod: Experiment {
  public let about = About(
    "ch04/gradient-method", .gradientDescent, en: "Gradient descent with good and bad learning rates",
    ja: "勾配降下法：学習率が適切な場合、大きすぎる場合、小さすぎる場合")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let f = PartialDerivatives.f
    var figures: [String: [Double]] = [:]
    for rate in [0.1, 10.0, 1e-10] {
      let end = gradientDescent(f, from: [-3, 4], learningRate: rate, steps: 100)[100]
      figures["lr \(rate)"] = end.elements
      lab.say("lr=\(rate): \(end)")
    }
    let starts: [([Double], Double)] = [([-3, 4], 0.1), ([3, 4], 0.95), ([3, -4], 0.01), ([-2, 3], 0.1)]
    let contours = Contours(x: -4.5...4.5, y: -4.5...4.5) { f(NDArray([$0, $1])) }
    var marks = contours.lines([1, 4, 9, 16, 25])
    for (start, rate) in starts {
      let path = gradientDescent(f, from: NDArray(start), learningRate: rate, steps: 20)
      figures["path (\(Int(start[0])), \(Int(start[1])))"] = path.last?.elements
      marks.append(
        .line(
          .init(
            "(\(Int(start[0])), \(Int(start[1]))), η = \(rate)", x: path.map { $0[0] }, y: path.map { $0[1] }, width: 1,
            dots: true)))
    }
    let panel = Panel(
      x: Axis("x0", range: -4.5...4.5), y: Axis("x1", range: -4.5...4.5), size: (400, 400), legend: .beside, marks)
    let title = lab.words(en: "20 steps of gradient descent", ja: "勾配降下法：20ステップの軌跡")
    return Outcome(figures, pictures: [Picture("gradient-method", Figure(title, panel))])
  }
}
