import KobaiReport

/// XOR, which no single perceptron can do, from two layers of gates.
public struct XORGate: Experiment {
  public let about = About(
    "ch02/xor-gate", .xor, en: "XOR from NAND, OR and AND: two layers do what one cannot",
    ja: "NAND、OR、ANDを組み合わせたXORゲート：単層では表現できず、2層なら表現できる")

  @Setting("b_nand", in: -10...10, en: "the bias of NAND", ja: "NANDゲートのバイアス") var biasOfNAND = 0.7
  @Setting("b_or", in: -10...10, en: "the bias of OR", ja: "ORゲートのバイアス") var biasOfOR = -0.2
  @Setting("b_and", in: -10...10, en: "the bias of AND", ja: "ANDゲートのバイアス") var biasOfAND = -0.7
  public init() {}

  private var nand: Gate { Gate(w1: -0.5, w2: -0.5, b: biasOfNAND) }
  private var or: Gate { Gate(w1: 0.5, w2: 0.5, b: biasOfOR) }
  private var and: Gate { Gate(w1: 0.5, w2: 0.5, b: biasOfAND) }

  func xor(_ x1: Int, _ x2: Int) -> Int {
    let s1 = nand(x1, x2)
    let s2 = or(x1, x2)
    return and(s1, s2)
  }

  public func run(_ lab: Lab) throws -> Outcome {
    let outputs = Gate.inputs.map { x in
      let y = xor(x.0, x.1)
      lab.say("(\(x.0), \(x.1)) -> \(y)")
      return Double(y)
    }
    // Positive where the two-layer perceptron outputs 1, for inputs between 0 and 1 as well. AND's weights are alike, so
    // that it asks how many of NAND and OR are 1: both of them, one, or none.
    let (nand, or, and) = (nand, or, and)
    func inside(_ x: Double, _ y: Double) -> Double {
      let (s1, s2) = (nand.sum(x, y), or.sum(x, y))
      return and(0, 0) == 1 ? 1 : and(1, 0) == 1 ? max(s1, s2) : and(1, 1) == 1 ? min(s1, s2) : -1
    }
    let region = Contours(x: -0.5...1.5, y: -0.5...1.5, steps: 80, inside)
    let panel = Panel(
      x: Axis("x1", range: -0.5...1.5), y: Axis("x2", range: -0.5...1.5), size: (280, 280), legend: .beside,
      [region.bands([0]) { $0 < 0.5 ? "#ffffff" : "#dce9f5" }] + and.marks(lab, xor))
    let figure = Figure(lab.words(en: "XOR: the shaded inputs give 1", ja: "XOR：色を付けた領域で1を出力"), panel)
    return Outcome(["XOR": outputs], pictures: [Picture("xor-gate", figure)])
  }
}
