import Foundation
import KobaiScratch

/// The graphs of the book, in its order.
public enum BookGraphs {
  /// Every one that there is.
  public static let all =
    [buyApple, buyAppleOrange, sumTimes, chainRule] + nodes + [relu, reluNegative, sigmoid, dot, affine, affineBatch]
    + [softmaxWithLoss, softmaxWithLossBatch, batchNormalization]

  // MARK: - 5.1 to 5.3: numbers

  /// Two apples at 100 with 10 % tax.
  static let buyApple = BookGraph("buy-apple", en: "Two apples with tax", ja: "リンゴ2個の買い物") { graph, language in
    let price = graph.variable(Words(en: "apple price", ja: "リンゴの値段")(language), 100)
    let count = graph.variable(Words(en: "apples", ja: "リンゴの個数")(language), 2)
    let tax = graph.variable(Words(en: "tax", ja: "消費税")(language), 1.1)
    return (price * count * tax).named(Words(en: "total", ja: "支払金額")(language))
  }

  /// Two apples at 100 and three oranges at 150 with 10 % tax.
  static let buyAppleOrange = BookGraph(
    "buy-apple-orange", en: "Two apples and three oranges with tax", ja: "リンゴ2個とみかん3個の買い物"
  ) { graph, language in
    let appleCount = graph.variable(Words(en: "apples", ja: "リンゴの個数")(language), 2)
    let apple = graph.variable(Words(en: "apple price", ja: "リンゴの値段")(language), 100)
    let orange = graph.variable(Words(en: "orange price", ja: "みかんの値段")(language), 150)
    let orangeCount = graph.variable(Words(en: "oranges", ja: "みかんの個数")(language), 3)
    let tax = graph.variable(Words(en: "tax", ja: "消費税")(language), 1.1)
    return ((appleCount * apple + orange * orangeCount) * tax).named(Words(en: "total", ja: "支払金額")(language))
  }

  /// (x + y) z.
  static let sumTimes = BookGraph(
    "sum-times", en: "f = (x + y) z", ja: "f = (x + y) z", [.init(), .init("symbols", labels: .chainRule)]
  ) { graph, _ in
    let x = graph.variable("x", -2)
    let y = graph.variable("y", 5)
    let z = graph.variable("z", -4)
    return ((x + y).named("t") * z).named("f")
  }

  /// z = t², t = x + y.
  static let chainRule = BookGraph(
    "chain-rule", en: "The chain rule: z = t², t = x + y", ja: "連鎖律：z = t²、t = x + y",
    [.init(labels: .chainRule), .init("values")]
  ) { graph, _ in
    let x = graph.variable("x", 2)
    let y = graph.variable("y", 3)
    return square((x + y).named("t")).named("z")
  }

  /// One node each; 1.3 arrives from behind, as in the book.
  static let nodes: [BookGraph] = [
    node("add", en: "Addition: the derivative goes on as it is", ja: "加算ノード：微分をそのまま流す", [10, 5]) { $0[0] + $0[1] },
    node("multiply", en: "Multiplication: times the other input", ja: "乗算ノード：入力を入れ替えて掛ける", [10, 5]) { $0[0] * $0[1] },
    node("reciprocal", en: "1 / x: times −y²", ja: "除算ノード（1 / x）：−y² を掛ける", [2]) { 1 / $0[0] },
    node("exp", en: "exp: times the output", ja: "expノード：出力を掛ける", [1]) { exp($0[0]) },
    node("log", en: "log: divided by the input", ja: "logノード：入力で割る", [2]) { log($0[0]) },
  ]

  private static func node(
    _ name: String, en: String, ja: String, _ inputs: [Double], _ compute: @escaping @Sendable ([Variable]) -> Variable
  ) -> BookGraph {
    BookGraph("node-\(name)", en: en, ja: ja, [.init(), .init("symbols", labels: .symbols)], dout: 1.3) { graph, _ in
      let names = inputs.count == 1 ? ["x"] : ["x", "y"]
      return compute(zip(names, inputs).map { graph.variable($0, NDArray($1)) }).named(inputs.count == 1 ? "y" : "z")
    }
  }

  // MARK: - 5.5: activation functions

  /// A positive input lets the derivative through.
  static let relu = BookGraph(
    "relu-positive", en: "ReLU, x > 0: the derivative goes on", ja: "ReLU（x > 0）：微分をそのまま流す"
  ) { graph, _ in KobaiScratch.relu(graph.variable("x", 2)).named("y") }

  /// A negative one does not.
  static let reluNegative = BookGraph(
    "relu-negative", en: "ReLU, x ≤ 0: nothing goes on", ja: "ReLU（x ≦ 0）：微分はここで止まる"
  ) { graph, _ in KobaiScratch.relu(graph.variable("x", -2)).named("y") }

