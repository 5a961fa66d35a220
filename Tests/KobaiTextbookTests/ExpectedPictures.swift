import KobaiTextbook

/// A picture of the experiments: the series it draws, and words that must stand in it.
struct ExpectedPicture {
  /// The name of its file, without ending.
  let picture: String
  let series: [String]
  let words: [String]

  init(_ picture: String, _ series: [String] = [], words: [String]) {
    (self.picture, self.series, self.words) = (picture, series, words)
  }

  static let all = [
    ExpectedPicture(
      "ch02-logic-gates-logic-gates", ["output 0", "output 1"], words: ["AND", "NAND", "OR", "x1", "x2"]),
    ExpectedPicture("ch02-xor-gate-xor-gate", ["output 0", "output 1"], words: ["x1", "x2"]),
    ExpectedPicture("ch03-step-function-step-function", ["step"], words: ["x", "y"]),
    ExpectedPicture("ch03-sigmoid-sigmoid", ["sigmoid"], words: ["x", "y"]),
    ExpectedPicture("ch03-sig-step-compare-sig-step-compare", ["sigmoid", "step"], words: ["x", "y"]),
    ExpectedPicture("ch03-relu-relu", ["ReLU"], words: ["x", "y"]),
    ExpectedPicture(
      "ch03-activation-compare-activation-compare", ["step", "sigmoid", "tanh", "ReLU"], words: ["f(x)", "f′(x)"]),
    ExpectedPicture("ch03-softmax-softmax", ["softmax"], words: ["a1 = 0.3", "a2 = 2.9", "a3 = 4.0"]),
    ExpectedPicture("ch03-mnist-show-mnist-show", words: ["The first training digits", "0", "9"]),
    ExpectedPicture(
      "ch03-neuralnet-mnist-batch-neuralnet-mnist-batch", ["time"], words: ["batch size", "1", "10", "100"]),
    ExpectedPicture("ch04-loss-functions-cross-entropy", words: ["loss"]),
    ExpectedPicture("ch04-gradient-1d-gradient-1d", ["f(x)", "tangent"], words: ["x = 5", "x = 10", "f(x)"]),
    ExpectedPicture("ch04-partial-derivatives-surface", words: ["x0", "x1", "f", "18", "-3", "3"]),
    ExpectedPicture("ch04-partial-derivatives-contours", words: ["contours", "x0", "x1"]),
    ExpectedPicture("ch04-gradient-2d-gradient-2d", words: ["x0", "x1"]),
    ExpectedPicture(
      "ch04-gradient-method-gradient-method",
      ["(-3, 4), η = 0.1", "(3, 4), η = 0.95", "(3, -4), η = 0.01", "(-2, 3), η = 0.1"], words: ["x0", "x1"]),
    ExpectedPicture(
      "ch04-least-squares-least-squares", ["data", "1.050 x + 0.050"], words: ["iteration", "loss", "t"]),
    ExpectedPicture(
      "ch04-train-neuralnet-train-neuralnet", ["train", "test"], words: ["iteration", "loss", "accuracy"]),
    ExpectedPicture("ch04-softmax-regression-softmax-regression", words: ["0", "5", "9"]),
    ExpectedPicture(
      "ch05-train-neuralnet-train-neuralnet-backprop", ["train", "test"], words: ["epochs", "accuracy"]),
    ExpectedPicture(
      "ch06-optimizer-compare-naive-optimizer-compare-naive",
      words: ["SGD", "Momentum", "AdaGrad", "Adam", "Nesterov", "RMSProp"]),
    ExpectedPicture(
      "ch06-optimizer-compare-mnist-optimizer-compare-mnist",
      ["SGD", "Momentum", "AdaGrad", "Adam", "Nesterov", "RMSProp"], words: ["iterations", "loss"]),
    ExpectedPicture(
      "ch06-weight-init-zero-weight-init-zero",
      ["weights 0, biases 0", "weights 0, biases random", "weights all 0.01", "weights random, std 0.01"],
      words: ["iterations", "test accuracy", "loss"]),
    ExpectedPicture(
      "ch06-weight-init-activation-histogram-activation-histogram-sigmoid",
      words: ["std 1, layer 1", "std 0.01, layer 2", "Xavier, layer 3", "He, layer 5"]),
    ExpectedPicture(
      "ch06-weight-init-activation-histogram-activation-histogram-tanh", words: ["std 1, layer 5", "He, layer 1"]),
    ExpectedPicture(
      "ch06-weight-init-activation-histogram-activation-histogram-relu", words: ["std 1, layer 5", "He, layer 1"]),
    ExpectedPicture(
      "ch06-weight-init-compare-weight-init-compare", ["std=0.01", "Xavier", "He"],
      words: ["hidden layers: 4", "hidden layers: 1"]),
    ExpectedPicture("ch06-batch-norm-test-batch-norm-test", ["Batch Norm", "without"], words: ["W:1", "W:0.0001"]),
    ExpectedPicture(
      "ch06-overfit-weight-decay-overfit-weight-decay", ["train", "test"], words: ["λ = 0", "λ = 0.1", "epochs"]),
    ExpectedPicture(
      "ch06-overfit-dropout-overfit-dropout", ["train", "test"], words: ["dropout 0.0", "dropout 0.2", "dropout 0.5"]),
    ExpectedPicture(
      "ch06-hyperparameter-optimization-hyperparameter-optimization", words: (1...20).map { "Best-\($0)" }),
    ExpectedPicture(
      "ch06-hyperparameter-optimization-hyperparameter-map", words: ["learning rate", "validation accuracy"]),
    ExpectedPicture("ch07-train-convnet-train-convnet", ["train", "test"], words: ["epochs", "accuracy"]),
    ExpectedPicture("ch07-visualize-filter-visualize-filter", words: ["before", "after", "1", "30"]),
    ExpectedPicture("ch07-apply-filter-apply-filter", words: ["picture", "1", "15"]),
    ExpectedPicture(
      "ch07-from-scratch-speed-from-scratch-speed", ["from scratch", "over kernels", "time"],
      words: ["steps", "ms a step"]),
    ExpectedPicture("ch08-train-deepnet-train-deepnet", ["train", "test"], words: ["epochs", "accuracy"]),
    ExpectedPicture("ch08-misclassified-mnist-misclassified-mnist", words: ["Misclassified: label and prediction"]),
    ExpectedPicture("ch08-data-augmentation-data-augmentation", ["plain", "augmented"], words: ["epochs", "10"]),
  ]
}

/// Those that take no longer than a blink and need no digits.
let quickExperiments: [any Experiment] = Textbook.experiments.filter {
  !$0.about.usesDigits && $0.about.id != "ch06/weight-init-activation-histogram"
}
