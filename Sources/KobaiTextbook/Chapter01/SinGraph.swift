import Foundation
import KobaiReport
import KobaiScratch

/// A function as a line through points that lie close together.
public struct SinGraph: Experiment {
  public let about = About("ch01/sin-graph", .simpleGraph, en: "The graph of sin", ja: "sin関数のグラフ")
  @Setting("end", in: 0.5...100, en: "where the graph ends", ja: "x の終わりの値") var end = 6.0
  @Setting("step", in: 0.001...2, en: "distance between two points", ja: "x の刻み幅") var step = 0.1
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let x = NDArray.arange(0, end, step: step)
    let y = x.map(sin)
    lab.say(en: "\(x.count) points from 0 to \(end.short)", ja: "0から\(end.short)まで、\(step.short)刻みの\(x.count)点")
    let panel = Panel(x: Axis(), y: Axis(), legend: .none, [.line(.init(x: x.elements, y: y.elements))])
    return Outcome(
      ["points": [Double(x.count)], "y": y.elements],
      pictures: [Picture("sin-graph", Figure("sin", panel))])
  }
}
