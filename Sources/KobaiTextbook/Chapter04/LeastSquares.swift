import KobaiReport
import KobaiScratch

/// A straight line through four points, found by following the gradient of the squared error, written with matrices.
public struct LeastSquares: Experiment {
  public let about = About(
    "ch04/least-squares", .gradientDescent, en: "Least squares by the gradient in matrix form",
    ja: "最小二乗法：行列で表した勾配による勾配降下法")
  @Setting("lr", in: 0...1, en: "learning rate η; it diverges beyond 0.02297", ja: "学習率 η。0.02297 を超えると発散する")
  var lr = 0.0229
  @Setting("steps", in: 1...1_000_000, en: "the most iterations", ja: "反復回数の上限") var steps = 100_000
  public init() {}

  /// A row for each point: its x, and 1 for the intercept.
  static let x = NDArray([[1, 1], [3, 1], [5, 1], [7, 1]])
  static let t = NDArray([[1], [4], [4], [8]])

  public func run(_ lab: Lab) throws -> Outcome {
    let (x, t) = (Self.x, Self.t)
    var w = NDArray([[1], [1]])
    let rate = lr  // the book's is just below 2 / (largest eigenvalue of XᵀX), beyond which it diverges
    func loss(_ w: NDArray) -> Double {
      let half = sumSquaredError(dot(x, w), t)
      return (half * 1e8).rounded() / 1e8
    }
    var losses = [loss(w)]
    var iterations = 0
    while iterations < steps {
      w -= rate * dot(x.transposed, dot(x, w) - t)
      let now = loss(w)
      guard now < losses[losses.count - 1] else { break }  // it no longer falls
      losses.append(now)
      iterations += 1
    }
    lab.say(
      en: "\(iterations) iterations, loss \(losses[losses.count - 1]), w = \(NDArray(w.elements))",
      ja: "反復回数 \(iterations)、損失 \(losses[losses.count - 1])、w = \(NDArray(w.elements))")
    let (slope, bias) = (w[0, 0], w[1, 0])
    let points = x.transposed.row(0).elements
    let line = Panel(
      lab.words(en: "the line", ja: "回帰直線"), x: Axis("x"), y: Axis("t"), size: (320, 260),
      [
        .points(.init(lab.words(en: "data", ja: "データ"), x: points, y: t.elements, radius: 5)),
        .line(.init("\(slope.fixed(3)) x + \(bias.fixed(3))", x: [0, 8], y: [bias, 8 * slope + bias])),
      ])
    let curve = Panel(
      lab.words(en: "the loss", ja: "損失"), x: Axis(lab.words(en: "iteration", ja: "反復回数")),
      y: Axis(lab.words(en: "loss", ja: "損失"), scale: .logarithmic),
      size: (320, 260), legend: .none, [.line(.init(values: losses))])
    return Outcome(
      ["iterations": [Double(iterations)], "loss": [losses[losses.count - 1]], "w": w.elements],
      pictures: [Picture("least-squares", Figure(lab.words(en: "Least squares", ja: "最小二乗法"), [line, curve]))])
  }
}
