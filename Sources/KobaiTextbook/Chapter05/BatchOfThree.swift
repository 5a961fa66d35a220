import Foundation
import KobaiReport
import KobaiScratch

/// A batch of three through two affine layers: every shape on the way forward and back, and what becomes of loss and
/// gradient when the samples' losses are added instead of averaged.
public struct BatchOfThree: Experiment {
  public let about = About(
    "ch05/batch-of-three", .batchAffine, en: "A batch of 3: the shapes at every layer, and the sum against the mean",
    ja: "3件のバッチ：各層の形状、損失と勾配の合計と平均の違い",
    question: Question(
      en: "Which shapes has a batch on its way, and why is the loss a mean?", ja: "バッチの形状は各層でどう変わるのか？　損失はなぜ平均をとるのか？",
      answerEn:
        "Data and their gradients have the batch as first axis; weights, biases and theirs have none, because the "
        + "product and the sum over the batch take it away. A sum of losses would make gradient and steps grow with the "
        + "batch, a mean keeps the learning rate's meaning.",
      answerJa: "データとその勾配は先頭の軸がバッチですが、重みとバイアスの勾配では、バッチ方向の積和によってその軸が消えます。"
        + "損失を合計にすると勾配と更新量がバッチサイズに比例して大きくなりますが、平均なら同じ学習率をそのまま使えます。"))
  @Setting("batch", in: 1...300, en: "samples in the batch", ja: "バッチサイズ") var batch = 3
  @Setting("inputs", in: 1...100, en: "inputs", ja: "入力の数") var inputs = 4
  @Setting("hidden", in: 1...100, en: "hidden units", ja: "隠れ層のニューロン数") var hidden = 5
  @Setting("outputs", in: 2...100, en: "outputs", ja: "出力の数") var outputs = 2
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    var numbers = RandomNumbers(seed: lab.seed)
    let network = TwoLayerNet(
      inputSize: inputs, hiddenSize: hidden, outputSize: outputs, weightInitStd: 1, using: &numbers)
    let samples = NDArray.randomNormal([300, inputs], using: &numbers)
    let labels = numbers.choices(300, below: outputs)
    var outcome = Outcome()
    let (shapes, back) = walk(network, samples.rows(0..<batch), Array(labels.prefix(batch)), lab, &outcome)

    let first = (x: samples.rows(0..<batch), t: Array(labels.prefix(batch)))
    let each = (0..<batch).map { network.loss(first.x.rows($0..<$0 + 1), [first.t[$0]]) }
    let mean = network.loss(first.x, first.t)
    lab.say(
      en: "losses of the samples: \(NDArray(each)); sum \(each.reduce(0, +).rounded6), mean \(mean.rounded6)",
      ja: "各データの損失：\(NDArray(each))、合計 \(each.reduce(0, +).rounded6)、平均 \(mean.rounded6)")
    outcome.figures["losses"] = each
    outcome.figures["mean"] = [mean]

