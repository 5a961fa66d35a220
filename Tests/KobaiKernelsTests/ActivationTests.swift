import KobaiKernels
import TestSupport
import Testing

@Suite struct ActivationTests {
  /// Around the sixteen lanes.
  static let counts = [0, 1, 15, 16, 17, 33, 1000]

  /// The default functions, and some with other constants.
  static let functions =
    Activation.allCases + [.leakyReLU(slope: -0.5), .elu(alpha: 0.3), .softplus(beta: 3, threshold: 2)]

  @Test(arguments: InstructionSet.supported, functions)
  func agreesWithDouble(_ isa: InstructionSet, _ activation: Activation) throws {
    let kernels = Kernels(instructionSet: isa, threads: 2)
    for count in Self.counts {
      var random = TestRandom(UInt64(count))
      let x = random.floats(count).map { $0 * 8 }
      let dy = random.floats(count)
      var (y, dx) = (x, x)
      try kernels.activationForward(activation, x.span, into: y.mutableSpan)
      try kernels.activationBackward(activation, dy.span, x: x.span, y: y.span, into: dx.mutableSpan)
      // Values are right to a few units in the last place of values up to 1, and in relation to larger ones; slopes,
      // products of such values, to about twice that.
      let values = x.map { Oracle.activation(activation, Double($0)).value }
      expectClose(y, values, tolerance: { 6 * 0x1p-24 * max(1, abs(values[$0])) }, "\(activation)")
      let slopes = zip(x, dy).map { Oracle.activation(activation, Double($0)).slope * Double($1) }
      expectClose(dx, slopes, tolerance: 8 * 0x1p-24, "slope of \(activation)")
    }
  }

  @Test(
    "the step of 0 is 0, whatever its sign, and so is that of what is no number", arguments: InstructionSet.supported)
  func stepAtZero(_ isa: InstructionSet) throws {
    var y = [Float](repeating: 9, count: 6)
    try Kernels(instructionSet: isa).activationForward(
      .step, [0, -0.0, 1e-30, -1e-30, .nan, 3].span, into: y.mutableSpan)
    #expect(y == [0, 0, 1, 0, 0, 1])
  }

  /// Small results have as many right digits as large ones, over the whole range where they are normal numbers. In the
  /// approximation of GELU by tanh, the argument's rounding errors grow with it.
  @Test(arguments: InstructionSet.supported)
  func valuesAreRightToTheLastDigits(_ isa: InstructionSet) throws {
    let kernels = Kernels(instructionSet: isa)
    for (activation, limit, largest) in [
      (.elu(), 1.5, 100.0), (.gelu, 6, 12.5), (.geluTanh, 200, 7), (.silu, 3.5, 85), (.softplus(), 2.5, 85),
      (.leakyReLU(), 1, 100), (.hardSwish, 2.5, 100),
    ] as [(Activation, Double, Double)] {
      let x = (-8000...8000).map { Float($0) * Float(largest / 8000) }.filter { $0 != 0 }
      var y = x
      try kernels.activationForward(activation, x.span, into: y.mutableSpan)
      let worst =
        zip(x, y).map { x, y in
          let right = Oracle.activation(activation, Double(x)).value
          return abs(Double(y) - right) / Double(Float(right).ulp)
        }.max() ?? 0
      #expect(worst < limit, "\(activation) is off by \(worst) units in the last place")
    }
  }

  /// Errors relative to the value, over the whole range: small results have as many right digits as large ones.
  @Test(arguments: InstructionSet.supported)
  func sigmoidAndTanhAreRightToTheLastDigits(_ isa: InstructionSet) throws {
    let kernels = Kernels(instructionSet: isa)
    let x = (-8000...8000).map { Float($0) * 0.01 }
    var (sigmoid, tanh) = (x, x)
    try kernels.activationForward(.sigmoid, x.span, into: sigmoid.mutableSpan)
    try kernels.activationForward(.tanh, x.span, into: tanh.mutableSpan)
    func ulps(_ value: Float, _ right: Double) -> Double {
      abs(Double(value) - right) / Double(Float(right).ulp)
    }
    let worstSigmoid = zip(x, sigmoid).map { ulps($1, Oracle.sigmoid(Double($0))) }.max() ?? 0
    let worstTanh = zip(x, tanh).map { ulps($1, Oracle.tanh(Double($0))) }.max() ?? 0
    #expect(worstSigmoid < 2.5, "sigmoid is off by \(worstSigmoid) units in the last place")
    #expect(worstTanh < 2, "tanh is off by \(worstTanh) units in the last place")
  }

