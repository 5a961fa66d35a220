import KobaiReport
import KobaiScratch

/// Functions of one variable over -5 ... 5, drawn together.
func curves(_ name: String, _ functions: [(String, (Double) -> Double)], top: Double = 1.1) -> Picture {
  let x = NDArray.arange(-5, 5, step: 0.02).elements
  let marks = functions.map { label, f in Mark.line(.init(label, x: x, y: x.map(f))) }
  let panel = Panel(x: Axis("x"), y: Axis("y", range: -0.1...top), marks)
  return Picture(name, Figure(functions.map(\.0).joined(separator: ", "), panel))
}
