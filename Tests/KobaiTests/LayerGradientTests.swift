import Kobai
import TestSupport
import Testing

/// A layer as a function in Double: the outputs of a batch from its inputs and parameters.
typealias DoubleLayer = (_ x: [Double], _ parameters: [[Double]]) -> [Double]

/// Compares a layer's outputs and all its gradients with central differences of the same layer in Double.
///
/// - Parameter tolerance: of gradients that are sums of at most a few hundred products of numbers below 1; float
///   rounding makes up to about 1e-6 of them.
func checkGradients(
  _ spec: any LayerSpec, input: Shape, batch: Int, kernels: Kernels, x: [Float]? = nil, tolerance: Double = 3e-6,
  sourceLocation: SourceLocation = #_sourceLocation, _ oracle: DoubleLayer
) throws {
  var layers = Sequential()
  layers.append("layer", spec)
  let network = try Network(input: input, batch: batch, layers, seed: 3, kernels: kernels, inputGradient: true)
  var random = TestRandom(97)
  let shape = input.batched(batch)
  let inputs = x ?? random.floats(shape.count)
  let tensor = Tensor(shape, inputs)
  for parameter in network.parameters.all {
    parameter.value.copy(from: Tensor([parameter.value.count], random.floats(parameter.value.count)))
  }
  let y = try network.forward(tensor, .training(step: 5)).elements
  let parameters = network.parameters.all.map { $0.value.elements.doubles }
  expectClose(y, oracle(inputs.doubles, parameters), tolerance: tolerance, "y", sourceLocation: sourceLocation)

  let dy = random.floats(y.count)
  network.outputGradient.copy(from: Tensor([y.count], dy))
  try network.backward()
  func total(_ y: [Double]) -> Double { zip(y, dy).reduce(0) { $0 + $1.0 * Double($1.1) } }
  let dx = Oracle.gradient(of: { total(oracle($0, parameters)) }, at: inputs.doubles)
  expectClose(
    try #require(network.inputGradient).elements, dx, tolerance: tolerance, "dx", sourceLocation: sourceLocation)
  for (i, parameter) in network.parameters.all.enumerated() {
    let gradient = Oracle.gradient(
      of: { value in
        var changed = parameters
        changed[i] = value
        return total(oracle(inputs.doubles, changed))
      }, at: parameters[i])
    expectClose(
      parameter.gradient.elements, gradient, tolerance: tolerance, parameter.name, sourceLocation: sourceLocation)
  }
}

@Suite struct LayerGradientTests {
  static let kernels = InstructionSet.supported.map { Kernels(instructionSet: $0, threads: 2) }

  @Test(arguments: kernels)
  func conv2D(_ kernels: Kernels) throws {
    for (stride, padding, size) in [(1, 0, (5, 6)), (1, 1, (4, 5)), (2, 1, (7, 6)), (2, -1, (8, 7))] {
      var s = Oracle.Window()
      (s.batch, s.channels, s.height, s.width) = (2, 3, size.0, size.1)
      (s.filters, s.kernelHeight, s.kernelWidth) = (4, 3, 2)
      (s.strideHeight, s.strideWidth, s.padHeight, s.padWidth) = (stride, stride, padding, padding)
      let window = s
      try checkGradients(
        Conv2D(filters: 4, kernel: Size2D(3, 2), stride: Size2D(stride), padding: Size2D(padding)),
        input: [3, size.0, size.1], batch: 2, kernels: kernels
      ) { x, p in Oracle.convolution(window, x, p[0], p[1]) }
      try checkGradients(
        Conv2D(filters: 4, kernel: Size2D(3, 2), stride: Size2D(stride), padding: Size2D(padding), bias: false),
        input: [3, size.0, size.1], batch: 2, kernels: kernels
      ) { x, p in Oracle.convolution(window, x, p[0], [0, 0, 0, 0]) }
    }
  }

  @Test(arguments: kernels)
  func groupedAndDilatedConv2D(_ kernels: Kernels) throws {
    for (filters, groups, stride, dilation) in [(6, 2, 1, 1), (4, 4, 2, 1), (8, 4, 1, 2), (6, 1, 2, 3)] {
      var s = Oracle.Window()
      (s.batch, s.channels, s.height, s.width) = (2, groups == 1 ? 3 : 4, 7, 6)
      (s.filters, s.kernelHeight, s.kernelWidth, s.groups) = (filters, 3, 2, groups)
      (s.strideHeight, s.strideWidth, s.padHeight, s.padWidth) = (stride, stride, 1, 1)
      (s.dilationHeight, s.dilationWidth) = (dilation, dilation)
      let window = s
      try checkGradients(
        Conv2D(
          filters: filters, kernel: Size2D(3, 2), stride: Size2D(stride), padding: 1, dilation: Size2D(dilation),
          groups: groups), input: [s.channels, 7, 6], batch: 2, kernels: kernels
      ) { x, p in Oracle.convolution(window, x, p[0], p[1]) }
    }
  }

  @Test(arguments: kernels)
  func convTranspose2D(_ kernels: Kernels) throws {
    for (filters, groups, stride, more, dilation) in [(5, 1, 2, 1, 1), (6, 2, 1, 0, 2), (4, 4, 3, 2, 1)] {
      var s = Oracle.Spread()
      (s.batch, s.channels, s.height, s.width) = (2, 4, 4, 3)
      (s.filters, s.kernelHeight, s.kernelWidth, s.groups) = (filters, 3, 2, groups)
      (s.strideHeight, s.strideWidth, s.padHeight, s.padWidth) = (stride, stride, 1, 0)
      (s.moreRows, s.moreColumns, s.dilationHeight, s.dilationWidth) = (more, more, dilation, dilation)
      let sizes = s
      for bias in [true, false] {
        try checkGradients(
          ConvTranspose2D(
            filters: filters, kernel: Size2D(3, 2), stride: Size2D(stride), padding: Size2D(1, 0),
            outputPadding: Size2D(more), dilation: Size2D(dilation), groups: groups, bias: bias),
          input: [4, 4, 3], batch: 2, kernels: kernels
        ) { x, p in
          Oracle.transposedConvolution(sizes, x, p[0], bias ? p[1] : [Double](repeating: 0, count: filters))
        }
      }
    }
  }

  @Test(arguments: kernels)
  func affine(_ kernels: Kernels) throws {
    try checkGradients(Affine(7), input: [2, 3, 2], batch: 5, kernels: kernels) { x, p in
      let (sum, _) = Oracle.product(m: 5, n: 7, k: 12, transposeB: true, lda: 12, ldb: 12, x, p[0])
      return sum.indices.map { sum[$0] + p[1][$0 % 7] }
    }
  }

  /// Distinct inputs: where two elements of a window are equal, the largest has no gradient.
  @Test(arguments: kernels)
  func maxPool2D(_ kernels: Kernels) throws {
    for (window, stride, padding) in [(2, 2, 0), (3, 2, 1)] {
      var s = Oracle.Window()
      (s.batch, s.channels, s.height, s.width) = (2, 2, 6, 7)
      (s.kernelHeight, s.kernelWidth, s.strideHeight, s.strideWidth) = (window, window, stride, stride)
      (s.padHeight, s.padWidth) = (padding, padding)
      let sizes = s
      var random = TestRandom(5)
      try checkGradients(
        MaxPool2D(Size2D(window), stride: Size2D(stride), padding: Size2D(padding)), input: [2, 6, 7], batch: 2,
        kernels: kernels, x: random.distinctFloats(168, gap: 0.01)
      ) { x, _ in Oracle.maxPool(sizes, x).y }
    }
  }

  @Test(arguments: kernels)
  func averagePool2D(_ kernels: Kernels) throws {
    var s = Oracle.Window()
    (s.batch, s.channels, s.height, s.width) = (2, 2, 6, 7)
    (s.kernelHeight, s.kernelWidth, s.strideHeight, s.strideWidth, s.padHeight, s.padWidth) = (3, 2, 2, 1, 1, 1)
    let sizes = s
    try checkGradients(
      AveragePool2D(Size2D(3, 2), stride: Size2D(2, 1), padding: 1), input: [2, 6, 7], batch: 2, kernels: kernels
    ) { x, _ in Oracle.averagePool(sizes, x) }
  }

  @Test(arguments: kernels)
  func batchNorm(_ kernels: Kernels) throws {
    for input in [[5], [3, 2, 4]] as [Shape] {
      // Near a deviation of 0.5 the quotients double the errors.
      try checkGradients(BatchNorm(), input: input, batch: 6, kernels: kernels, tolerance: 2e-5) { x, p in
        Oracle.batchNorm(
          batch: 6, channels: input[0], plane: input.count / input[0], epsilon: 1e-5, x, gamma: p[0], beta: p[1]
        ).y
      }
    }
  }

  @Test(arguments: kernels)
  func activations(_ kernels: Kernels) throws {
    var random = TestRandom(11)
    let x = random.distinctFloats(60, gap: 0.05).map { $0 + 0.01 }  // none at the kink
    func check(_ spec: any LayerSpec, _ f: @escaping (Double) -> Double) throws {
      try checkGradients(spec, input: [3, 2, 5], batch: 2, kernels: kernels, x: x) { x, _ in x.map(f) }
    }
    try check(ReLU()) { max($0, 0) }
    try check(Sigmoid(), Oracle.sigmoid)
    try check(Tanh(), Oracle.tanh)
    try check(Step()) { $0 > 0 ? 1 : 0 }
    try check(Identity()) { $0 }
    try check(LeakyReLU()) { $0 > 0 ? $0 : Double(Float(0.01)) * $0 }
    try check(LeakyReLU(-0.5)) { $0 > 0 ? $0 : -0.5 * $0 }
    try check(ELU(alpha: 0.5)) { $0 > 0 ? $0 : 0.5 * Oracle.expm1($0) }
    try check(GELU()) { $0 * Oracle.normal($0) }
    try check(GELU(approximate: .tanh)) {
      $0 / 2 * (1 + Oracle.tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0)))
    }
    try check(SiLU()) { $0 * Oracle.sigmoid($0) }
    try check(Softplus(beta: 2)) { Oracle.log1p(Oracle.exp(2 * $0)) / 2 }
    try check(HardSwish()) { $0 * min(max($0 + 3, 0), 6) / 6 }
    try check(Flatten()) { $0 }
  }

  @Test(arguments: kernels)
  func prelu(_ kernels: Kernels) throws {
    var random = TestRandom(11)
    for (input, perChannel) in [([3, 2, 5], true), ([3, 2, 5], false), ([17], true), ([17], false)] as [(Shape, Bool)] {
      let plane = input.count / (perChannel ? input[0] : 1)
      let x = random.distinctFloats(2 * input.count, gap: 0.05).map { $0 + 0.01 }
      try checkGradients(PReLU(perChannel: perChannel), input: input, batch: 2, kernels: kernels, x: x) { x, p in
        x.indices.map { x[$0] > 0 ? x[$0] : x[$0] * p[0][$0 / plane % p[0].count] }
      }
    }
  }

  @Test(arguments: kernels)
  func softmax(_ kernels: Kernels) throws {
    try checkGradients(Softmax(), input: [11], batch: 4, kernels: kernels) { x, _ in
      Oracle.softmax(rows: 4, columns: 11, x)
    }
  }

  /// The mask is read off a first pass; within one step it stays the same.
  @Test(arguments: kernels)
  func dropout(_ kernels: Kernels) throws {
    let network = try Network(input: [50], batch: 3, ["layer": Dropout(0.4)], seed: 3, kernels: kernels)
    let mask = try network.forward(Tensor([3, 50], [Float](repeating: 1, count: 150)), .training(step: 5)).elements
    #expect(mask.contains(0) && mask.contains { $0 > 1 })
    try checkGradients(Dropout(0.4), input: [50], batch: 3, kernels: kernels) { x, _ in
      zip(x, mask).map { $0 * Double($1) }
    }
  }

  @Test func dropoutPredictsUnchanged() throws {
    let network = try Network(input: [50], batch: 3, ["layer": Dropout(0.4)])
    var random = TestRandom(1)
    let x = Tensor([3, 50], random.floats(150))
    #expect(try network.forward(x, .inference).elements == x.elements)
  }

  @Test func batchNormPredictsWithRunningStatistics() throws {
    let network = try Network(input: [2], batch: 4, ["norm": BatchNorm(momentum: 1)])
    let x = Tensor([4, 2], [1, 10, 2, 20, 3, 30, 4, 40])
    try network.forward(x, .training(step: 0))
    // With momentum 1 the running statistics are the batch's: means 2.5 and 25, unbiased variances 5/3 and 500/3.
    let norm = try #require(network["norm"] as? BatchNormLayer)
    #expect(norm.runningMean.elements == [2.5, 25])
    expectClose(norm.runningVariance.elements, [5.0 / 3, 500.0 / 3], tolerance: 2e-5)
    let y = try network.forward(x.prefix(1), .inference).elements
    let scaled = -1.5 / (5.0 / 3 + 1e-5).squareRoot()
    expectClose(y, [scaled, scaled], tolerance: 1e-5)
  }
}
