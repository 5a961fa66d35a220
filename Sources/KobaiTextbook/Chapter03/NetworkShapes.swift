import KobaiReport
import KobaiScratch

/// The shapes of the digits' network, for one image and for a batch (figures 3-26 and 3-27).
public struct NetworkShapes: Experiment {
  public let about = About(
    "ch03/network-shapes", .batches, en: "The shapes in a network, for one image and for a batch",
    ja: "ニューラルネットワークの各層の形状：画像1枚の場合とバッチの場合",
    question: Question(
      en: "What changes in a network when a batch goes through it?", ja: "バッチで入力すると、ネットワークの何が変わるのか？",
      answerEn:
        "Only the data get another axis in front, the number of images. Weights and biases stay as they are, and so "
        + "do the lengths that have to match.",
      answerJa: "データの先頭に、画像の枚数を表す軸が1つ増えるだけです。重みとバイアスの形状も、一致させるべき長さも変わりません。"))
  @Setting("batch", in: 1...1000, en: "images in the batch", ja: "バッチサイズ") var batch = 100
  @Setting("hidden1", in: 1...1000, en: "units of the first hidden layer", ja: "隠れ層1のニューロン数") var hidden1 = 50
  @Setting("hidden2", in: 1...1000, en: "units of the second hidden layer", ja: "隠れ層2のニューロン数") var hidden2 = 100
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let sizes = [784, hidden1, hidden2, 10]
    let weights = zip(sizes, sizes.dropFirst()).map { NDArray.zeros($0, $1) }
    var parameters = 0
    for (i, w) in weights.enumerated() {
      let b = [w.shape[1]]
      parameters += w.count + b[0]
      lab.say("W\(i + 1)\(NDArray.text(w.shape)) b\(i + 1)\(NDArray.text(b)): \(w.count + b[0])")
    }
    lab.say(en: "\(parameters) parameters", ja: "パラメータは合計\(parameters)個")
    var outcome = Outcome(["parameters": [Double(parameters)]])
    let one = shapes(NDArray.zeros(784), weights)
    let many = shapes(NDArray.zeros(batch, 784), weights)
    for (name, shapes) in [("image", one), ("batch", many)] {
      lab.say(shapes.enumerated().map { i, shape in "\(self.name(i))\(NDArray.text(shape))" }.joined(separator: " → "))
      outcome.figures[name] = shapes.last?.map(Double.init)
    }
    let panels = [
      diagram(one, weights).panel(lab.words(en: "One image", ja: "画像1枚")),
      diagram(many, weights).panel(lab.words(en: "A batch of \(batch)", ja: "\(batch)枚のバッチ")),
    ]
    let title = lab.words(en: "From pixels to classes: the shapes", ja: "入力から出力までの配列の形状")
    outcome.pictures = [Picture("network-shapes", Figure(title, panels, columns: 1))]
    return outcome
  }

  /// The shapes of what goes through the layers, the input first.
  private func shapes(_ x: NDArray, _ weights: [NDArray]) -> [[Int]] {
    var (z, shapes) = (x, [x.shape])
    for w in weights {
      z = sigmoid(dot(z, w) + NDArray.zeros(w.shape[1]))
      shapes.append(z.shape)
    }
    return shapes
  }

  private func name(_ layer: Int) -> String { layer == 0 ? "X" : layer == 3 ? "Y" : "Z\(layer)" }

  private func diagram(_ shapes: [[Int]], _ weights: [NDArray]) -> ShapeDiagram {
    let layers: [ShapeDiagram.Item] = weights.enumerated().flatMap { i, w -> [ShapeDiagram.Item] in
      [.weights("W\(i + 1)", w.shape), .arrow]
    }
    return ShapeDiagram([.data("X", shapes[0]), .arrow] + layers + [.data("Y", shapes[shapes.count - 1])])
  }
}
