import Foundation
import KobaiReport
import KobaiScratch

/// Two functions in one graph, with all that makes a graph readable: title, legend, names of the axes, dashes.
public struct SinCosGraph: Experiment {
  public let about = About(
    "ch01/sin-cos-graph", .pyplot, en: "sin and cos in one graph, with title, legend and labels",
    ja: "sinとcosのグラフ：タイトル、凡例、軸のラベル")
  @Setting("end", in: 0.5...100, en: "where the graph ends", ja: "x の終わりの値") var end = 6.0
  @Setting("step", in: 0.001...2, en: "distance between two points", ja: "x の刻み幅") var step = 0.1
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let x = NDArray.arange(0, end, step: step)
    let (sines, cosines) = (x.map(sin), x.map(cos))
    lab.say(en: "\(x.count) points from 0 to \(end.short)", ja: "0から\(end.short)まで、\(step.short)刻みの\(x.count)点")
    let panel = Panel(
      x: Axis("x"), y: Axis("y"),
      [
        .line(.init("sin", x: x.elements, y: sines.elements)),
        .line(.init("cos", x: x.elements, y: cosines.elements, dash: "5 3")),
      ])
    return Outcome(
      ["sin": sines.elements, "cos": cosines.elements], pictures: [Picture("sin-cos-graph", Figure("sin & cos", panel))]
    )
  }
}
