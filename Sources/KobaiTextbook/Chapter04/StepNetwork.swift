import Foundation
import KobaiReport
import KobaiScratch

/// XOR by gradient descent, with sigmoids and with step functions: behind a step no change of a weight can be seen.
public struct StepNetwork: Experiment {
  public let about = About(
    "ch04/step-network", .whyLoss, en: "A network of step functions cannot learn: its gradients are zero",
    ja: "ステップ関数のネットワークは学習できない：勾配がすべて0になる",
    question: Question(
      en: "Why does a network not learn with step functions?", ja: "活性化関数がステップ関数だと、なぜ学習できないのか？",
      answerEn: "A step gives the same output for a weight and for one a little larger, so the loss does not move, the "
        + "gradient is 0 and so is every update. With steps in the hidden layer alone, only the output layer learns.",
      answerJa: "ステップ関数では重みをわずかに変えても出力が変わらないため、損失も変わらず、勾配が0になって重みがまったく更新されません。"
        + "隠れ層だけをステップ関数にすると、学習するのは出力層だけです。"))
  @Setting("hidden", in: 1...20, en: "hidden units", ja: "隠れ層のニューロン数") var hidden = 4
  @Setting("lr", in: 0...100, en: "learning rate", ja: "学習率") var lr = 4.0
  @Setting("steps", in: 1...10_000, en: "steps", ja: "ステップ数") var steps = 1000
  public init() {}

  private struct Network: Sendable {
    let name: Words
    let key: String
    let hidden: @Sendable (Double) -> Double, output: @Sendable (Double) -> Double
  }

  private static let networks = [
    Network(
      name: Words(en: "sigmoid, sigmoid", ja: "シグモイド関数のみ"), key: "sigmoid", hidden: sigmoid, output: sigmoid),
    Network(
      name: Words(en: "step, sigmoid", ja: "隠れ層だけステップ関数"), key: "hidden steps", hidden: stepFunction,
      output: sigmoid),
    Network(
      name: Words(en: "step, step", ja: "ステップ関数のみ"), key: "steps", hidden: stepFunction, output: stepFunction),
  ]
  private static let inputs = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)]
  private static let labels = [0.0, 1, 1, 0]

  public func run(_ lab: Lab) throws -> Outcome {
    var (outcome, losses, accuracies) = (Outcome(), [Mark](), [Mark]())
    var numbers = RandomNumbers(seed: lab.seed)
    // Three numbers for each hidden unit (two weights and a bias), then the output's weights and bias.
    let start = NDArray.randomNormal([4 * hidden + 1], using: &numbers)
    for (network, dash) in zip(Self.networks, [nil, "6 3", "2 2"]) {
      func loss(_ p: NDArray) -> Double {
        zip(outputs(network, p), Self.labels).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 4
      }
      let first = numericalGradient(loss, start)
      let path = gradientDescent(loss, from: start, learningRate: lr, steps: steps)
      let accuracy = path.map { p in
        Double(zip(outputs(network, p), Self.labels).count { ($0 > 0.5) == ($1 > 0.5) }) / 4
      }
      let loss = path.map(loss)
      let sizes = [first.elements.prefix(3 * hidden), first.elements.suffix(hidden + 1)].map { layer in
        layer.map(abs).max() ?? 0
      }
      let (name, ends) = (network.name(lab.language), (loss.last ?? 0, accuracy.last ?? 0))
      lab.say(
        en:
          "\(name): largest gradient at first \(sizes[0].rounded6) (hidden layer), \(sizes[1].rounded6) (output layer); "
          + "loss \(loss[0].fixed(4)) -> \(ends.0.fixed(4)), accuracy \(accuracy[0].short) -> \(ends.1.short)",
        ja: "\(name)：最初の勾配の最大値 \(sizes[0].rounded6)（隠れ層）、\(sizes[1].rounded6)（出力層）、"
          + "損失 \(loss[0].fixed(4)) → \(ends.0.fixed(4))、正解率 \(accuracy[0].short) → \(ends.1.short)")
      outcome.figures["\(network.key): gradients"] = sizes
      outcome.figures["\(network.key): loss"] = [loss[0], ends.0]
      outcome.figures["\(network.key): accuracy"] = [accuracy[0], ends.1]
      losses.append(.line(.init(name, values: loss, dash: dash)))
      accuracies.append(.line(.init(name, values: accuracy, dash: dash)))
    }
    let step = lab.words(en: "step", ja: "ステップ")
    let panels = [
      Panel(
        x: Axis(step), y: Axis(lab.words(en: "loss", ja: "損失"), range: 0...1), size: (330, 260), legend: .none,
        losses),
      Panel(
        x: Axis(step), y: Axis(lab.words(en: "accuracy", ja: "正解率"), range: 0...1.05), size: (330, 260),
        legend: .beside, accuracies),
    ]
    let title = lab.words(en: "Learning XOR: activations of hidden and output layer", ja: "XORの学習：隠れ層と出力層の活性化関数による違い")
    outcome.pictures = [Picture("step-network", Figure(title, panels))]
    return outcome
  }

  /// The outputs for the four inputs.
  private func outputs(_ network: Network, _ p: NDArray) -> [Double] {
    Self.inputs.map { x in
      var sum = p.elements[4 * hidden]
      for j in 0..<hidden {
        let a = p.elements[3 * j] * x.0 + p.elements[3 * j + 1] * x.1 + p.elements[3 * j + 2]
        sum += p.elements[3 * hidden + j] * network.hidden(a)
      }
      return network.output(sum)
    }
  }
}
