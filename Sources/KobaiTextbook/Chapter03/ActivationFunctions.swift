import Foundation
import KobaiReport

/// Values from `low` up to, but without, `high`, as numpy's arange.
func arange(_ low: Double, _ high: Double, _ step: Double) -> [Double] {
  (0..<Int(((high - low) / step).rounded(.up))).map { low + Double($0) * step }
}

/// The step function.
public struct StepFunction: Experiment {
  public let about = About(
    "ch03/step-function", .stepFunction, en: "The graph of the step function", ja: "ステップ関数のグラフ")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let values = [-1.0, 1.0, 2.0].map(stepFunction)
    lab.say("step_function([-1, 1, 2]) = \(Numpy.array(values))")
    return Outcome(["values": values], pictures: [curves(lab, "step-function", [("step", stepFunction)])])
  }
}

/// The sigmoid function.
public struct SigmoidFunction: Experiment {
  public let about = About(
    "ch03/sigmoid", .sigmoid, en: "The graph of the sigmoid function", ja: "シグモイド関数のグラフ")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let values = [-1.0, 1.0, 2.0].map(sigmoid)
    lab.say("sigmoid([-1, 1, 2]) = \(Numpy.array(values))")
    return Outcome(["values": values], pictures: [curves(lab, "sigmoid", [("sigmoid", sigmoid)])])
  }
}

/// Sigmoid and step: both squeeze everything between 0 and 1, but only one has a slope to learn from.
public struct SigStepCompare: Experiment {
  public let about = About(
    "ch03/sig-step-compare", .sigmoidAndStep, en: "Sigmoid and step function in one graph",
    ja: "シグモイド関数とステップ関数の比較")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let slope = numericalDifferentiation(sigmoid, 0)
    lab.say(en: "slope at 0: sigmoid \(slope.fixed(4)), step none", ja: "0での傾き：シグモイド \(slope.fixed(4))、ステップなし")
    let picture = curves(lab, "sig-step-compare", [("sigmoid", sigmoid), ("step", stepFunction)])
    return Outcome(["slope": [slope]], pictures: [picture])
  }
}

/// ReLU.
public struct ReLUFunction: Experiment {
  public let about = About("ch03/relu", .relu, en: "The graph of ReLU", ja: "ReLU関数のグラフ")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let values = [-1.0, 0.0, 2.0].map(relu)
    lab.say("relu([-1, 0, 2]) = \(Numpy.array(values))")
    return Outcome(["values": values], pictures: [curves(lab, "relu", [("ReLU", relu)])])
  }
}

/// All of them, tanh included, with their slopes.
public struct ActivationCompare: Experiment {
  public let about = About(
    "ch03/activation-compare", .relu, en: "Step, sigmoid, tanh and ReLU with their derivatives",
    ja: "ステップ、シグモイド、tanh、ReLUとその微分の比較")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let functions: [(String, (Double) -> Double)] = [
      ("step", stepFunction), ("sigmoid", sigmoid), ("tanh", tanh), ("ReLU", relu),
    ]
    let x = arange(-4, 4, 0.05)
    var figures: [String: [Double]] = [:]
    for (name, f) in functions {
      let slope = numericalDifferentiation(f, 1)
      figures[name] = [f(1), slope]
      lab.say("\(name): f(1) = \(f(1).fixed(4)), f'(1) = \(slope.fixed(4))")
    }
    let values = Panel(
      "f(x)", x: Axis("x"), y: Axis(range: -1.2...2.2), legend: .topLeft,
      functions.map { name, f in .line(.init(name, x: x, y: x.map(f))) })
    let slopes = Panel(
      "f′(x)", x: Axis("x"), y: Axis(range: -0.1...1.2), legend: .topLeft,
      functions.map { name, f in
        // The step's slope at 0 itself is not a number anybody can draw.
        .line(.init(name, x: x, y: x.map { name == "step" && abs($0) < 1e-3 ? .nan : numericalDifferentiation(f, $0) }))
      })
    let title = lab.words(en: "Activation functions", ja: "活性化関数")
    return Outcome(figures, pictures: [Picture("activation-compare", Figure(title, [values, slopes]))])
  }
}

/// Curves over -5 ... 5 as one picture.
private func curves(_ lab: Lab, _ name: String, _ functions: [(String, (Double) -> Double)]) -> Picture {
  let x = arange(-5, 5, 0.02)
  let top = name == "relu" ? 5.5 : 1.1
  let marks = functions.map { label, f in Mark.line(.init(label, x: x, y: x.map(f))) }
  let panel = Panel(x: Axis("x"), y: Axis("y", range: -0.1...top), legend: .topLeft, marks)
  return Picture(name, Figure(functions.map(\.0).joined(separator: ", "), panel))
}
