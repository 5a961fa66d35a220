import KobaiScratch
import TestSupport
import Testing

/// Every layer's way back against numerical differentiation, and what the book's pages show of each.
@Suite("Layers")
struct LayerTests {
  /// Numbers that all differ by 0.05 at least: no ties for a maximum, and none so near 0 that h = 1e-4 would cross it.
  private static func apart(_ shape: [Int], seed: UInt64) -> NDArray {
    var random = TestRandom(seed)
    let count = shape.reduce(1, *)
    return NDArray(shape: shape, random.distinctFloats(count, gap: 0.05).map { Double($0) + 0.0125 })
  }

  private static func parameter(_ shape: [Int], seed: UInt64) -> Parameter { Parameter(apart(shape, seed: seed)) }

  /// Expects the derivatives of Σ dout · layer(x), by x and by the parameters, to be the numerical ones. Those are right
  /// to h² times a third derivative and to the rounding of a sum over h: about 1e-8 of the largest here.
  private func check(_ layer: any Layer, _ x: NDArray, _ parameters: [Parameter] = [], tolerance: Double = 1e-7) {
    let dout = Self.apart(layer.forward(x).shape, seed: 99)
    func f(_ x: NDArray) -> Double { (layer.forward(x) * dout).sum() }
    _ = layer.forward(x)
    let dx = layer.backward(dout)
    let gradients = parameters.map(\.gradient)
    expectClose(dx, numericalGradient(f, x), tolerance, "dx")
    for (parameter, gradient) in zip(parameters, gradients) {
      let original = parameter.value
      let numerical = numericalGradient(
        {
          parameter.value = $0
          return f(x)
        }, original)
      parameter.value = original
      expectClose(gradient, numerical, tolerance, "a parameter of \(gradient.shape)")
    }
  }

  @Test("ReLU, sigmoid and tanh")
  func activations() {
    let x = Self.apart([3, 5], seed: 1)
    check(Relu(), x)
    check(Sigmoid(), x)
    check(Tanh(), x)
    #expect(Relu().forward([[1, -0.5], [-2, 3]]) == [[1, 0], [0, 3]])
  }

  @Test("affine, on rows and on images")
  func affine() {
    let (w, b) = (Self.parameter([6, 4], seed: 2), Self.parameter([4], seed: 3))
    check(Affine(w, b), Self.apart([3, 6], seed: 4), [w, b])
    check(Affine(w, b), Self.apart([3, 1, 2, 3], seed: 5), [w, b])
  }

  @Test("convolution, padded and with a stride")
  func convolution() {
    let (w, b) = (Self.parameter([2, 3, 3, 2], seed: 6), Self.parameter([2], seed: 7))
    for (stride, pad) in [(1, 0), (1, 1), (2, 1), (3, 0)] {
      check(Convolution(w, b, stride: stride, pad: pad), Self.apart([2, 3, 7, 6], seed: 8), [w, b], tolerance: 1e-6)
    }
  }

  @Test("pooling, with and without overlap")
  func pooling() {
    for (size, stride) in [(2, 2), (3, 1), (2, 1)] {
      check(Pooling(size, size, stride: stride), Self.apart([2, 2, 6, 4], seed: 9))
    }
    let x: NDArray = [[[[1, 2, 3, 0], [0, 1, 2, 4], [1, 0, 4, 2], [3, 2, 0, 1]]]]
    #expect(Pooling(2, 2).forward(x) == [[[[2, 4], [3, 4]]]])
  }

  @Test("batch normalisation: gradients; columns of mean 0 and deviation 1; running statistics afterwards")
  func batchNormalization() {
    let (gamma, beta) = (Self.parameter([4], seed: 10), Self.parameter([4], seed: 11))
    let x = Self.apart([5, 4], seed: 12)
    check(BatchNormalization(gamma, beta), x, [gamma, beta], tolerance: 1e-6)
    let images = Self.apart([3, 2, 2, 1], seed: 13)
    check(BatchNormalization(gamma, beta), images, [gamma, beta], tolerance: 1e-6)

    let plain = BatchNormalization(Parameter(.ones(4)), Parameter(.zeros(4)))
    let y = plain.forward(x)
    expectClose(y.mean(axis: 0), .zeros(4), 1e-12)
    expectClose((y * y).mean(axis: 0), .ones(4), 1e-4)  // ε = 1e-6 of variances above 0.01
    // The first batch counts a tenth.
    expectClose(plain.runningMean, 0.1 * x.mean(axis: 0), 1e-12)
    let inference = plain.forward(x, train: false)
    expectClose(inference, (x - plain.runningMean) / sqrt(plain.runningVariance + 1e-6), 1e-12)
  }

