import KobaiKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The kernels, called directly, against plain loops over Doubles.
func checkKernels(_ kernels: Kernels, _ checks: inout Checks) throws {
  try checkGemm(kernels, &checks)
  try checkConvolution(kernels, &checks)
  try checkLoss(kernels, &checks)
  try checkUpdate(kernels, &checks)
  checkErrors(kernels, &checks)
}

private func checkGemm(_ kernels: Kernels, _ checks: inout Checks) throws {
  let (m, n, k) = (17, 33, 29)
  let (a, b) = (sample(m * k), sample(n * k, from: 50))
  var c = [Float](repeating: 0, count: m * n)
  try kernels.gemm(GemmShape(m: m, n: n, k: k, transposeB: true), alpha: 2, a.span, b.span, into: c.mutableSpan)
  var expected = [Double](repeating: 0, count: m * n)
  for i in 0..<m {
    for j in 0..<n {
      for l in 0..<k { expected[i * n + j] += 2 * Double(a[i * k + l]) * Double(b[j * k + l]) }
    }
  }
  checks.check(c, near: expected, "gemm \(m)×\(n)×\(k)")
}

private func checkConvolution(_ kernels: Kernels, _ checks: inout Checks) throws {
  let shape = Conv2DShape(batch: 2, channels: 3, input: Size2D(7, 9), filters: 4, kernel: 3, stride: 2, padding: 1)
  let (x, weight) = (sample(shape.inputCount), sample(shape.weightCount, from: 9))
  let bias: [Float] = [0.5, -0.5, 0.25, 0]
  var y = [Float](repeating: 0, count: shape.outputCount)
  try kernels.conv2DForward(shape, x.span, weight: weight.span, bias: bias.span, into: y.mutableSpan)
  var expected: [Double] = []
  for image in 0..<2 {
    for filter in 0..<4 {
      for row in 0..<shape.output.height {
        for column in 0..<shape.output.width {
          var sum = Double(bias[filter])
          for channel in 0..<3 {
            for i in 0..<9 {
              let (py, px) = (row * 2 + i / 3 - 1, column * 2 + i % 3 - 1)
              guard (0..<7).contains(py), (0..<9).contains(px) else { continue }
              sum +=
                Double(x[((image * 3 + channel) * 7 + py) * 9 + px]) * Double(weight[(filter * 3 + channel) * 9 + i])
            }
          }
          expected.append(sum)
        }
      }
    }
  }
  checks.check(y, near: expected, "conv2DForward 3×7×9, 4 filters of 3×3, stride 2, padding 1")
}

private func checkLoss(_ kernels: Kernels, _ checks: inout Checks) throws {
  let (rows, columns) = (5, 11)
  let x = sample(rows * columns).map { $0 * 10 }
  let labels: [Int32] = [0, 10, 3, 3, 7]
  var dx = [Float](repeating: 0, count: x.count)
  let loss = try kernels.softmaxCrossEntropy(
    rows: rows, columns: columns, x.span, labels: labels.span, dx: dx.mutableSpan)
  var (expected, gradient) = (0.0, [Double]())
  for i in 0..<rows {
    let exponentials = (0..<columns).map { exp(Double(x[i * columns + $0])) }
    let sum = exponentials.reduce(0, +)
    expected -= log(exponentials[Int(labels[i])] / sum) / Double(rows)
    gradient += exponentials.indices.map { (exponentials[$0] / sum - ($0 == Int(labels[i]) ? 1 : 0)) / Double(rows) }
  }
  checks.check([loss], near: [expected], "softmaxCrossEntropy \(rows)×\(columns)")
  checks.check(dx, near: gradient, tolerance: 1e-6, "its gradient")
}

private func checkUpdate(_ kernels: Kernels, _ checks: inout Checks) throws {
  let gradient = sample(50)
  var (weights, velocity) = (sample(50, from: 3), [Float](repeating: 0, count: 50))
  let expected = zip(weights, gradient).map { w, g in Double(w) - 0.29 * Double(g) }
  for _ in 0..<2 {
    try kernels.update(
      .momentum, UpdateStep(learningRate: 0.1, beta1: 0.9), gradient: gradient.span, weights: weights.mutableSpan,
      first: velocity.mutableSpan)
  }
  checks.check(weights, near: expected, "update, twice with momentum 0.9")
}

/// Wrong sizes come back as errors that name the argument.
private func checkErrors(_ kernels: Kernels, _ checks: inout Checks) {
  var y = [Float](repeating: 0, count: 2)
  do {
    try kernels.activationForward(.tanh, [1, 2, 3].span, into: y.mutableSpan)
    checks.check(false, "a wrong size was taken")
  } catch { checks.check(error == .count(kernel: "tanh forward", argument: "y", needed: 3, given: 2), "\(error)") }
}
