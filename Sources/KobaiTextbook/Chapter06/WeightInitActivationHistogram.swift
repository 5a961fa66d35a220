import Foundation
import KobaiReport
import KobaiScratch

/// A thousand random inputs go through five layers of a hundred units: how do the activations spread, for different
/// deviations of the weights?
public struct WeightInitActivationHistogram: Experiment {
  public let about = About(
    "ch06/weight-init-activation-histogram", .activationDistribution,
    en: "Activations of five layers, for three functions and weights of different deviation",
    ja: "5層の隠れ層のアクティベーション分布（重みの初期値と活性化関数ごと）")
  @Setting("std", in: 0...100, en: "standard deviation of the small weights", ja: "小さい重みの標準偏差") var std = 0.01
  @Setting("nodes", in: 1...1000, en: "units of a layer", ja: "各層のニューロン数") var nodes = 100
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let input = lab.normal(1000, nodes, deviation: 1, stream: 1)
    let functions: [(String, (NDArray) -> NDArray, ClosedRange<Double>)] = [
      ("sigmoid", sigmoid, 0...1), ("tanh", tanh, -1...1), ("ReLU", relu, 0...1),
    ]
    let deviations: [(String, Double)] = [
      ("std 1", 1), ("std \(std.short)", std), ("Xavier", (1 / Double(nodes)).squareRoot()),
      ("He", (2 / Double(nodes)).squareRoot()),
    ]
    var figures: [String: [Double]] = [:]
    var pictures: [Picture] = []
    for (f, (name, function, range)) in functions.enumerated() {
      var panels: [Panel] = []
      for (d, (label, deviation)) in deviations.enumerated() {
        var x = input
        var spread: [Double] = []
        for layer in 0..<5 {
          let w = lab.normal(nodes, nodes, deviation: deviation, stream: 2 + layer)
          x = function(dot(x, w))
          spread.append(x.std())
          panels.append(
            Panel(
              "\(label), \(lab.words(en: "layer", ja: "層")) \(layer + 1)",
              x: Axis(range: range, names: [(range.lowerBound, "\(Int(range.lowerBound))"), (1, "1")]),
              y: Axis(isHidden: true), size: (130, 90),
              legend: .none, showsGrid: false,
              [Histogram(x.elements, bins: 30, range: range).mark(color: Palette.series(f))]))
        }
        figures["\(name) \(label)"] = spread
        lab.say("\(name), \(label): std " + spread.map { $0.fixed(4) }.joined(separator: " "))
        lab.report(
          Double(f * deviations.count + d + 1) / Double(functions.count * deviations.count), "\(name), \(label)")
      }
      let title = lab.words(en: "Activations with \(name)", ja: "\(name) のアクティベーション分布")
      pictures.append(Picture("activation-histogram-\(name.lowercased())", Figure(title, panels, columns: 5)))
    }
    return Outcome(figures, pictures: pictures)
  }
}
