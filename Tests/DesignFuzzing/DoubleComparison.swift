import Kobai
import TestSupport

/// A network beside its twin in Double, for one batch: outputs, and gradients of Σ y · dy by central differences.
///
/// **Tolerances.** Floats round every value to 2⁻²⁴ of itself, and what that does to an output or a gradient depends on the
/// network: a normalisation of values that hardly differ blows it up. So it is measured: the network in Double is run again
/// with every value off by up to 2⁻²⁰ of itself, 16 roundings, in two random ways, and how far that moves a number is its
/// `spread`. Floats may be off by 16 times the largest spread of a tensor, and by 2⁻¹⁸ of its scale. A gradient may also be
/// what large ones leave that cancel, as those before a normalisation of two samples; it is then off by roundings of the
/// large ones: by 2⁻²⁰ of the network's largest gradient for each element that a difference moves.
///
/// Where the spread comes to more than a thousandth of an output's scale, floats say too little, and the batch is not
/// compared; nor is it where a value lies within 10⁻⁵ of a bend or a jump of an activation, on whose other side a float may
/// be.
public struct DoubleComparison {
  /// What was compared, for messages: "y", "d in0", "d conv1.weight".
  public struct Check {
    public var name: String
    public var value: Double
    public var expected: Double
    public var tolerance: Double
    public var isClose: Bool { abs(value - expected) <= tolerance }
  }

  private static let noise = 0x1p-20
  private static let step = 1e-5
  /// How many passes the check of a gradient takes.
  public static let passes = 18

  private var twin: DoubleNetwork
  private let mode: Mode
  private let dy: [[Double]]
  private let base: DoubleNetwork.Pass
  private let disturbed: [DoubleNetwork.Pass]

  /// - Parameters:
  ///   - twin: the network in Double.
  ///   - mode: how it is run.
  ///   - dy: the gradient of each output, as many elements as it has.
  public init(_ twin: DoubleNetwork, _ mode: Mode, dy: [[Float]]) {
    (self.twin, self.mode, self.dy) = (twin, mode, dy.map(\.doubles))
    let base = twin.run(mode)
    self.base = base
    disturbed = [1, 2].map { twin.run(mode, noise: Self.noise, noiseSeed: $0, base: base) }
  }

  /// Whether floats can be expected to come to the same outputs within that share of each one's scale.
  public func isMeaningful(within share: Double = 1e-3) -> Bool {
    base.distanceToKink > 1e-5
      && base.outputs.indices.allSatisfy { i in
        let scale = base.outputs[i].reduce(0) { max($0, abs($1)) }
        return 16 * spread(i) <= share * scale && scale.isFinite && scale < 1e6
      }
  }

  private func spread(_ output: Int) -> Double {
    disturbed.reduce(0) { largest, pass in
      zip(pass.outputs[output], base.outputs[output]).reduce(largest) { max($0, abs($1.0 - $1.1)) }
    }
  }

  /// Compares an output with what it should be; its worst element speaks for all.
  public func check(output i: Int, _ y: [Float]) -> Check {
    worst("y\(i)", y, base.outputs[i], spread: spread(i))
  }

  /// The same for a buffer after the pass.
  public func check(buffer name: String, _ value: [Float]) -> Check {
    let expected = base.buffers[name] ?? []
    let spread = disturbed.reduce(0) { largest, pass in
      zip(pass.buffers[name] ?? [], expected).reduce(largest) { max($0, abs($1.0 - $1.1)) }
    }
    return worst(name, value, expected, spread: spread)
  }

  private func worst(_ name: String, _ values: [Float], _ expected: [Double], spread: Double) -> Check {
    let scale = expected.reduce(0) { max($0, abs($1)) }
    let off = { i in abs(Double(values[i]) - expected[i]) }
    let i = values.indices.max { off($0) < off($1) || off($1).isNaN } ?? 0
    return Check(
      name: "\(name)[\(i)]", value: Double(values[i]), expected: expected[i],
      tolerance: 0x1p-18 * scale + 16 * spread + 1e-9)
  }

