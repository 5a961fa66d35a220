import Foundation
import KobaiReport
import KobaiScratch

/// Gradient descent on x0² + x1²: a good learning rate, one too large, one too small, and the paths that they take.
public struct GradientMethod: Experiment {
  public let about = About(
    "ch04/gradient-method", .gradientDescent, en: "Gradient descent with good and bad learning rates",
    ja: "勾配降下法：学習率が適切な場合、大きすぎる場合、小さすぎる場合")
  @Setting("lr", in: 0...100, en: "learning rate η of the path from (x0, x1)", ja: "(x0, x1) から始まる経路の学習率 η") var lr =
    0.1
  @Setting("steps", in: 1...10_000, en: "steps of every path", ja: "ステップ数") var steps = 20
  @Setting("x0", in: -1000...1000, en: "x0 of the start", ja: "始点の x0") var x0 = -3.0
  @Setting("x1", in: -1000...1000, en: "x1 of the start", ja: "始点の x1") var x1 = 4.0
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let f = PartialDerivatives.f
    var figures: [String: [Double]] = [:]
    for rate in isAsInTheBook ? [0.1, 10.0, 1e-10] : [] {
      let end = gradientDescent(f, from: [-3, 4], learningRate: rate, steps: 100)[100]
      figures["lr \(rate)"] = end.elements
      lab.say(en: "lr=\(rate): \(end)", ja: "lr=\(rate)：\(end)")
    }
    // Beside the first path, others of the book and of its readers; a path that the reader asks for is drawn alone.
    var starts = [(point: [x0, x1], rate: lr, steps: steps, color: String?.none)]
    if isAsInTheBook {
      // The palette's fourth colour is yellow, which is faint on the bands.
      starts += [([3, 4], 0.95, steps, nil), ([3, -4], 0.01, steps, nil), ([-2, 3], 0.1, 100, Palette.series(5))]
    }
    let levels = [1.0, 4, 9, 16, 25, 36]
    let contours = Contours(x: -5...5, y: -5...5) { f(NDArray([$0, $1])) }
    var marks = [contours.bands(levels, color: Palette.pale)]
    for (start, rate, steps, color) in starts {
      let path = gradientDescent(f, from: NDArray(start), learningRate: rate, steps: steps)
      let name = "(\(start[0].short), \(start[1].short))"
      figures["path \(name)"] = path[steps].elements
      if !isAsInTheBook {
        lab.say(
          en: "lr=\(rate), \(steps) steps: \(path[steps])", ja: "lr=\(rate)、\(steps)ステップ：\(path[steps])")
      }
      if !isAsInTheBook || start == [-2, 3] { table(path, name, rate, lab) }
      let count = steps == self.steps ? "" : lab.words(en: ", \(steps) steps", ja: "、\(steps)ステップ")
      marks.append(
        .line(
          .init(
            "\(name), η = \(rate)\(count)", x: path.map { $0[0] }, y: path.map { $0[1] }, color: color, width: 1,
            dots: true)))
    }
    marks.append(
      .points(.init(lab.words(en: "minimum", ja: "最小値"), x: [0], y: [0], color: Palette.minimum, radius: 4)))
    let panel = Panel(
      x: Axis("x0", range: -5...5), y: Axis("x1", range: -5...5), size: (400, 400), legend: .beside, showsGrid: false,
      colorBar: contours.colorBar("x0² + x1²", levels, color: Palette.pale), marks)
    let title = lab.words(en: "\(steps) steps of gradient descent", ja: "勾配降下法：\(steps)ステップの軌跡")
    return Outcome(figures, pictures: [Picture("gradient-method", Figure(title, panel))])
  }

  /// A row for a step: where it is, and how high.
  private func table(_ path: [NDArray], _ name: String, _ rate: Double, _ lab: Lab) {
    lab.say(
      en: "from \(name) with lr=\(rate): step, x0, x1, x0² + x1²",
      ja: "始点 \(name)、lr=\(rate)：ステップ、x0、x1、x0² + x1²")
    for i in printedSteps(of: path.count - 1) {
      let (x, height) = (path[i], PartialDerivatives.f(path[i]))
      lab.say(String(format: "%5d  %13.6g  %13.6g  %13.6g", i, x[0], x[1], height))
    }
  }
}
