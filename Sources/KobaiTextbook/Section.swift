/// The sections of the book that have experiments: number, and title in both languages.
public struct Section: Sendable, Equatable {
  /// "6.2.1"
  public let number: String
  /// What the section is called.
  public let title: Words

  /// The first part of the number.
  public var chapter: Int { number.split(separator: ".").first.flatMap { Int($0) } ?? 0 }

  /// A section by its number, and its title in both languages.
  public init(_ number: String, ja: String, en: String) {
    (self.number, title) = (number, Words(en: en, ja: ja))
  }

  private init(_ number: String, _ ja: String, _ en: String) { self.init(number, ja: ja, en: en) }

  /// Number and title: "4.4.1 Gradient descent". Sections of no book have no number.
  public func heading(_ language: Language) -> String {
    number.isEmpty ? title(language) : "\(number) \(title(language))"
  }

  /// What stands above the experiments of a chapter: "Chapter 4: Training a neural network". Those of sections without a
  /// number, chapter 0, are other experiments.
  public static func heading(ofChapter chapter: Int) -> Words {
    guard chapter > 0 else { return Words(en: "Other experiments", ja: "その他の実験") }
    guard let title = chapters[chapter] else { return Words(en: "Chapter \(chapter)", ja: "\(chapter)章") }
    return Words(en: "Chapter \(chapter): \(title.en)", ja: "\(chapter)章 \(title.ja)")
  }

  /// Each chapter once, in the book's order; chapter 0 comes last.
  public static func inOrder(_ chapters: some Sequence<Int>) -> [Int] {
    Set(chapters).sorted { ($0 > 0 ? $0 : .max) < ($1 > 0 ? $1 : .max) }
  }

  /// The titles of the chapters.
  public static let chapters: [Int: Words] = [
    1: Words(en: "Introduction to Python", ja: "Python入門"),
    2: Words(en: "Perceptrons", ja: "パーセプトロン"),
    3: Words(en: "Neural networks", ja: "ニューラルネットワーク"),
    4: Words(en: "Training a neural network", ja: "ニューラルネットワークの学習"),
    5: Words(en: "Backpropagation", ja: "誤差逆伝播法"),
    6: Words(en: "Techniques for training", ja: "学習に関するテクニック"),
    7: Words(en: "Convolutional neural networks", ja: "畳み込みニューラルネットワーク"),
    8: Words(en: "Deep learning", ja: "ディープラーニング"),
  ]

