import KobaiReport

/// AND, NAND and OR as perceptrons that differ in their weights and bias alone.
public struct LogicGates: Experiment {
  public let about = About(
    "ch02/logic-gates", .gates, en: "AND, NAND and OR as perceptrons with weights and a bias",
    ja: "重みとバイアスによるANDゲート、NANDゲート、ORゲート")

  @Setting("w1", in: -10...10, en: "AND: the weight of x1", ja: "ANDゲート：x1 の重み") var w1 = 0.5
  @Setting("w2", in: -10...10, en: "AND: the weight of x2", ja: "ANDゲート：x2 の重み") var w2 = 0.5
  @Setting("b", in: -10...10, en: "AND: the bias", ja: "ANDゲート：バイアス") var b = -0.7
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let gates = [("AND", Gate(w1: w1, w2: w2, b: b)), ("NAND", Gate.nand), ("OR", Gate.or)]
    var figures: [String: [Double]] = [:]
    for (name, gate) in gates {
      lab.say(name)
      figures[name] = Gate.inputs.map { x in
        let y = gate(x.0, x.1)
        lab.say("(\(x.0), \(x.1)) -> \(y)")
        return Double(y)
      }
    }
    return Outcome(figures, pictures: [Picture("logic-gates", picture(gates, lab))])
  }

  /// Each gate as the line that separates its zeros from its ones.
  private func picture(_ gates: [(String, Gate)], _ lab: Lab) -> Figure {
    let panels = gates.map { name, gate in
      Panel(
        name, x: Axis("x1", range: -0.5...1.5), y: Axis("x2", range: -0.5...1.5), size: (220, 220),
        legend: name == "OR" ? .beside : .none,
        gate.marks(lab, { gate($0, $1) })
          + [gate.boundary])
    }
    return Figure(lab.words(en: "Gates as perceptrons", ja: "パーセプトロンによるゲート"), panels)
  }
}

/// A perceptron with two inputs (section 2.3 of the book).
struct Gate {
  let w1: Double, w2: Double, b: Double

  static let and = Gate(w1: 0.5, w2: 0.5, b: -0.7)
  static let nand = Gate(w1: -0.5, w2: -0.5, b: 0.7)
  static let or = Gate(w1: 0.5, w2: 0.5, b: -0.2)

  static let inputs = [(0, 0), (1, 0), (0, 1), (1, 1)]

  func callAsFunction(_ x1: Int, _ x2: Int) -> Int { sum(Double(x1), Double(x2)) <= 0 ? 0 : 1 }

  /// What the step decides about.
  func sum(_ x1: Double, _ x2: Double) -> Double { w1 * x1 + w2 * x2 + b }

  /// The line w1 x1 + w2 x2 + b = 0; nothing where no input makes a difference.
  var boundary: Mark {
    let ends = [-0.5, 1.5]
    let line =
      w2 != 0
      ? Mark.Line(x: ends, y: ends.map { -(b + w1 * $0) / w2 }, color: "#444444")
      : Mark.Line(x: w1 != 0 ? [-b / w1, -b / w1] : [], y: w1 != 0 ? ends : [], color: "#444444")
    return .line(line)
  }

  /// The four inputs as points, zeros and ones told apart.
  func marks(_ lab: Lab, _ f: (Int, Int) -> Int) -> [Mark] {
    [0, 1].map { output in
      let points = Self.inputs.filter { f($0.0, $0.1) == output }
      return .points(
        .init(
          lab.words(en: "output \(output)", ja: "出力 \(output)"), x: points.map { Double($0.0) },
          y: points.map { Double($0.1) }, radius: 6))
    }
  }
}
