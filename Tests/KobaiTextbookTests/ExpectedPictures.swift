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
    ExpectedPicture("ch01-sin-graph-sin-graph", words: ["sin", "0", "6"]),
    ExpectedPicture("ch01-sin-cos-graph-sin-cos-graph", ["sin", "cos"], words: ["sin & cos", "x", "y"]),
    ExpectedPicture("ch01-img-show-img-show", words: ["0", "25"]),
    ExpectedPicture(
      "ch02-logic-gates-logic-gates", ["output 0", "output 1"], words: ["AND", "NAND", "OR", "x1", "x2"]),
    ExpectedPicture("ch02-xor-gate-xor-gate", ["output 0", "output 1"], words: ["x1", "x2"]),
    ExpectedPicture("ch03-step-function-step-function", ["step"], words: ["x", "y"]),
    ExpectedPicture("ch03-sigmoid-sigmoid", ["sigmoid"], words: ["x", "y"]),
    ExpectedPicture("ch03-sig-step-compare-sig-step-compare", ["sigmoid", "step"], words: ["x", "y"]),
    ExpectedPicture("ch03-relu-relu", ["ReLU"], words: ["x", "y"]),
    ExpectedPicture(
      "ch03-activation-compare-activation-compare", ["step", "sigmoid", "tanh", "ReLU"], words: ["f(x)", "f′(x)"]),
    ExpectedPicture(
      "ch03-dot-shapes-dot-shapes", words: ["Two matrices", "(2, 3)", "3 = 3", "()", "1 ≠ 3", "An error"]),
    ExpectedPicture("ch03-matrix-products-matrix-products", words: ["X", "W", "(2,)", "(3,)", "2 = 2"]),
    ExpectedPicture(
      "ch03-why-exp-why-exp", ["a / Σa", "a² / Σa²", "softmax"], words: ["the inputs", "a1 = 10.3", "a1 = -3"]),
    ExpectedPicture("ch03-softmax-softmax", ["softmax"], words: ["a1 = 0.3", "a2 = 2.9", "a3 = 4.0"]),
    ExpectedPicture("ch03-mnist-show-mnist-show", words: ["The first training digits", "0", "9"]),
    ExpectedPicture(
      "ch03-neuralnet-mnist-batch-neuralnet-mnist-batch", ["time"], words: ["batch size", "1", "10", "100"]),
    ExpectedPicture(
      "ch03-network-shapes-network-shapes",
      words: ["One image", "A batch of 100", "(784,)", "(100, 784)", "784 = 784", "50 = 50", "100 = 100", "10 = 10"]),
    ExpectedPicture(
      "ch04-log-of-zero-log-of-zero", ["−log y", "−log(y + 1e-07)"], words: ["loss", "output y for the labelled class"]
    ),
    ExpectedPicture("ch04-loss-functions-cross-entropy", words: ["loss"]),
    ExpectedPicture(
      "ch04-why-not-accuracy-why-not-accuracy", words: ["the loss", "the accuracy", "change of the weight"]),
    ExpectedPicture(
      "ch04-step-network-step-network", ["sigmoid, sigmoid", "step, sigmoid", "step, step"],
      words: ["loss", "accuracy"]),
    ExpectedPicture(
      "ch04-tangent-tangent", ["y = x²", "tangent", "secant, h = 1", "secant, h = 0.5"], words: ["x", "y"]),
    ExpectedPicture(
      "ch04-difference-error-difference-error",
      [
        "forward", "central", "h/2 · f″ (slope 1)", "h²/6 · f‴ (slope 2)", "ε · f / h (slope -1)", "best h, forward",
        "best h, central",
      ], words: ["rounding", "truncation", "h"]),
    ExpectedPicture("ch04-gradient-1d-gradient-1d", ["f(x)", "tangent"], words: ["x = 5", "x = 10", "f(x)"]),
    ExpectedPicture("ch04-partial-derivatives-surface", words: ["x0", "x1", "f", "18", "-3", "3"]),
    ExpectedPicture("ch04-partial-derivatives-contours", words: ["contours", "x0", "x1"]),
    ExpectedPicture("ch04-gradient-2d-gradient-2d", words: ["x0", "x1"]),
    ExpectedPicture(
      "ch04-gradient-method-gradient-method",
      ["(-3, 4), η = 0.1", "(3, 4), η = 0.95", "(3, -4), η = 0.01", "(-2, 3), η = 0.1, 100 steps", "minimum"],
      words: ["x0", "x1", "x0² + x1²", "36"]),
    ExpectedPicture(
      "ch04-learning-rate-limit-learning-rate-limit", ["η = 0.95", "η = 1.0", "η = 1.05"], words: ["step", "x0² + x1²"]),
    ExpectedPicture(
      "ch04-least-squares-least-squares", ["data", "1.050 x + 0.050"], words: ["iteration", "loss", "t"]),
    ExpectedPicture(
      "ch04-least-squares-rates-least-squares-rates", ["η = 0.0231", "η = 0.0227", "η = 0.001", "minimum"],
      words: ["slope", "intercept", "loss above its minimum", "16.0"]),
    ExpectedPicture(
      "ch04-forward-passes-forward-passes", ["numerical gradient", "backpropagation"], words: ["parameters"]),
    ExpectedPicture(
      "ch04-train-neuralnet-train-neuralnet", ["train", "test"], words: ["iteration", "loss", "accuracy"]),
    ExpectedPicture("ch04-softmax-regression-softmax-regression", words: ["0", "5", "9"]),
    ExpectedPicture("ch05-graph-apples-buy-apple", words: ["apples", "220", "2.2"]),
    ExpectedPicture("ch05-graph-apples-buy-apple-orange", words: ["715", "650", "3.3"]),
    ExpectedPicture("ch05-graph-apples-buy-apple-steps", words: ["1. forward: the inputs", "6. backward: ×"]),
    ExpectedPicture("ch05-graph-apples-buy-apple-orange-steps", words: ["10. backward: ×"]),
    ExpectedPicture("ch05-graph-chain-rule-sum-times", words: ["t = 3", "−12"]),
    ExpectedPicture("ch05-graph-chain-rule-sum-times-symbols", words: ["∂f/∂f · ∂f/∂t · ∂t/∂x"]),
    ExpectedPicture("ch05-graph-chain-rule-chain-rule", words: ["∂z/∂z · ∂z/∂t · ∂t/∂x"]),
    ExpectedPicture("ch05-graph-chain-rule-chain-rule-values", words: ["t = 5", "10"]),
    ExpectedPicture("ch05-graph-chain-rule-sum-times-steps", words: ["6. backward: +"]),
    ExpectedPicture("ch05-graph-nodes-node-add", words: ["15", "1.3"]),
    ExpectedPicture("ch05-graph-nodes-node-add-symbols", words: ["∂L/∂z"]),
    ExpectedPicture("ch05-graph-nodes-node-multiply", words: ["50", "6.5", "13"]),
    ExpectedPicture("ch05-graph-nodes-node-multiply-symbols", words: ["∂L/∂z · y"]),
    ExpectedPicture("ch05-graph-nodes-node-reciprocal", words: ["0.5", "−0.325"]),
    ExpectedPicture("ch05-graph-nodes-node-reciprocal-symbols", words: ["−∂L/∂y · y²"]),
    ExpectedPicture("ch05-graph-nodes-node-exp", words: ["2.718", "3.534"]),
    ExpectedPicture("ch05-graph-nodes-node-exp-symbols", words: ["∂L/∂y · y"]),
    ExpectedPicture("ch05-graph-nodes-node-log", words: ["0.6931", "0.65"]),
    ExpectedPicture("ch05-graph-nodes-node-log-symbols", words: ["∂L/∂y / x"]),
    ExpectedPicture("ch05-graph-activations-relu-positive", words: ["relu", "2"]),
    ExpectedPicture("ch05-graph-activations-relu-negative", words: ["relu", "−2", "0"]),
    ExpectedPicture("ch05-graph-activations-sigmoid", words: ["exp", "0.7311", "0.1966"]),
    ExpectedPicture("ch05-graph-activations-sigmoid-symbols", words: ["−∂L/∂y · y² · exp(−x)"]),
    ExpectedPicture("ch05-graph-activations-sigmoid-folded", words: ["sigmoid", "∂L/∂y · y · (1 − y)"]),
    ExpectedPicture("ch05-graph-affine-dot", words: ["∂L/∂Y · Wᵀ (2, 2)", "Xᵀ · ∂L/∂Y (2, 3)"]),
    ExpectedPicture("ch05-graph-affine-affine", words: ["dot", "X·W (3,)"]),
    ExpectedPicture("ch05-graph-affine-affine-batch", words: ["broadcast", "Σ ∂L/∂Y (3,)"]),
    ExpectedPicture("ch05-graph-affine-affine-batch-folded", words: ["Affine"]),
    ExpectedPicture(
      "ch05-batch-of-three-batch-of-three", words: ["X", "W1", "Z1ᵀ", "dW2", "(3, 4)", "(5, 2)", "4 = 4"]),
    ExpectedPicture(
      "ch05-batch-of-three-sum-or-mean", ["sum of the losses", "mean of the losses"], words: ["|dW1|"]),
    ExpectedPicture(
      "ch05-graph-softmax-with-loss-softmax-with-loss",
      words: ["S = 10", "y1 = 0.3", "−0.8", "Softmax", "Cross Entropy Error"]),
    ExpectedPicture(
      "ch05-graph-softmax-with-loss-softmax-with-loss-layers", words: ["Softmax", "Cross Entropy Error", "y2 = 0.2"]),
    ExpectedPicture("ch05-graph-softmax-with-loss-softmax-with-loss-folded", words: ["y1 − t1"]),
    ExpectedPicture("ch05-graph-softmax-with-loss-softmax-with-loss-batch", words: ["Σ", "broadcast"]),
    ExpectedPicture("ch05-graph-softmax-with-loss-softmax-with-loss-batch-folded", words: ["(Y − T) / N (2, 3)"]),
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
      "ch06-weight-init-activation-histogram-activation-histogram-tanh-book",
      words: ["std 0, layer 1", "He, layer 5", "<\u{2009}0: 50 %", "0: 100 %, >\u{2009}1: 0 %"]),
    ExpectedPicture(
      "ch06-weight-init-activation-histogram-activation-histogram-tanh", words: ["std 1, layer 5", "He, layer 1"]),
    ExpectedPicture(
      "ch06-weight-init-activation-histogram-activation-histogram-relu", words: ["std 1, layer 5", "He, layer 1"]),
    ExpectedPicture(
      "ch06-weight-init-compare-weight-init-compare", ["std=0.01", "Xavier", "He"],
      words: ["hidden layers: 4", "hidden layers: 1"]),
    ExpectedPicture("ch06-graph-batch-norm-batch-normalization", words: ["mean", "x²", "√", "1e−7", "x̂ (3, 2)"]),
    ExpectedPicture("ch06-graph-batch-norm-batch-normalization-folded", words: ["Batch Normalization"]),
    ExpectedPicture("ch06-batch-norm-test-batch-norm-test", ["Batch Norm", "without"], words: ["W:1", "W:0.0001"]),
    ExpectedPicture(
      "ch06-overfit-weight-decay-overfit-weight-decay", ["train", "test"], words: ["λ = 0", "λ = 0.1", "epochs"]),
    ExpectedPicture(
      "ch06-overfit-weight-decay-overfit-weight-decay-loss", ["with the penalty", "cross-entropy alone"],
      words: ["λ = 0", "λ = 0.1", "loss"]),
    ExpectedPicture(
      "ch06-weight-penalties-weight-penalties", ["train", "test"],
      words: ["no penalty", "L2, λ = 0.1", "L1, λ = 0.01", "weight", "count", "epochs"]),
    ExpectedPicture(
      "ch06-overfit-dropout-overfit-dropout", ["train", "test"], words: ["dropout 0.0", "dropout 0.2", "dropout 0.5"]),
    ExpectedPicture(
      "ch06-hyperparameter-optimization-hyperparameter-optimization", words: (1...20).map { "Best-\($0)" }),
    ExpectedPicture(
      "ch06-hyperparameter-optimization-hyperparameter-map", words: ["learning rate", "validation accuracy"]),
    ExpectedPicture(
      "ch06-hyperparameter-search-hyperparameter-search",
      ["grid", "random", "narrowing", "successive halving", "Bayesian optimisation"],
      words: ["What 450 epochs find (means of 3 runs)", "best validation accuracy so far"]),
    ExpectedPicture(
      "ch06-hyperparameter-search-hyperparameter-search-trials",
      words: ["grid", "Bayesian optimisation", "learning rate", "weight decay", "accuracy"]),
    ExpectedPicture(
      "ch06-hyperparameter-search-hyperparameter-search-surrogate",
      words: ["mean of the accuracy", "standard deviation", "expected improvement", "μ", "σ", "EI"]),
    ExpectedPicture(
      "ch06-bayesian-optimization-bayesian-optimization", ["every rate tried", "mean (band: ±2σ)", "trials"],
      words: ["after 3 trials", "after 6 trials", "after 8 trials", "EI (%)"]),
    ExpectedPicture("ch07-pooling-pooling", words: ["input", "output", "gradient of the input", "4"]),
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