  /// Four nodes, or one.
  static let sigmoid = BookGraph(
    "sigmoid", en: "Sigmoid, node by node", ja: "シグモイド関数：ノードごと",
    [
      .init(folding: .none), .init("symbols", folding: .none, labels: .symbols),
      .init("folded", Words(en: "Sigmoid as one node", ja: "シグモイド関数：1つのノードにまとめた形"), labels: .symbols),
    ]
  ) { graph, _ in KobaiScratch.sigmoid(graph.variable("x", 1)).named("y") }

  // MARK: - 5.6: layers of matrices

  /// The product alone.
  static let dot = BookGraph(
    "dot", en: "The matrix product: shapes", ja: "行列の積と形状", [.init(labels: .symbols)]
  ) { graph, _ in
    let x = graph.variable("X", [[1, 2], [3, 4]])
    let w = graph.variable("W", [[1, 3, 5], [2, 4, 6]])
    return KobaiScratch.dot(x, w).named("Y")
  }

  /// One sample.
  static let affine = BookGraph(
    "affine", en: "Affine, one sample", ja: "Affineレイヤ：データ1件", [.init(folding: .none, labels: .symbols)]
  ) { graph, _ in
    let x = graph.variable("X", [1, 2])
    let w = graph.variable("W", [[1, 3, 5], [2, 4, 6]])
    return KobaiScratch.affine(x, w, graph.variable("B", [1, 2, 3])).named("Y")
  }

  /// A batch: the bias is added to every sample, so its derivative is the sum over them (the book's numbers).
  static let affineBatch = BookGraph(
    "affine-batch", en: "Affine for a batch: the bias is broadcast, its derivative is the sum",
    ja: "バッチ版Affineレイヤ：バイアスはブロードキャストされ、その微分はバッチ方向の和になる",
    [
      .init(folding: .none, labels: .symbols),
      .init("folded", Words(en: "Affine as one node", ja: "Affineレイヤ：1つのノードにまとめた形")),
    ], dout: [[1, 2, 3], [4, 5, 6]]
  ) { graph, _ in
    let x = graph.variable("X", [[0, 0], [1, 1]])
    let w = graph.variable("W", [[4, 4, 4], [6, 6, 6]])
    return KobaiScratch.affine(x, w, graph.variable("B", [1, 2, 3])).named("Y")
  }

  /// Three classes, a number on every line: exponentials of 3, 2 and 5 make the book's 0.3, 0.2 and 0.5.
  static let softmaxWithLoss = BookGraph(
    "softmax-with-loss", en: "Softmax-with-Loss, node by node", ja: "Softmax-with-Lossレイヤ：ノードごと",
    [
      .init(folding: .none),
      .init(
        "layers", Words(en: "Softmax and cross-entropy error", ja: "SoftmaxレイヤとCross Entropy Errorレイヤ"),
        folding: .except(["Softmax-with-Loss"])),
      .init(
        "folded", Words(en: "Softmax-with-Loss as one node: y − t comes back", ja: "Softmax-with-Lossレイヤ：逆伝播する値はy − t"),
        labels: .symbols),
    ]
  ) { graph, _ in
    let scores = [3.0, 2, 5].enumerated().map { graph.variable("a\($0 + 1)", NDArray(Foundation.log($1))) }
    let labels = [0.0, 1, 0].enumerated().map { graph.constant("t\($0 + 1)", NDArray($1)) }
    return KobaiScratch.softmaxWithLoss(scores, labels).named("L")
  }

  /// The same of a batch of two.
  static let softmaxWithLossBatch = BookGraph(
    "softmax-with-loss-batch", en: "Softmax-with-Loss for a batch of two", ja: "バッチ版Softmax-with-Lossレイヤ（データ2件）",
    [.init(folding: .none), .init("folded", labels: .symbols)]
  ) { graph, _ in
    let x = graph.variable("X", [[0.3, 2.9, 4.0], [1, 0.5, 0]])
    return KobaiScratch.softmaxWithLoss(x, graph.constant("T", [[0, 0, 1], [1, 0, 0]])).named("L")
  }

  // MARK: - 6.3: batch normalisation

  /// Three samples of two features.
  static let batchNormalization = batchNormalization(gamma: 1.5, beta: 1)

  /// - Parameters:
  ///   - gamma: the scale of the second column; the first one's is 1.
  ///   - beta: the shift of the second column; the first one's is 0.
  static func batchNormalization(gamma scale: Double, beta shift: Double) -> BookGraph {
    BookGraph(
      "batch-normalization", en: "Batch normalisation, node by node", ja: "Batch Normalization：ノードごと",
      [
        .init(folding: .none, inputs: .nearby),
        .init("folded", Words(en: "Batch normalisation as one node", ja: "Batch Normalization：1つのノードにまとめた形")),
      ], dout: [[1, 2], [0.5, -1], [2, 3]]
    ) { graph, _ in
      let x = graph.variable("X", [[1, 2], [3, 5], [2, 8]])
      let gamma = graph.variable("γ", NDArray([1, scale]))
      let beta = graph.variable("β", NDArray([0, shift]))
      return KobaiScratch.batchNormalization(x, gamma: gamma, beta: beta).named("Y")
    }
  }
}
