import Foundation
import KobaiReport
import KobaiScratch
import TestSupport
import Testing

@testable import KobaiTextbook

/// The numbers that the book prints, to their last digit.
@Suite("Exact figures of the book")
struct ExactFiguresTests {
  private func figures(_ experiment: some Experiment) throws -> Outcome { try experiment.run(Lab()) }

  /// The value, written with as many significant digits as the book prints.
  private func printed(_ values: [Double]?, _ digits: Int = 9) -> [Double] {
    (values ?? []).compactMap { Double(String(format: "%.\(digits)g", $0)) }
  }

  @Test("ch01: numpy's arithmetic, broadcasting and selection, and sin at 60 points")
  func chapter1() throws {
    let numpy = try figures(NumPyBasics()).figures
    #expect(numpy["x + y"] == [3, 6, 9] && numpy["x / y"] == [0.5, 0.5, 0.5])
    #expect(numpy["A * B"] == [3, 0, 0, 24])
    #expect(numpy["A * scalar"] == [10, 20, 30, 40] && numpy["A * row"] == [10, 40, 30, 80])
    #expect(numpy["taken"] == [51, 55, 19])
    let lab = Lab()
    _ = try NumPyBasics().run(lab)
    for lines in ["x / y = [0.5 0.5 0.5]", "A * B =\n[[ 3  0]\n [ 0 24]]", "X[0] = [51 55], X[0][1] = 55"] {
      #expect(lab.lines.joined(separator: "\n").contains(lines), "\(lines)")
    }
    #expect(lab.lines.contains("X > 15 =\n[[ True  True]\n [False  True]\n [False False]]"))
    #expect(lab.lines.contains("X.flatten()[[0, 2, 4]] = [51 14  0]"))

    let sine = try figures(SinGraph())
    #expect(sine["points"] == 60 && sine.figures["y"]?[10] == Foundation.sin(1.0))
    let both = try figures(SinCosGraph()).figures
    #expect(both["cos"]?.first == 1 && both["sin"] == sine.figures["y"])
    #expect(try figures(Hungry().setting("times", to: 3))["lines"] == 3)
    #expect(try figures(ManClass())["greetings"] == 2)
  }

  @Test("ch02: gates and XOR")
  func gates() throws {
    let gates = try figures(LogicGates()).figures
    #expect(gates["AND"] == [0, 0, 0, 1])
    #expect(gates["NAND"] == [1, 1, 1, 0])
    #expect(gates["OR"] == [0, 1, 1, 1])
    #expect(try figures(XORGate()).figures["XOR"] == [0, 1, 1, 0])
  }

  @Test("ch03: activations, matrix products and the three-layer network")
  func forward() throws {
    #expect(try figures(StepFunction()).figures["values"] == [0, 1, 1])
    #expect(printed(try figures(SigmoidFunction()).figures["values"], 8) == [0.26894142, 0.73105858, 0.88079708])
    #expect(try figures(ReLUFunction()).figures["values"] == [0, 0, 2])
    #expect(abs(try figures(SigStepCompare())["slope"] - 0.25) < 1e-9)
    let products = try figures(MatrixProducts()).figures
    #expect(products["A·B"] == [19, 22, 43, 50])
    #expect(products["2×3·3×2"] == [22, 28, 49, 64])
    #expect(products["Y"] == [5, 11, 17])
    let network = try figures(ThreeLayerNetwork()).figures
    #expect(printed(network["y"], 8) == [0.31682708, 0.69627909])
  }

  @Test("ch03: softmax survives what the naive formula does not")
  func softmax() throws {
    let outcome = try figures(SoftmaxFunction())
    #expect(printed(outcome.figures["softmax"], 8) == [0.018211273, 0.24519181, 0.73659691])
    #expect(outcome.figures["naive"]?.allSatisfy(\.isNaN) == true)
    #expect(printed(outcome.figures["safe"]) == [0.999954600, 4.53978686e-05, 2.06106005e-09])
    #expect(abs((outcome.figures["safe"] ?? []).reduce(0, +) - 1) < 1e-15)
  }

  @Test("ch04: losses, for samples and batches, one-hot and labels alike")
  func losses() throws {
    let losses = try figures(LossFunctions()).figures
    #expect(losses["squares"] == [0.09750000000000003, 0.5974999999999999])
    #expect(losses["entropies"] == [0.510825457099338, 2.302584092994546])
    let batch = try #require(losses["batch"])
    #expect(batch[0] == batch[1])
    #expect(abs(batch[0] - (0.510825457099338 + 2.302584092994546) / 2) < 1e-15)
  }

