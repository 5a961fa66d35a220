import KobaiReport
import KobaiScratch

extension Lab {
  /// The name of an activation function in the reader's language.
  func functionName(_ name: String) -> String {
    switch name {
    case "step": words(en: name, ja: "ステップ関数")
    case "sigmoid": words(en: name, ja: "シグモイド関数")
    default: name
    }
  }
}

/// Activation functions over -range ... range, drawn together.
func curves(
  _ lab: Lab, _ name: String, _ functions: [(String, (Double) -> Double)], range: Double = 5, top: Double = 1.1
) -> Picture {
  let functions = functions.map { (lab.functionName($0.0), $0.1) }
  let x = (0...500).map { (Double($0) / 250 - 1) * range }
  let marks = functions.map { label, f in Mark.line(.init(label, x: x, y: x.map(f))) }
  let panel = Panel(x: Axis("x"), y: Axis("y", range: -0.1...top), marks)
  return Picture(name, Figure(functions.map(\.0).joined(separator: lab.words(en: ", ", ja: "、")), panel))
}

extension Palette {
  /// The mark of a minimum on filled contours.
  static let minimum = "#222222"
}
