import KobaiScratch
import TestSupport
import Testing

/// Networks: gradients by backpropagation against numerical ones, the optimizers' rules, and that training learns.
@Suite("Networks, optimizers and the trainer")
struct NetworkTests {
  private static func batch(_ shape: [Int], seed: UInt64) -> NDArray {
    var numbers = RandomNumbers(seed: seed)
    return .randomUniform(shape, using: &numbers)
  }

  /// Expects both gradients to agree. Central differences of h = 1e-4 leave about h² = 1e-8; where a ReLU or a maximum
  /// lies within h of its edge they are wrong altogether, and the seeds are such that none does.
  private func check(_ network: any NeuralNetwork, _ x: NDArray, _ t: [Int]) {
    let (numerical, exact) = (network.numericalGradient(x, t), network.gradient(x, t))
    #expect(exact.keys == network.params.keys)
    for (name, gradient) in exact {
      expectClose(gradient, numerical[name] ?? 0, 1e-6, name)
      #expect(abs(gradient).max() > 0, "\(name)")
    }
  }

  @Test("TwoLayerNet, with each activation", arguments: Activation.allCases)
  func twoLayerNet(_ activation: Activation) {
    var numbers = RandomNumbers(seed: 1)
    let network = TwoLayerNet(
      inputSize: 6, hiddenSize: 5, outputSize: 4, weightInitStd: 0.5, activation: activation, lossEpsilon: 0,
      using: &numbers)
    #expect(network.params.keys == ["W1", "b1", "W2", "b2"])
    check(network, Self.batch([3, 6], seed: 2), [1, 3, 0])
  }

  @Test("MultiLayerNet with weight decay; MultiLayerNetExtend with batch normalisation")
  func multiLayerNets() {
    var numbers = RandomNumbers(seed: 3)
    let plain = MultiLayerNet(
      inputSize: 6, hiddenSizeList: [5, 4], outputSize: 3, weightDecay: 0.1, lossEpsilon: 0, using: &numbers)
    check(plain, Self.batch([4, 6], seed: 4), [1, 2, 0, 1])
    let normalized = MultiLayerNetExtend(
      inputSize: 6, hiddenSizeList: [5, 4], outputSize: 3, activation: .sigmoid, weightDecay: 0.1, useBatchNorm: true,
      lossEpsilon: 0, using: &numbers)
    #expect(normalized.params.keys.contains("gamma2"))
    // Batch normalisation subtracts the biases before it again: their gradients are 0 but for rounding.
    let (x, t) = (Self.batch([5, 6], seed: 5), [1, 2, 0, 1, 0])
    let (numerical, exact) = (normalized.numericalGradient(x, t), normalized.gradient(x, t))
    for (name, gradient) in exact { expectClose(gradient, numerical[name] ?? 0, 1e-6, name) }
  }

  @Test("SimpleConvNet")
  func simpleConvNet() {
    var numbers = RandomNumbers(seed: 16)
    let network = SimpleConvNet(
      inputDim: (1, 8, 8), convParam: (3, 3, 0, 1), hiddenSize: 5, outputSize: 4, weightInitStd: 0.3, lossEpsilon: 0,
      using: &numbers)
    #expect(network.params.map(\.value.value.shape) == [[3, 1, 3, 3], [3], [27, 5], [5], [5, 4], [4]])
    check(network, Self.batch([2, 1, 8, 8], seed: 7), [1, 3])
  }

  @Test("DeepConvNet, without dropout, and its sizes on MNIST's images")
  func deepConvNet() {
    var numbers = RandomNumbers(seed: 8)
    let full = DeepConvNet(using: &numbers)
    #expect(full.params["W7"]?.value.shape == [64 * 4 * 4, 50] && full.params.keys.count == 16)
    #expect(full.layers.keys.last == "Dropout2" && full.predict(Self.batch([2, 1, 28, 28], seed: 1)).shape == [2, 10])
    let small = DeepConvNet(
      inputDim: (1, 8, 8), filterNums: [2, 2, 3, 3, 2, 2], hiddenSize: 4, outputSize: 3, dropoutRatio: 0,
      lossEpsilon: 0, using: &numbers)
    check(small, Self.batch([2, 1, 8, 8], seed: 9), [1, 2])
  }

  @Test("optimizers take the book's first steps")
  func optimizers() {
    // With a gradient of 2 twice: the rules by hand.
    func path(_ optimizer: some Optimizer) -> [Double] {
      var optimizer = optimizer
      let parameter = Parameter(NDArray([1]))
      return (0..<2).map { _ in
        optimizer.update(["W1": parameter], ["W1": [2]])
        return parameter.value[0]
      }
    }
    func expect(_ optimizer: some Optimizer, _ expected: [Double]) {
      for (a, b) in zip(path(optimizer), expected) { #expect(abs(a - b) < 1e-6, "\(optimizer)") }
    }
    expect(SGD(lr: 0.1), [0.8, 0.6])
    expect(Momentum(lr: 0.1), [0.8, 0.8 - 0.38])
    expect(Nesterov(lr: 0.1), [1 - 1.9 * 0.2, 1 - 2 * 1.9 * 0.2 - 0.81 * 0.2])
    expect(AdaGrad(lr: 0.1), [0.9, 0.9 - 0.1 * 2 / 8.squareRoot()])
    expect(RMSprop(lr: 0.1), [1 - 0.1 * 2 / 0.04.squareRoot(), 0 - 0.1 * 2 / (0.99 * 0.04 + 0.04).squareRoot()])
    expect(Adam(lr: 0.1), [0.9, 0.8])
  }

  @Test("the trainer: three bunches of points are told apart; its lists and its lines")
  func trainer() {
    var numbers = RandomNumbers(seed: 10)
    let t = (0..<90).map { $0 % 3 }
    let x =
      NDArray.randomNormal([90, 2], deviation: 0.3, using: &numbers)
      + NDArray(t.map { [[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]][$0] })
    let network = MultiLayerNet(inputSize: 2, hiddenSizeList: [8], outputSize: 3, using: &numbers)
    var lines: [String] = []
    let trainer = Trainer(
      network, train: (x, t), test: (x.rows(0..<30), Array(t[..<30])), epochs: 5, miniBatchSize: 9,
      optimizer: Adam(lr: 0.05), say: { lines.append($0) })
    #expect(trainer.train() == 1)
    #expect(trainer.trainLossList.count == 50 && trainer.trainAccList.count == 5)
    #expect(trainer.trainLossList.suffix(10).allSatisfy { $0 < 0.1 })
    #expect(lines.first == "train loss:\(trainer.trainLossList[0])" && lines.last == "test acc:1.0")
  }

  @Test("parameters of another shape, or of no name here, end the process")
  func setParams() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var numbers = RandomNumbers(seed: 1)
      TwoLayerNet(inputSize: 3, hiddenSize: 2, outputSize: 2, using: &numbers).setParams(["W1": .zeros(2, 3)])
    }
    #expect(words(result).contains("W1 has shape (3, 2), not (2, 3)"))
  }
}