    let sizes = [1, 3, 10, 30, 100, 300]
    let lengths = sizes.map { size in gradients(network, samples.rows(0..<size), Array(labels.prefix(size))) }
    for (size, length) in zip(sizes, lengths) {
      lab.say(
        en: "batch of \(size): |dW1| of the sum \(length.sum.fixed(3)), of the mean \(length.mean.fixed(3))",
        ja: "バッチサイズ\(size)：|dW1| は合計で \(length.sum.fixed(3))、平均で \(length.mean.fixed(3))")
    }
    (outcome.figures["sum"], outcome.figures["mean gradient"]) = (lengths.map(\.sum), lengths.map(\.mean))
    let panel = Panel(
      x: Axis(lab.words(en: "samples in the batch", ja: "バッチサイズ"), scale: .logarithmic),
      y: Axis("|dW1|", scale: .logarithmic),
      [
        .line(
          .init(
            lab.words(en: "sum of the losses", ja: "損失の合計"), x: sizes.map(Double.init), y: lengths.map(\.sum),
            dots: true)),
        .line(
          .init(
            lab.words(en: "mean of the losses", ja: "損失の平均"), x: sizes.map(Double.init), y: lengths.map(\.mean),
            dash: "6 3", dots: true)),
      ])
    let title = lab.words(en: "The gradient of a sum grows with the batch", ja: "損失の合計の勾配はバッチサイズとともに大きくなる")
    outcome.pictures = [
      Picture("batch-of-three", diagrams(shapes, back, lab)), Picture("sum-or-mean", Figure(title, panel)),
    ]
    return outcome
  }

  /// Goes forward and back layer by layer, and says every shape.
  private func walk(
    _ network: TwoLayerNet, _ x: NDArray, _ labels: [Int], _ lab: Lab, _ outcome: inout Outcome
  ) -> (forward: [[Int]], back: [[Int]]) {
    var (z, forward) = (x, [x.shape])
    lab.say("X\(NDArray.text(x.shape))")
    func shown(_ name: String) -> String { name == "Activation1" ? "ReLU" : name }
    for (name, layer) in network.layers {
      z = layer.forward(z)
      forward.append(z.shape)
      lab.say("\(shown(name)) → \(NDArray.text(z.shape))")
    }
    let loss = network.lastLayer.forward(z, labels)
    lab.say("Softmax-with-Loss → \(NDArray.text(NDArray(loss).shape))")
    var (dout, back) = (network.lastLayer.backward(), [[Int]]())
    back.append(dout.shape)
    lab.say("Softmax-with-Loss ← \(NDArray.text(dout.shape))")
    for (name, layer) in network.layers.reversed() {
      dout = layer.backward(dout)
      back.append(dout.shape)
      let weights = (layer as? KobaiScratch.Affine).map {
        "  dW\(NDArray.text($0.w.gradient.shape)) db\(NDArray.text($0.b.gradient.shape))"
      }
      lab.say("\(shown(name)) ← \(NDArray.text(dout.shape))\(weights ?? "")")
    }
    outcome.figures["forward"] = forward.joined().map(Double.init)
    outcome.figures["backward"] = back.joined().map(Double.init)
    return (forward, back)
  }

  /// The length of the gradient of W1 when the losses of the samples are added one by one, and of their mean.
  private func gradients(_ network: TwoLayerNet, _ x: NDArray, _ labels: [Int]) -> (sum: Double, mean: Double) {
    func length(_ array: NDArray) -> Double { (array * array).sum().squareRoot() }
    var sum = NDArray.zeros(inputs, hidden)
    for (i, label) in labels.enumerated() {
      sum += network.gradient(x.rows(i..<i + 1), [label])["W1"] ?? .zeros(like: sum)
    }
    return (length(sum), length(network.gradient(x, labels)["W1"] ?? .zeros(like: sum)))
  }

  private func diagrams(_ forward: [[Int]], _ back: [[Int]], _ lab: Lab) -> Figure {
    let (x, a1, z1, a2) = (forward[0], forward[1], forward[2], forward[3])
    let (da2, dz1, da1) = (back[0], back[1], back[2])
    func transposed(_ shape: [Int]) -> [Int] { shape.reversed() }
    let (w1, w2) = ([inputs, hidden], [hidden, outputs])
    let panels = [
      ShapeDiagram([
        .data("X", x), .dot, .weights("W1", w1), .plus, .weights("b1", [hidden]), .equals, .data("A1", a1),
        .sign("→"),
        .data("Z1", z1),
      ]).panel(lab.words(en: "forward: Affine1 and ReLU", ja: "順伝播：Affine1とReLU")),
      ShapeDiagram([
        .data("Z1", z1), .dot, .weights("W2", w2), .plus, .weights("b2", [outputs]), .equals, .data("A2", a2),
      ]).panel(lab.words(en: "forward: Affine2", ja: "順伝播：Affine2")),
      ShapeDiagram([
        .data("dA2", da2), .dot, .weights("W2ᵀ", transposed(w2)), .equals, .data("dZ1", dz1),
      ]).panel(lab.words(en: "backward: what goes on to ReLU", ja: "逆伝播：ReLUへ流す勾配")),
      ShapeDiagram([
        .data("Z1ᵀ", transposed(z1)), .dot, .data("dA2", da2), .equals, .weights("dW2", w2),
      ]).panel(lab.words(en: "backward: the batch is summed away in dW2", ja: "逆伝播：dW2ではバッチの軸が消える")),
      ShapeDiagram([
        .data("Xᵀ", transposed(x)), .dot, .data("dA1", da1), .equals, .weights("dW1", w1),
      ]).panel(lab.words(en: "backward: the same in dW1", ja: "逆伝播：dW1でも同様")),
    ]
    return Figure(lab.words(en: "A batch of \(batch): every shape", ja: "\(batch)件のバッチ：各層の形状"), panels, columns: 1)
  }
}