  @Test("dropout: the same elements forward and backward; inference multiplies by what is kept")
  func dropout() {
    let layer = Dropout(0.3, seed: 1)
    let x = NDArray.ones(100, 100)
    let y = layer.forward(x)
    #expect(Set(y.elements) == [0, 1])
    #expect(abs(y.mean() - 0.7) < 0.02)  // four standard errors of 10,000 draws
    #expect(layer.backward(x) == y)
    #expect(layer.forward(x, train: false) == x * 0.7)
    #expect(layer.forward(x) != y)
  }

  @Test("softmax with loss: y − t over the batch, for labels, one-hot rows and distributions")
  func softmaxWithLoss() {
    let layer = SoftmaxWithLoss(epsilon: 0)
    let x = Self.apart([4, 3], seed: 14)
    let labels = [2, 0, 1, 1]
    let loss = layer.forward(x, labels)
    let dx = layer.backward()
    expectClose(dx, numericalGradient({ layer.forward($0, labels) }, x), 1e-8)
    #expect(loss == layer.forward(x, oneHot(labels, classes: 3)) && dx == layer.backward())
    #expect(abs(loss - crossEntropyError(softmax(x), labels, epsilon: 0)) < 1e-15)
    let t = softmax(Self.apart([4, 3], seed: 15))
    _ = layer.forward(x, t)
    expectClose(layer.backward(), numericalGradient({ layer.forward($0, t) }, x), 1e-8)
    let (one, target) = (NDArray([0.3, 0.6, 0.1]), NDArray([0, 1, 0]))
    _ = layer.forward(one, target)
    expectClose(layer.backward(), numericalGradient({ layer.forward($0, target) }, one), 1e-8)
  }

  @Test("what is no number stays none, as numpy's maximum has it") func nans() {
    #expect(relu(Double.nan).isNaN && relu(-1.0) == 0.0 && relu(2.0) == 2.0)
    let nan = NDArray([.nan, 1])
    for larger in [maximum(nan, NDArray([2, 0])), maximum(NDArray([2, 0]), nan)] {
      #expect(larger.elements[0].isNaN && larger.elements[1] == 1)
    }
  }

  @Test("apples and oranges, the book's numbers")
  func apples() {
    let (apples, oranges, add, tax) = (MulLayer(), MulLayer(), AddLayer(), MulLayer())
    let price = tax.forward(add.forward(apples.forward(100, 2), oranges.forward(150, 3)), 1.1)
    let (dSum, dTax) = tax.backward(1)
    let (dApples, dOranges) = add.backward(dSum)
    let (dApple, dAppleCount) = apples.backward(dApples)
    let (dOrange, dOrangeCount) = oranges.backward(dOranges)
    for (actual, expected) in [
      (price, 715), (dTax, 650), (dApple, 2.2), (dAppleCount, 110), (dOrange, 3.3), (dOrangeCount, 165),
    ] { #expect(abs(actual - expected) < 1e-9) }
  }

  @Test("im2col: the book's shapes; col2im adds what several windows saw")
  func im2colShapes() {
    let x = Self.apart([10, 3, 7, 7], seed: 16)
    #expect(im2col(x.rows(0..<1), filter: (5, 5)).shape == [9, 75])
    #expect(im2col(x, filter: (5, 5)).shape == [90, 75])
    let ones = NDArray.ones(1, 1, 3, 3)
    let seen = col2im(im2col(ones, filter: (2, 2)), imageShape: [1, 1, 3, 3], filter: (2, 2))
    #expect(seen == [[[[1, 2, 1], [2, 4, 2], [1, 2, 1]]]])
  }

  @Test("backward before forward ends the process and says so")
  func order() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Relu().backward([1, 2])
    }
    #expect(words(result).contains("backward goes after forward"))
  }
}
