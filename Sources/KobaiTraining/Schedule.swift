import KobaiPreconditions

/// How the learning rate changes from step to step. The rate given to a schedule is its highest.
public enum Schedule: Sendable {
  /// The same rate throughout.
  case constant
  /// Multiplied by `factor` after every `epochs` epochs (PyTorch's StepLR).
  case step(epochs: Int = 10, factor: Float = 0.1)
  /// Half a cosine from the full rate to zero (Loshchilov & Hutter, 2017).
  case cosine
  /// Up from rate / 25 over the first `warmup` of all steps, then down to nearly zero, both along half a cosine or in straight
  /// lines (Smith & Topin, 2018; PyTorch's OneCycleLR with its `pct_start`, 0.3 unless given, and its `anneal_strategy`).
  case oneCycle(warmup: Float = 0.3, annealing: Annealing = .cosine)
  /// Up from rate / 25 over the first `warmup` of all steps, then down to zero, both in a straight line (Howard & Ruder,
  /// "Universal language model fine-tuning", 2018).
  case triangular(warmup: Float = 0.3)
  /// The rate that a function gives each step, which must not be negative:
  ///
  /// ```swift
  /// let halving = Schedule.custom { $0.highest / Float(1 << ($0.step / $0.stepsPerEpoch)) }
  /// ```
  ///
  /// A training that is resumed asks it for the steps that are left; it should depend on the position alone.
  case custom(@Sendable (_ position: Position) -> Float)

  /// How a rate goes from one value to another.
  public enum Annealing: String, Sendable, CaseIterable, Codable {
    /// Along half a cosine.
    case cosine = "cos"
    /// In a straight line.
    case linear
  }

  /// A step of a training, as a schedule sees it.
  public struct Position: Sendable, Equatable {
    /// The index of the step, from 0 on; a warm-up before the schedule is not counted.
    public let step: Int
    /// The number of steps in an epoch.
    public let stepsPerEpoch: Int
    /// The number of all steps of the training, without a warm-up.
    public let totalSteps: Int
    /// The optimizer's learning rate.
    public let highest: Float
  }

  /// Whether a step's rate depends on how many steps there are in all.
  public var dependsOnLength: Bool {
    switch self {
    case .constant, .step: false
    case .cosine, .oneCycle, .triangular, .custom: true  // of a function nothing is known
    }
  }

  /// The learning rate of one training step.
  ///
  /// - Parameters:
  ///   - highest: the rate that the schedule starts from, or rises to.
  ///   - step: from 0 on.
  ///   - perEpoch: steps in an epoch.
  ///   - total: all steps of the training.
  ///   - warmup: steps in which the rate first rises in a straight line (Goyal et al., "Accurate, large minibatch SGD",
  ///     2017); the schedule has the rest.
  public func rate(_ highest: Float, step: Int, perEpoch: Int, total: Int, warmup: Int = 0) -> Float {
    if step < warmup { return highest * Float(step + 1) / Float(warmup) }
    if warmup > 0 { return rate(highest, step: step - warmup, perEpoch: perEpoch, total: max(total - warmup, 1)) }
    switch self {
    case .constant: return highest
    case .step(let epochs, let factor):
      var rate = highest
      for _ in 0..<(step / max(perEpoch * epochs, 1)) { rate *= factor }
      return rate
    case .cosine: return Self.slide(highest, 0, Double(step) / Double(max(total, 1)))
    case .oneCycle(let warmup, let annealing):
      let slide = annealing == .cosine ? Self.slide : Self.line
      let start = highest / 25
      let peak = Double(warmup) * Double(total) - 1
      let last = Double(total - 1)
      if Double(step) <= peak { return slide(start, highest, peak > 0 ? Double(step) / peak : 1) }
      return slide(highest, start / 10000, last > peak ? (Double(step) - peak) / (last - peak) : 1)
    case .triangular(let warmup):
      let (at, peak) = (Double(step) / Double(max(total, 1)), Double(warmup))
      let share = at < peak ? 0.04 + 0.96 * at / peak : max(1 - at, 0) / (1 - peak)
      return Float(Double(highest) * share)
    case .custom(let function):
      let rate = function(Position(step: step, stepsPerEpoch: perEpoch, totalSteps: total, highest: highest))
      require(rate >= 0 && rate.isFinite, "the schedule's rate of step \(step) is \(rate); it must not be negative")
      return rate
    }
  }

  /// Half a cosine from `first` (at 0) to `last` (at 1).
  private static func slide(_ first: Float, _ last: Float, _ at: Double) -> Float {
    let share = (1 + cosineOfHalfTurns(min(max(at, 0), 1))) / 2
    return Float(Double(last) + (Double(first) - Double(last)) * share)
  }

  /// A straight line from `first` (at 0) to `last` (at 1).
  private static func line(_ first: Float, _ last: Float, _ at: Double) -> Float {
    Float(Double(first) + (Double(last) - Double(first)) * min(max(at, 0), 1))
  }
}

/// cos(π t) for t in 0 ... 1, to 1e-15. The C library's cosine differs between releases in the last digit; this one is
/// the same bits everywhere (a minimax polynomial in t²).
func cosineOfHalfTurns(_ t: Double) -> Double {
  if t > 0.5 { return -cosineOfHalfTurns(1 - t) }
  let z = t * t
  let coefficients = [
    1.0, -4.934802200544676, 4.058712126416498, -1.3352627688434646, 0.23533063012980834, -0.025806888739353516,
    0.0019295562835992188, -0.00010456658075847301, 4.149591729235886e-06,
  ]
  return coefficients.reversed().reduce(0) { $0 * z + $1 }
}