  @Test("ch04: forward differences drown in rounding, central ones do not")
  func differences() throws {
    let outcome = try figures(Gradient1D()).figures
    #expect(outcome["forward"] == [0, 0])
    #expect(outcome["central"] == [0.1999999999990898, 0.2999999999986347])
    let partial = try figures(PartialDerivatives()).figures["derivatives"]
    #expect(partial == [6.00000000000378, 7.999999999999119])
    let field = try figures(Gradient2D()).figures
    for (point, gradient) in [("3,4", [6.0, 8]), ("0,2", [0, 4]), ("3,0", [6, 0])] {
      #expect(printed(field[point], 8) == gradient)
    }
  }

  @Test("ch04: gradient descent with good and bad rates")
  func descent() throws {
    let outcome = try figures(GradientMethod()).figures
    #expect(printed(outcome["lr 0.1"]) == [-6.11110793e-10, 8.14814391e-10])
    #expect(printed(outcome["lr 10.0"]) == [-2.58983747e+13, -1.29524862e+12])
    #expect(printed(outcome["lr 1e-10"]) == [-2.99999994, 3.99999992])
    // Each step multiplies by 1 − 2η.
    let path = try #require(outcome["path (-2, 3)"])
    #expect(abs(path[0] + 2 * pow(0.8, 100)) < 1e-14 && abs(path[1] - 3 * pow(0.8, 100)) < 1e-14)
  }

  @Test("ch04: least squares stops after 1174 iterations")
  func leastSquares() throws {
    let outcome = try figures(LeastSquares())
    #expect(outcome["iterations"] == 1174)
    #expect(outcome["loss"] == 1.35000079)
    #expect("\(NDArray(outcome.figures["w"] ?? []))" == "[1.04986813 0.0499746 ]")
  }