  static let scriptFile = Section("1.4.1", "ファイルに保存", "Scripts in files")
  static let classes = Section("1.4.2", "クラス", "Classes")
  static let numpy = Section("1.5", "NumPy", "NumPy")
  static let simpleGraph = Section("1.6.1", "単純なグラフの描画", "A simple graph")
  static let pyplot = Section("1.6.2", "pyplotの機能", "What pyplot can do")
  static let picture = Section("1.6.3", "画像の表示", "Showing a picture")
  static let gates = Section("2.3.3", "重みとバイアスによる実装", "Gates from weights and bias")
  static let xor = Section("2.5.2", "XORゲートの実装", "The XOR gate")
  static let stepFunction = Section("3.2.3", "ステップ関数のグラフ", "The graph of the step function")
  static let sigmoid = Section("3.2.4", "シグモイド関数の実装", "The sigmoid function")
  static let sigmoidAndStep = Section("3.2.5", "シグモイド関数とステップ関数の比較", "Sigmoid and step compared")
  static let relu = Section("3.2.7", "ReLU関数", "The ReLU function")
  static let matrixProduct = Section("3.3.2", "行列の積", "The product of matrices")
  static let networkProducts = Section("3.3.3", "ニューラルネットワークの行列の積", "Matrix products in a network")
  static let threeLayers = Section("3.4.3", "実装のまとめ", "A three-layer network")
  static let softmaxFunction = Section("3.5.1", "恒等関数とソフトマックス関数", "Identity and softmax")
  static let softmax = Section("3.5.2", "ソフトマックス関数の実装上の注意", "Softmax without overflow")
  static let mnist = Section("3.6.1", "MNISTデータセット", "The MNIST data set")
  static let inference = Section("3.6.2", "ニューラルネットワークの推論処理", "Inference")
  static let batches = Section("3.6.3", "バッチ処理", "Batches")
  static let crossEntropyError = Section("4.2.2", "交差エントロピー誤差", "Cross-entropy error")
  static let crossEntropy = Section("4.2.4", "［バッチ対応版］交差エントロピー誤差の実装", "Cross-entropy for batches")
  static let whyLoss = Section("4.2.5", "なぜ損失関数を設定するのか？", "Why a loss?")
  static let derivative = Section("4.3.1", "微分", "The derivative")
  static let differentiation = Section("4.3.2", "数値微分の例", "Numerical differentiation")
  static let partialDerivatives = Section("4.3.3", "偏微分", "Partial derivatives")
  static let gradient = Section("4.4", "勾配", "The gradient")
  static let gradientDescent = Section("4.4.1", "勾配法", "Gradient descent")
  static let networkGradient = Section("4.4.2", "ニューラルネットワークに対する勾配", "The gradient of a network")
  static let twoLayerNet = Section("4.5.1", "2層ニューラルネットワークのクラス", "A two-layer network")
  static let miniBatchTraining = Section("4.5.3", "テストデータで評価", "Training with mini-batches")
  static let computationalGraph = Section("5.1.1", "計算グラフで解く", "Solving with a computational graph")
  static let chainRule = Section("5.2.3", "連鎖律と計算グラフ", "The chain rule on a graph")
  static let backwardOfNodes = Section("5.3", "逆伝播", "Backpropagation of a node")
  static let multiplicationLayer = Section("5.4.1", "乗算レイヤの実装", "The multiplication layer")
  static let simpleLayers = Section("5.4.2", "加算レイヤの実装", "Multiplication and addition layers")
  static let activationLayers = Section("5.5", "活性化関数レイヤの実装", "Activation layers")
  static let batchAffine = Section("5.6.2", "バッチ版Affineレイヤ", "The affine layer for a batch")
  static let affineLayers = Section("5.6", "Affine／Softmaxレイヤの実装", "Affine and softmax layers")
  static let gradientCheck = Section("5.7.3", "誤差逆伝播法の勾配確認", "Checking the gradients")
  static let backpropagationTraining = Section("5.7.4", "誤差逆伝播法を使った学習", "Training with backpropagation")
  static let whichOptimizer = Section("6.1.7", "どの更新手法を用いるか？", "Which optimizer?")
  static let optimizersOnMNIST = Section("6.1.8", "MNISTデータセットによる更新手法の比較", "Optimizers on MNIST")
  static let zeroWeights = Section("6.2.1", "重みの初期値を0にする？", "All weights zero?")
  static let activationDistribution = Section("6.2.2", "隠れ層のアクティベーション分布", "How activations spread")
  static let initialWeights = Section("6.2.4", "MNISTデータセットによる重み初期値の比較", "Initial weights on MNIST")
  static let batchNormAlgorithm = Section("6.3.1", "Batch Normalizationのアルゴリズム", "Batch normalisation")
  static let batchNorm = Section("6.3.2", "Batch Normalizationの評価", "What batch normalisation brings")
  static let overfitting = Section("6.4.1", "過学習", "Overfitting")
  static let weightDecay = Section("6.4.2", "Weight decay", "Weight decay")
  static let dropout = Section("6.4.3", "Dropout", "Dropout")
  static let hyperparameters = Section("6.5.3", "ハイパーパラメータ最適化の実装", "Searching hyper-parameters")
  static let im2col = Section("7.4.2", "im2colによる展開", "im2col")
  static let convolutionLayer = Section("7.4.3", "Convolutionレイヤの実装", "The convolution layer")
  static let poolingLayer = Section("7.4.4", "Poolingレイヤの実装", "The pooling layer")
  static let cnn = Section("7.5", "CNNの実装", "A convolutional network")
  static let filters = Section("7.6.1", "1層目の重みの可視化", "What the first layer sees")
  static let deeper = Section("8.1.1", "よりディープなネットワークへ", "A deeper network")
  static let accuracy = Section("8.1.2", "さらに認識精度を高めるには", "Higher accuracy")
  static let halfPrecision = Section("8.3.4", "演算精度のビット削減", "Fewer bits")
}