  /// What a gradient is the gradient of.
  public enum Variable {
    case input(Int)
    case parameter(String)
  }

  /// Compares a gradient with central differences: along one random direction that goes through all elements, for the largest
  /// element, and for a random one. Where the differences to both sides are not alike, a bend lies between, and nothing is
  /// said; where rounding would drown them, neither.
  ///
  /// - Parameter largest: the largest element of all gradients of the network.
  public mutating func check(
    gradient: [Float], of variable: Variable, largest largestOfAll: Double, seed: UInt64
  ) -> [Check] {
    var random = TestRandom(seed)
    let g = gradient.doubles
    let largest = g.indices.max { abs(g[$0]) < abs(g[$1]) } ?? 0
    var directions = [g.map { _ in random.bits() % 2 == 0 ? 1.0 : -1.0 }]
    for i in [largest, random.index(below: g.count)] {
      var unit = [Double](repeating: 0, count: g.count)
      unit[i] = 1
      directions.append(unit)
    }
    let slopes = directions.map { self.slopes(variable, along: $0) }
    let spread = slopes.flatMap { slope in slope.disturbed.map { abs($0 - slope.exact) } }.max() ?? 0
    let loss = abs(total(base))
    return directions.indices.compactMap { i in
      let slope = slopes[i]
      let scale = zip(g, directions[i]).reduce(0) { $0 + abs($1.0 * $1.1) } + abs(g[largest])
      let moved = Double(directions[i].count { $0 != 0 })
      let tolerance = 0x1p-18 * scale + 16 * spread + 0x1p-20 * largestOfAll * moved + 1e-9 * (1 + loss)
      guard slope.isSmooth, tolerance <= 1e-2 * (scale + 1e-3) || spread == 0 else { return nil }
      let value = zip(g, directions[i]).reduce(0) { $0 + $1.0 * $1.1 }
      let name: String
      switch variable {
      case .input(let k): name = "d input \(k)"
      case .parameter(let parameter): name = "d \(parameter)"
      }
      let what = i == 0 ? " along a direction" : "[\(i == 1 ? largest : directions[i].firstIndex(of: 1) ?? 0)]"
      return Check(name: name + what, value: value, expected: slope.exact, tolerance: tolerance)
    }
  }

  private struct Slopes {
    var exact: Double
    var isSmooth: Bool
    var disturbed: [Double]
  }

  private mutating func slopes(_ variable: Variable, along direction: [Double]) -> Slopes {
    let original: [Double]
    switch variable {
    case .input(let i): original = twin.inputs[i]
    case .parameter(let name): original = twin.parameters[name] ?? []
    }
    func set(_ value: [Double], in twin: inout DoubleNetwork) {
      switch variable {
      case .input(let i): twin.inputs[i] = value
      case .parameter(let name): twin.parameters[name] = value
      }
    }
    var sides: [[Double]] = []  // above and below: exact, disturbed, disturbed
    for sign in [1.0, -1.0] {
      set(original.indices.map { original[$0] + sign * Self.step * direction[$0] }, in: &twin)
      sides.append(
        [total(twin.run(mode))]
          + [1, 2].map { total(twin.run(mode, noise: Self.noise, noiseSeed: $0, base: base)) })
    }
    set(original, in: &twin)
    let centre = total(base)
    let (up, down) = ((sides[0][0] - centre) / Self.step, (centre - sides[1][0]) / Self.step)
    let slopes = (0..<3).map { (sides[0][$0] - sides[1][$0]) / (2 * Self.step) }
    let isSmooth = abs(up - down) <= 1e-3 * max(abs(up), abs(down)) + 1e-7 * (1 + abs(centre))
    return Slopes(exact: slopes[0], isSmooth: isSmooth, disturbed: [slopes[1], slopes[2]])
  }

  private func total(_ pass: DoubleNetwork.Pass) -> Double {
    dy.indices.reduce(0) { sum, i in zip(dy[i], pass.outputs[i]).reduce(sum) { $0 + $1.0 * $1.1 } }
  }
}
