import KobaiKernels
import TestSupport
import Testing

@Suite struct OptimizerTests {
  /// PyTorch's formulas in Double, one element at a time.
  private func oracle(_ rule: UpdateRule, _ s: UpdateStep, w: Double, g: Double, v: Double, h: Double) -> (
    w: Double, v: Double, h: Double
  ) {
    let (lr, decay, b1, b2) = (
      Double(s.learningRate), Double(s.weightDecay), Double(s.beta1), Double(s.beta2)
    )
    let (epsilon, c1, c2) = (Double(s.epsilon), Double(s.correction1), Double(s.correction2))
    let gd = g + decay * w
    switch rule {
    case .sgd: return (w - lr * gd, v, h)
    case .momentum: return (w - lr * (b1 * v + gd), b1 * v + gd, h)
    case .nesterov: return (w - lr * (gd + b1 * (b1 * v + gd)), b1 * v + gd, h)
    case .adaGrad: return (w - lr * gd / ((h + gd * gd).squareRoot() + epsilon), v, h + gd * gd)
    case .rmsProp:
      let h = b2 * h + (1 - b2) * gd * gd
      return (w - lr * gd / (h.squareRoot() + epsilon), v, h)
    case .adam, .adamW:
      let isDecoupled = rule == .adamW
      let used = isDecoupled ? g : gd
      let (v, h) = (b1 * v + (1 - b1) * used, b2 * h + (1 - b2) * used * used)
      let start = isDecoupled ? w * (1 - lr * decay) : w
      return (start - lr / c1 * v / ((h / c2).squareRoot() + epsilon), v, h)
    }
  }

  /// One update with the states that the rule has.
  private func update(
    _ kernels: Kernels, _ rule: UpdateRule, _ step: UpdateStep, _ g: [Float], _ w: inout [Float], _ v: inout [Float],
    _ h: inout [Float]
  ) throws {
    switch (rule.hasFirst, rule.hasSecond) {
    case (false, false): try kernels.update(rule, step, gradient: g.span, weights: w.mutableSpan)
    case (true, false):
      try kernels.update(rule, step, gradient: g.span, weights: w.mutableSpan, first: v.mutableSpan)
    case (false, true):
      try kernels.update(rule, step, gradient: g.span, weights: w.mutableSpan, second: h.mutableSpan)
    case (true, true):
      try kernels.update(
        rule, step, gradient: g.span, weights: w.mutableSpan, first: v.mutableSpan, second: h.mutableSpan)
    }
  }

  @Test(arguments: InstructionSet.supported, UpdateRule.allCases)
  func agreesWithDouble(_ isa: InstructionSet, _ rule: UpdateRule) throws {
    let kernels = Kernels(instructionSet: isa, threads: 2)
    for count in [1, 15, 16, 17, 100] {
      for decay in [0, 0.1] as [Float] {
        var random = TestRandom(61)
        var (w, g) = (random.floats(count), random.floats(count))
        var (v, h) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
        var (rightW, rightV, rightH) = (w.doubles, v.doubles, h.doubles)
        for t in 1...3 {
          let step = UpdateStep(
            learningRate: 0.05, weightDecay: decay, beta1: 0.9, beta2: 0.99, epsilon: 1e-6,
            correction1: Float(1 - pow(0.9, t)), correction2: Float(1 - pow(0.99, t)))
          try update(kernels, rule, step, g, &w, &v, &h)
          for i in 0..<count {
            (rightW[i], rightV[i], rightH[i]) = oracle(
              rule, step, w: rightW[i], g: Double(g[i]), v: rightV[i], h: rightH[i])
          }
          g = random.floats(count)
        }
        // A handful of roundings in each of three steps; the quotients g / √h are at most a few units.
        expectClose(w, rightW, tolerance: 2e-6, "\(rule) w")
        if rule.hasFirst { expectClose(v, rightV, tolerance: 2e-6, "\(rule) v") }
        if rule.hasSecond { expectClose(h, rightH, tolerance: 2e-6, "\(rule) h") }
      }
    }
  }

  private func pow(_ base: Double, _ exponent: Int) -> Double { (0..<exponent).reduce(1) { p, _ in p * base } }

  @Test(arguments: UpdateRule.allCases)
  func hasTheSameBitsEverywhere(_ rule: UpdateRule) throws {
    var random = TestRandom(67)
    let count = 40_009
    let (w0, g) = (random.floats(count), random.floats(count))
    let step = UpdateStep(
      learningRate: 0.01, weightDecay: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, correction1: 0.1,
      correction2: 0.001)
    var first: [Float]?
    for kernels in Kernels.everyKind {
      var (w, v, h) = (w0, g, g.map(abs))
      try update(kernels, rule, step, g, &w, &v, &h)
      if let first { expectSameBits(w + v + h, first, "\(kernels)") } else { first = w + v + h }
    }
  }

  /// Parameters of no element, of one, and longer than what the threads take at a time.
  @Test func sharesOutEachParameter() throws {
    var random = TestRandom(71)
    let count = 50_000
    let (w0, g) = (random.floats(count), random.floats(count))
    let step = UpdateStep(learningRate: 0.01)
    var expected = w0
    try Kernels(threads: 1).update(.sgd, step, gradient: g.span, weights: expected.mutableSpan)
    for kernels in Kernels.everyKind {
      var w = w0
      try kernels.update(
        .sgd, step, gradient: g.span, weights: w.mutableSpan, parameterEnds: [1, 1, 17, 30_000, 30_001, count].span)
      expectSameBits(w, expected, "\(kernels)")
    }
    for ends in [[], [count - 1], [20, 10, count], [-1, count], [count + 1, count]] {
      var w = w0
      let error = #expect(throws: KernelError.self, "\(ends)") {
        try Kernels().update(.sgd, step, gradient: g.span, weights: w.mutableSpan, parameterEnds: ends.span)
      }
      #expect(error?.description == "sgd update: parameters must end one after the other, the last at 50000")
      expectSameBits(w, w0, "\(ends)")
    }
  }

  @Test func namesAMissingState() {
    var w: [Float] = [1]
    let error = #expect(throws: KernelError.self) {
      try Kernels().update(.adam, UpdateStep(learningRate: 1), gradient: [1].span, weights: w.mutableSpan)
    }
    #expect(error?.description == "adam update: needs a first state")
  }
}
