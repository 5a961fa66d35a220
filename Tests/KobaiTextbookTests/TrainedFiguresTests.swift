import Testing

@testable import KobaiTextbook

/// What the experiments that train come to, on the embedded digits: 4,000 to train on, 1,000 to test. The bands leave
/// room for another seed, not for another outcome.
@Suite(
  "Figures of the experiments that train",
  .enabled(if: RunOutput.complete != nil, "set KOBAI_TEXTBOOK_OUT to what `textbook run --all --out` wrote"))
struct TrainedFiguresTests {
  let figures: [String: [String: [Double]]]

  init() throws { figures = try RunOutput(folder: #require(RunOutput.complete)).figures }

  private func last(_ id: String, _ name: String) throws -> Double { try #require(figures[id]?[name]?.last) }

  @Test("ch03: batches answer the same, faster")
  func batches() throws {
    #expect(try (0.90...0.95).contains(last("ch03/neuralnet-mnist", "accuracy")))
    let accuracies = try #require(figures["ch03/neuralnet-mnist-batch"]?["accuracy"])
    #expect(Set(accuracies).count == 1)
    let times = try #require(figures["ch03/neuralnet-mnist-batch"]?["microseconds"])
    #expect(times[0] > 2 * times[2])
  }

  @Test("ch04 and ch05: two-layer networks learn; backpropagation is right and a thousand times quicker")
  func twoLayers() throws {
    #expect(try (0.91...0.95).contains(last("ch04/train-neuralnet", "test")))
    #expect(try (0.91...0.95).contains(last("ch05/train-neuralnet", "test")))
    #expect(try last("ch05/train-neuralnet", "train") > 0.99)
    #expect(try (0.89...0.93).contains(last("ch04/softmax-regression", "accuracy")))
    let numerical = try #require(figures["ch04/two-layer-net"]?["losses"])
    let backpropagated = try #require(figures["ch04/two-layer-net"]?["backpropagation"])
    for (a, b) in zip(numerical.dropFirst(), backpropagated) { #expect(abs(a - b) < 1e-6) }
    #expect(try last("ch04/two-layer-net", "ratio") > 100)
    for name in ["W1", "b1", "W2", "b2"] { #expect(try last("ch05/gradient-check", name) <= 1e-7, "\(name)") }
  }

  @Test("ch06: SGD is last; weights that are too small do not learn with four hidden layers")
  func optimizers() throws {
    let losses = try #require(figures["ch06/optimizer-compare-mnist"])
    let sgd = try last("ch06/optimizer-compare-mnist", "SGD")
    #expect((0.05...0.2).contains(sgd))
    for name in ["Momentum", "AdaGrad", "Adam", "Nesterov", "RMSProp"] { #expect((losses[name]?[0] ?? 1) < sgd / 5) }
    #expect(try (2.29...2.31).contains(last("ch06/weight-init-compare", "4 std=0.01")))
    #expect(try last("ch06/weight-init-compare", "4 He") < last("ch06/weight-init-compare", "4 Xavier"))
    #expect(try last("ch06/weight-init-compare", "1 std=0.01") < 0.6)
    #expect(try last("ch06/weight-init-compare", "4 std=0.01 accuracy") < 0.15)
    #expect(try last("ch06/weight-init-compare", "1 std=0.01 accuracy") > 0.8)
  }

  // numpy comes to about 0.39, 0.92 and 0.93 on the same digits.
  @Test("ch06: weights that begin alike make one unit of fifty; random biases alone tell the units apart")
  func zeroWeights() throws {
    let figures = try #require(figures["ch06/weight-init-zero"])  // accuracy, loss, distinct hidden units
    for alike in ["weights 0, biases 0", "weights all 0.01"] {
      let outcome = try #require(figures[alike])
      #expect((0.3...0.45).contains(outcome[0]) && outcome[1] > 1.4 && outcome[2] == 1, "\(alike): \(outcome)")
    }
    for (apart, accuracies) in [
      ("weights 0, biases random", 0.89...0.94), ("weights random, std 0.01", 0.91...0.95),
    ] {
      let outcome = try #require(figures[apart])
      #expect(accuracies.contains(outcome[0]) && outcome[1] < 0.2 && outcome[2] == 50, "\(apart): \(outcome)")
    }
  }

  @Test("ch06: activations vanish, saturate, or stay as they are")
  func histograms() throws {
    let spreads = try #require(figures["ch06/weight-init-activation-histogram"])
    #expect((spreads["tanh std 0.01"]?.last ?? 1) < 1e-4)
    #expect((spreads["sigmoid std 1"] ?? [0]).allSatisfy { $0 > 0.4 })  // nearly all 0 or 1
    #expect((spreads["ReLU He"] ?? [0]).allSatisfy { (0.6...1).contains($0) })
    #expect((spreads["ReLU Xavier"]?.last ?? 1) < 0.2)
    #expect((spreads["ReLU He above 1"] ?? [0]).allSatisfy { (0.1...0.3).contains($0) })
    #expect(spreads["ReLU std 0.01 above 1"] == [0, 0, 0, 0, 0])
  }

  @Test("ch06: batch normalisation lets deviations learn that otherwise do not")
  func batchNorm() throws {
    let with = try #require(figures["ch06/batch-norm-test"]?["with"])
    let without = try #require(figures["ch06/batch-norm-test"]?["without"])
    #expect(with.count == 16 && without.count == 16)
    #expect(with[6...10].allSatisfy { $0 > 0.95 })
    #expect(without[6...].allSatisfy { $0 < 0.2 })
    // A tenth of a per cent of the largest gradient; the loss is a float.
    for (name, values) in try #require(figures["ch06/batch-norm-gradient-check"]) {
      #expect(values[0] <= 1e-3 * max(values[1], 0.2), "\(name)")
    }
  }

  @Test("ch06: overfitting, and what helps against it")
  func overfitting() throws {
    func gap(_ id: String, _ name: String) throws -> Double {
      let values = try #require(figures[id]?[name])
      return values[0] - values[1]
    }
    #expect(try #require(figures["ch06/overfit-weight-decay"]?["plain"])[0] == 1)
    #expect(try gap("ch06/overfit-weight-decay", "decayed") < gap("ch06/overfit-weight-decay", "plain") - 0.03)
    // The penalty is most of the loss, and the cross-entropy stays higher than it would be without.
    let (loss, total) = (
      try #require(figures["ch06/overfit-weight-decay"]?["loss"]),
      try #require(figures["ch06/overfit-weight-decay"]?["loss with penalty"])
    )
    #expect(loss[0] < 0.05 && total[0] == loss[0])
    #expect(loss[1] > 0.3 && total[1] > 10)
    #expect(try (55...70).contains(#require(figures["ch06/overfit-weight-decay"]?["first loss with penalty"])[1]))
    #expect(try last("ch06/weight-penalties", "none near zero") < 0.03)
    #expect(try last("ch06/weight-penalties", "L2 near zero") < 0.05)
    #expect(try last("ch06/weight-penalties", "L1 near zero") > 0.4)
    #expect(
      try last("ch06/weight-penalties", "L2 root mean square")
        < last("ch06/weight-penalties", "none root mean square") * 0.7)
    #expect(try gap("ch06/overfit-dropout", "0.5") < 0.1)
    #expect(try last("ch06/hyperparameter-optimization", "trials") == 100)
    #expect(try last("ch06/hyperparameter-optimization", "best") > 0.7)
    #expect(try last("ch06/hyperparameter-optimization", "best rate") > 0.003)
  }

  @Test("ch06: five searches with one budget; Bayesian optimisation comes near the best learning rate in nine trials")
  func searches() throws {
    let figures = try #require(figures["ch06/hyperparameter-search"])  // validation, test, epochs, combinations
    for name in ["grid", "random", "narrowing", "successive halving", "Bayesian optimisation"] {
      let outcome = try #require(figures[name])
      #expect(outcome[0] > 0.8 && outcome[1] > 0.75 && (430...450).contains(outcome[2]), "\(name): \(outcome)")
    }
    #expect(try #require(figures["successive halving"])[3] > 90)
    #expect(try #require(figures["Bayesian optimisation"])[0] > #require(figures["random"])[0])
    #expect(try last("ch06/bayesian-optimization", "best") > last("ch06/bayesian-optimization", "grid") - 0.03)
    #expect(try (0.02...0.3).contains(last("ch06/bayesian-optimization", "best rate")))
  }

  @Test("ch07 and ch08: convolutional networks")
  func convolution() throws {
    #expect(try last("ch07/train-convnet", "test") > 0.95)
    #expect(try last("ch07/visualize-filter", "filters") == 30)
    for (name, values) in try #require(figures["ch07/gradient-check"]) { #expect(values[0] < 2e-3, "\(name)") }
    // Losses stay together to single precision; the kernels were 76 times faster on two cores.
    #expect(try last("ch07/from-scratch-speed", "difference") < 2e-6)
    #expect(try last("ch07/from-scratch-speed", "speed-up") > 10)
    #expect(try last("ch08/train-deepnet", "test") > 0.95)
    #expect(try last("ch08/misclassified-mnist", "wrong") < 40)
    let (single, half) = (
      try last("ch08/half-float-network", "float32"), try last("ch08/half-float-network", "bfloat16")
    )
    #expect(single > 0.95 && abs(single - half) <= 0.005)
    #expect(try last("ch08/data-augmentation", "augmented") > last("ch08/data-augmentation", "plain") + 0.01)
  }
}