  /// One of one's own has the bits of the closures that it is made of, and of the kernel that computes the same.
  @Test(arguments: Kernels.everyKind)
  func customActivationsAreTheirFunctions(_ kernels: Kernels) throws {
    func check(_ function: some PointwiseActivation, _ kernel: Activation?) throws {
      let activation = Activation.custom(CustomActivation(function))
      for count in Self.counts + [40_001] {
        var random = TestRandom(UInt64(count))
        let (x, dy) = (random.floats(count), random.floats(count))
        var (y, dx, expected, slopes) = (x, dy, x, dy)
        try kernels.activationForward(activation, x.span, into: y.mutableSpan)
        try kernels.map(x.span, into: expected.mutableSpan) { x in function.forward(x) }
        expectSameBits(y, expected, "\(activation)")
        let kept = function.keepsInput ? x : y
        try kernels.activationBackward(activation, dy.span, x: x.span, y: y.span, into: dx.mutableSpan)
        try kernels.map(dy.span, kept.span, into: slopes.mutableSpan) { dy, kept in function.backward(dy, kept) }
        expectSameBits(dx, slopes, "slope of \(activation)")
        guard let kernel else { continue }
        try kernels.activationForward(kernel, x.span, into: expected.mutableSpan)
        try kernels.activationBackward(kernel, dy.span, x: x.span, y: y.span, into: slopes.mutableSpan)
        expectSameBits(y + dx, expected + slopes, "\(kernel)")
      }
    }
    try check(OwnLeakyReLU(), .leakyReLU())
    try check(OwnSquareplus(), nil)
  }

