import KobaiReport

/// XOR, which no single perceptron can do, from two layers of gates.
public struct XORGate: Experiment {
  public let about = About(
    "ch02/xor-gate", .xor, en: "XOR from NAND, OR and AND: two layers do what one cannot",
    ja: "NAND、OR、ANDを組み合わせたXORゲート：単層では表現できず、2層なら表現できる")

  public init() {}

  static func xor(_ x1: Int, _ x2: Int) -> Int {
    let s1 = Gate.nand(x1, x2)
    let s2 = Gate.or(x1, x2)
    return Gate.and(s1, s2)
  }

  public func run(_ lab: Lab) throws -> Outcome {
    let outputs = Gate.inputs.map { x in
      let y = Self.xor(x.0, x.1)
      lab.say("(\(x.0), \(x.1)) -> \(y)")
      return Double(y)
    }
    // Positive where the two-layer perceptron outputs 1, for inputs between 0 and 1 as well.
    func inside(_ x: Double, _ y: Double) -> Double { min(0.7 - 0.5 * x - 0.5 * y, 0.5 * x + 0.5 * y - 0.2) }
    let region = Contours(x: -0.5...1.5, y: -0.5...1.5, steps: 80, inside)
    let panel = Panel(
      x: Axis("x1", range: -0.5...1.5), y: Axis("x2", range: -0.5...1.5), size: (280, 280), legend: .beside,
      [region.bands([0]) { $0 < 0.5 ? "#ffffff" : "#dce9f5" }] + Gate.and.marks(lab, Self.xor))
    let figure = Figure(lab.words(en: "XOR: the shaded inputs give 1", ja: "XOR：色を付けた領域で1を出力"), panel)
    return Outcome(["XOR": outputs], pictures: [Picture("xor-gate", figure)])
  }
}
