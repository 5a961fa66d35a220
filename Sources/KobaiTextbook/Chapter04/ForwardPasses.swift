import KobaiReport
import KobaiScratch

/// The forward passes of a numerical gradient, counted by a layer that does nothing else.
public struct ForwardPasses: Experiment {
  public let about = About(
    "ch04/forward-passes", .twoLayerNet,
    en: "The forward passes of a numerical gradient, counted, against backpropagation",
    ja: "数値勾配に必要な順伝播の回数を実際に数え、誤差逆伝播法と比較",
    question: Question(
      en: "Why is the numerical gradient so slow?", ja: "数値勾配はなぜこれほど遅いのか？",
      answerEn:
        "It takes two forward passes for every single parameter, 79,520 for one gradient of the book's 784-50-10 "
        + "network. Backpropagation takes one pass forward and one back, however many parameters there are.",
      answerJa: "パラメータ1個につき順伝播が2回必要で、書籍の784-50-10のネットワークでは勾配を1回求めるのに79,520回になります。"
        + "誤差逆伝播法なら、パラメータがいくつあっても順伝播1回と逆伝播1回で済みます。"))
  @Setting("inputs", in: 1...20, en: "inputs", ja: "入力の数") var inputs = 4
  @Setting("outputs", in: 2...20, en: "outputs", ja: "出力の数") var outputs = 3
  @Setting("hidden", in: 1...100, en: "hidden units of the largest network", ja: "最大のネットワークの隠れ層のニューロン数") var hidden = 50
  @Setting("batch", in: 1...10, en: "samples in the batch", ja: "バッチサイズ") var batch = 3
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let sizes = Set([1, hidden / 25, hidden / 10, hidden / 5, hidden / 2, hidden].map { max($0, 1) }).sorted()
    var numbers = RandomNumbers(seed: lab.seed)
    var (parameters, forward, backward) = ([Double](), [Double](), [Double]())
    for size in sizes {
      let network = CountedNet(
        TwoLayerNet(
          inputSize: inputs, hiddenSize: size, outputSize: outputs, weightInitStd: 1, activation: .sigmoid,
          lossEpsilon: 0, using: &numbers))
      let x = NDArray.randomNormal([batch, inputs], using: &numbers)
      let labels = (0..<batch).map { $0 % outputs }
      let numerical = network.numericalGradient(x, labels)
      let slow = network.counter.take()
      let exact = network.gradient(x, labels)
      let quick = network.counter.take()
      let difference =
        exact.map { name, gradient in abs(gradient - (numerical[name] ?? .zeros(like: gradient))).max() }.max() ?? 1
      let count = network.params.values.reduce(0) { $0 + $1.value.count }
      parameters.append(Double(count))
      forward.append(Double(slow.forward))
      backward.append(Double(quick.forward + quick.backward))
      lab.say(
        en: "\(inputs)-\(size)-\(outputs), \(count) parameters: \(slow.forward) forward passes; backpropagation "
          + "\(quick.forward) forward, \(quick.backward) backward; largest difference \(String(format: "%.0e", difference))",
        ja: "\(inputs)-\(size)-\(outputs)、パラメータ\(count)個：順伝播\(slow.forward)回、誤差逆伝播法は順伝播\(quick.forward)回と"
          + "逆伝播\(quick.backward)回、勾配の差の最大値 \(String(format: "%.0e", difference))")
    }
    let book = 784 * 50 + 50 + 50 * 10 + 10
    lab.say(
      en: "the book's 784-50-10 has \(book) parameters: \(2 * book) passes for one gradient, 10,000 times over",
      ja: "書籍の784-50-10のパラメータは\(book)個：勾配1回に順伝播\(2 * book)回、学習では勾配の計算を10,000回繰り返す")
    let panel = Panel(
      x: Axis(lab.words(en: "parameters", ja: "パラメータの数"), scale: .logarithmic),
      y: Axis(
        lab.words(en: "passes for one gradient", ja: "勾配1回あたりの伝播の回数"), range: 1...(forward.max() ?? 1) * 3,
        scale: .logarithmic),
      [
        .line(.init(lab.words(en: "numerical gradient", ja: "数値勾配"), x: parameters, y: forward, dots: true)),
        .line(
          .init(lab.words(en: "backpropagation", ja: "誤差逆伝播法"), x: parameters, y: backward, dash: "6 3", dots: true)),
      ])
    let title = lab.words(en: "Passes through the network, counted", ja: "ネットワークの伝播の回数")
    return Outcome(
      ["parameters": parameters, "numerical": forward, "backpropagation": backward, "book": [Double(2 * book)]],
      pictures: [Picture("forward-passes", Figure(title, panel))])
  }
}

/// A network with a layer in front that counts.
private final class CountedNet: NeuralNetwork {
  let params: OrderedDictionary<KobaiScratch.Parameter>
  let layers: OrderedDictionary<any KobaiScratch.Layer>
  let lastLayer: SoftmaxWithLoss
  let counter = PassCounter()

  init(_ network: TwoLayerNet) {
    (params, lastLayer) = (network.params, network.lastLayer)
    var layers: OrderedDictionary<any KobaiScratch.Layer> = ["Counter": counter]
    for (name, layer) in network.layers { layers[name] = layer }
    self.layers = layers
  }
}

/// A layer that hands everything on and counts how often.
private final class PassCounter: KobaiScratch.Layer {
  private var (forwards, backwards) = (0, 0)

  func forward(_ x: NDArray, train: Bool) -> NDArray {
    forwards += 1
    return x
  }

  func backward(_ dout: NDArray) -> NDArray {
    backwards += 1
    return dout
  }

  /// The passes since the last time.
  func take() -> (forward: Int, backward: Int) {
    defer { (forwards, backwards) = (0, 0) }
    return (forwards, backwards)
  }
}