  @Test func customActivationsAreWhatTheyWereMadeOf() throws {
    let one = CustomActivation(OwnLeakyReLU())
    let (same, other) = (one, CustomActivation(OwnLeakyReLU()))
    #expect(one == same && one != other && Set([one, same, other]).count == 2)
    #expect(
      "\(one)" == "OwnLeakyReLU" && !one.keepsInput && Activation.custom(CustomActivation(OwnSquareplus())).keepsInput)
    let (x, dy): ([Float], [Float]) = ([1], [1])
    var dx: [Float] = [0]
    let error = #expect(throws: KernelError.self) {
      try Kernels.default.activationBackward(.custom(one), dy.span, x: x.span, into: dx.mutableSpan)
    }
    #expect(error?.description == "custom activation backward: its derivative needs the output y")
  }

  @Test(arguments: InstructionSet.supported)
  func endsOfTheRange(_ isa: InstructionSet) throws {
    let kernels = Kernels(instructionSet: isa)
    let x: [Float] = [.infinity, -.infinity, .nan, 1e30, -1e30, 0, -0.0]
    var y = x
    try kernels.activationForward(.sigmoid, x.span, into: y.mutableSpan)
    #expect(y[0] == 1 && y[1] == 0 && y[2].isNaN && y[3] == 1 && y[4] == 0 && y[5] == 0.5 && y[6] == 0.5)
    try kernels.activationForward(.tanh, x.span, into: y.mutableSpan)
    #expect(y[0] == 1 && y[1] == -1 && y[2].isNaN && y[3] == 1 && y[4] == -1 && y[5] == 0 && y[6].sign == .minus)
    try kernels.activationForward(.relu, x.span, into: y.mutableSpan)
    #expect(y[0] == .infinity && y[1] == 0 && y[2].isNaN && y[4] == 0)
    // At minus infinity GELU and SiLU are -infinity times 0, as in PyTorch.
    for activation in [.leakyReLU(), .elu(), .gelu, .geluTanh, .silu, .softplus(), .hardSwish] as [Activation] {
      try kernels.activationForward(activation, x.span, into: y.mutableSpan)
      #expect(y[0] == .infinity && y[2].isNaN && y[3] == 1e30 && y[4] <= 0, "\(activation)")
      var dx = x
      try kernels.activationBackward(
        activation, [Float](repeating: 1, count: 7).span, x: x.span, y: y.span, into: dx.mutableSpan)
      #expect(dx[0] == 1 && dx[3] == 1 && (dx[2].isNaN || activation == .leakyReLU()), "\(activation): \(dx)")
    }
  }

  @Test(arguments: InstructionSet.supported, [(1, 1), (3, 10), (2, 16), (5, 17), (7, 100)])
  func softmaxAgreesWithDouble(_ isa: InstructionSet, _ size: (rows: Int, columns: Int)) throws {
    let kernels = Kernels(instructionSet: isa, threads: 2)
    var random = TestRandom(31)
    let count = size.rows * size.columns
    let x = random.floats(count).map { $0 * 20 }
    let dy = random.floats(count)
    var (y, dx) = (x, x)
    try kernels.softmaxForward(rows: size.rows, columns: size.columns, x.span, into: y.mutableSpan)
    expectClose(y, Oracle.softmax(rows: size.rows, columns: size.columns, x.doubles), tolerance: 4e-7)
    try kernels.softmaxBackward(rows: size.rows, columns: size.columns, dy.span, y: y.span, into: dx.mutableSpan)
    let gradient = Oracle.gradient(
      of: { x in
        zip(Oracle.softmax(rows: size.rows, columns: size.columns, x), dy).reduce(0) { $0 + $1.0 * Double($1.1) }
      }, at: x.doubles)
    expectClose(dx, gradient, tolerance: 1e-6)
  }

  /// The book's example: without the subtraction of the maximum these would overflow (section 3.5.2).
  @Test(arguments: InstructionSet.supported)
  func softmaxDoesNotOverflow(_ isa: InstructionSet) throws {
    var y: [Float] = [0, 0, 0]
    try Kernels(instructionSet: isa).softmaxForward(rows: 1, columns: 3, [1010, 1000, 990].span, into: y.mutableSpan)
    expectClose(y, [9.99954600e-01, 4.53978686e-05, 2.06106005e-09], tolerance: 1e-7)
  }

  @Test func hasTheSameBitsEverywhere() throws {
    var random = TestRandom(37)
    let x = random.floats(70_000).map { $0 * 30 }
    let dy = random.floats(70_000)
    for activation in Self.functions {
      var first: ([Float], [Float])?
      for kernels in Kernels.everyKind {
        var (y, dx) = (x, x)
        try kernels.activationForward(activation, x.span, into: y.mutableSpan)
        try kernels.activationBackward(activation, dy.span, x: x.span, y: y.span, into: dx.mutableSpan)
        if let first {
          expectSameBits(y, first.0, "\(activation) \(kernels)")
          expectSameBits(dx, first.1, "\(activation) \(kernels)")
        } else {
          first = (y, dx)
        }
      }
    }
    var first: ([Float], [Float])?
    for kernels in Kernels.everyKind {
      var (y, dx) = (x, x)
      try kernels.softmaxForward(rows: 700, columns: 100, x.span, into: y.mutableSpan)
      try kernels.softmaxBackward(rows: 700, columns: 100, dy.span, y: y.span, into: dx.mutableSpan)
      if let first {
        expectSameBits(y, first.0, "softmax \(kernels)")
        expectSameBits(dx, first.1, "softmax \(kernels)")
      } else {
        first = (y, dx)
      }
    }
  }

  @Test func namesWhatIsWrong() {
    var y: [Float] = [0]
    func reason(_ activation: Activation, backward: Bool = false) -> String? {
      do {
        if backward {
          try Kernels().activationBackward(activation, [1].span, into: y.mutableSpan)
        } else {
          try Kernels().activationForward(activation, [1].span, into: y.mutableSpan)
        }
        return nil
      } catch { return error.description }
    }
    #expect(reason(.elu(alpha: -1)) == "elu forward: alpha -1.0 must not be negative")
    #expect(reason(.softplus(beta: 0)) == "softplus forward: beta 0.0 must be positive")
    #expect(reason(.leakyReLU(slope: .infinity)) == "leaky relu forward: slope inf must be a finite number")
    #expect(reason(.gelu, backward: true) == "gelu backward: its derivative needs the input x")
    #expect(reason(.elu(), backward: true) == "elu backward: its derivative needs the output y")
    #expect(reason(.leakyReLU(slope: -1), backward: true) == "leaky relu backward: its derivative needs the input x")
  }
}