  @Test("ch04: the gradient of a small network")
  func simpleNet() throws {
    let outcome = try figures(GradientSimpleNet())
    #expect("\(NDArray(outcome.figures["p"] ?? []))" == "[1.05414809 0.63071653 1.1328074 ]")
    #expect(printed([outcome["loss"]], 8) == [0.92806829])
    #expect(
      "\(NDArray(outcome.figures["dW"] ?? []))"
        == "[ 0.21924757  0.14356243 -0.36281     0.32887136  0.21534364 -0.544215  ]")
  }

  @Test("ch05: apples and oranges")
  func apples() throws {
    let apple = try figures(BuyApple()).figures
    #expect(printed(apple["price"]) == [220])
    #expect(printed(apple["gradients"]) == [2.2, 110, 200])
    let both = try figures(BuyAppleOrange()).figures
    #expect(printed(both["price"]) == [715])
    #expect(printed(both["gradients"]) == [2.2, 110, 3.3, 165, 650])
  }

  @Test("ch05: nodes and layers, forward and backward")
  func layers() throws {
    let nodes = try figures(ActivationLayers()).figures
    #expect(nodes["relu"] == [1, 0, 0, 3])
    #expect(nodes["relu dx"] == [1, 0, 0, 1])
    #expect(printed(nodes["sigmoid dx"], 8) == [0.19661193, 0.23500371, 0.10499359, 0.045176660])
    #expect((nodes["difference"]?.first ?? 1) < 1e-9)
    let affine = try figures(AffineLayers()).figures
    #expect(affine["bias"] == [1, 2, 3, 11, 12, 13])
    #expect(affine["dB"] == [5, 7, 9])
    // The 1e-7 in the loss moves its derivative by about as much.
    for (a, b) in zip(affine["dx"] ?? [], affine["numerical"] ?? [1, 1, 1]) { #expect(abs(a - b) < 2e-7) }
  }

  @Test(
    "ch05 and ch06: graphs, with every edge as numerical differentiation has it",
    arguments: [
      "apples", "chain-rule", "nodes", "activations", "affine", "softmax-with-loss", "batch-norm",
    ])
  func graphs(_ name: String) throws {
    let experiment = try Textbook.experiment("\(name == "batch-norm" ? "ch06" : "ch05")/graph-\(name)")
    let outcome = try figures(experiment).figures
    let differences = outcome.filter { $0.key.hasSuffix(" difference") }
    #expect(!differences.isEmpty)
    for (graph, difference) in differences { #expect(difference[0] < 1e-6, "\(graph)") }
    if name == "apples" {
      #expect(printed(outcome["buy-apple-orange total"], 9) == [715, 1])
      #expect(printed(outcome["buy-apple-orange orange price"], 9) == [150, 3.3])
    }
    if name == "affine" { #expect(outcome["affine-batch B"] == [1, 2, 3, 5, 7, 9]) }
  }

  @Test("ch06: where six optimizers are after 30 steps down a valley")
  func valley() throws {
    let outcome = try figures(OptimizerCompareNaive()).figures
    // Each step of SGD multiplies x by 1 − η / 10 and y by 1 − 2 η.
    let sgd = try #require(outcome["SGD"])
    #expect(abs(sgd[0] + 7 * pow(0.905, 30)) < 1e-12 && abs(sgd[1] - 2 * pow(0.9, 30)) < 1e-12)
    func height(_ name: String) throws -> Double {
      let p = try #require(outcome[name])
      return p[0] * p[0] / 20 + p[1] * p[1]
    }
    #expect(printed(outcome["Momentum"], 6) == [0.896414, 0.0880856])
    #expect(printed(outcome["AdaGrad"], 6) == [-0.120162, 2.48639e-17])
    #expect(printed(outcome["Adam"], 6) == [0.136007, 0.318245])
    for name in ["SGD", "Momentum", "AdaGrad", "Adam", "Nesterov", "RMSProp"] {
      #expect(try height(name) < 0.11)  // from 6.45
    }
  }

  @Test("ch06: the bar at zero does not set the scale of a histogram, and values beyond it are counted in words")
  func histogramPanel() throws {
    let values =
      [Double](repeating: 0, count: 600) + (0..<300).map { Double($0) / 300 + 1e-9 } + Array(repeating: 2, count: 100)
    let panel = WeightInitActivationHistogram.panel("", values, 0...1, color: "#000000", Lab())
    #expect(panel.y.range == 0...14)  // ten in every bin but the first, with air above for the words
    let svg = try SVGDocument(Figure("", panel).svg)
    #expect(svg.texts.contains("0: 60 %, >\u{2009}1: 10 %"))
    let half = try SVGDocument(
      Figure("", WeightInitActivationHistogram.panel("", [-0.5, 0.2, 0.2, 0.7], 0...1, color: "#000000", Lab())).svg)
    #expect(half.texts.contains("<\u{2009}0: 25 %"))
    let plain = WeightInitActivationHistogram.panel("", [0.2, 0.4], 0...1, color: "#000000", Lab())
    #expect(plain.y.range == nil && plain.marks.count == 1)
  }

  @Test("ch06: weights of deviation 0 make all activations alike; the book's range shows the positive half of tanh")
  func activations() throws {
    let outcome = try figures(WeightInitActivationHistogram().setting("nodes", to: 50))
    let alike = [Double](repeating: 0, count: 5)
    for name in ["sigmoid", "tanh", "ReLU"] { #expect(outcome.figures["\(name) std 0"] == alike) }
    #expect(outcome.figures["tanh std 0 below 0"] == alike)
    for share in try #require(outcome.figures["tanh Xavier below 0"]) { #expect((0.45...0.55).contains(share)) }
    #expect(
      outcome.pictures.map(\.name)
        == ["sigmoid", "tanh", "tanh-book", "relu"].map { "activation-histogram-\($0)" })
  }

  @Test("ch07: im2col's shapes; convolution and pooling agree with naive loops")
  func convolution() throws {
    let im2col = try figures(Im2col()).figures
    #expect(im2col["batch 1"] == [9, 75])
    #expect(im2col["batch 10"] == [90, 75])
    // Sums of 75 products of normal numbers in single precision, in two orders.
    #expect((im2col["difference"]?.first ?? 1) < 2e-5)
    for (name, differences) in try figures(ConvolutionNaive()).figures {
      for difference in differences { #expect(difference < 2e-5, "\(name)") }
    }
    let pool = try figures(PoolingNaive()).figures
    #expect(pool["example"] == [2, 3, 4, 2])
    #expect(pool["gradient"] == [0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0])
    #expect((pool["differences"]?.max() ?? 1) < 1e-6)
  }
}
