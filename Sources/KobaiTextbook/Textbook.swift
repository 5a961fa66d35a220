/// All experiments, in the book's order.
public enum Textbook {
  /// The experiments.
  public static let experiments: [any Experiment] = [
    LogicGates(), XORGate(),
    StepFunction(), SigmoidFunction(), SigStepCompare(), ReLUFunction(), ActivationCompare(),
    MatrixProducts(), ThreeLayerNetwork(), SoftmaxFunction(), MNISTShow(), NeuralNetMNIST(),
    NeuralNetMNISTBatch(),
    LossFunctions(), Gradient1D(), PartialDerivatives(), Gradient2D(), GradientMethod(), LeastSquares(),
    GradientSimpleNet(), TwoLayerNetwork(), TrainNeuralNet(), SoftmaxRegressionMNIST(),
    GraphApples(), GraphChainRule(), GraphNodes(), BuyApple(), BuyAppleOrange(), GraphActivations(), ActivationLayers(),
    GraphAffine(), AffineLayers(), GraphSoftmaxWithLoss(), GradientCheck(), TrainNeuralNetBackprop(),
    OptimizerCompareNaive(), OptimizerCompareMNIST(), WeightInitZero(), WeightInitActivationHistogram(),
    WeightInitCompare(), GraphBatchNorm(), BatchNormGradientCheck(), BatchNormTest(), OverfitWeightDecay(),
    OverfitDropout(), HyperparameterOptimization(),
    Im2col(), ConvolutionNaive(), PoolingNaive(), GradientCheckConv(), TrainConvNet(),
    VisualizeFilter(), ApplyFilter(), FromScratchSpeed(),
    TrainDeepNet(), MisclassifiedMNIST(), HalfFloatNetwork(), DataAugmentation(),
  ]

  /// The experiment of that name.
  ///
  /// - Parameters:
  ///   - id: the name, such as "ch06/optimizer-compare-naive".
  ///   - language: the language of the error.
  /// - Throws: ``TextbookError`` that lists the names most like it.
  public static func experiment(_ id: String, language: Language = .en) throws(TextbookError) -> any Experiment {
    if let exact = experiments.first(where: { $0.about.id == id }) { return exact }
    let names = experiments.map(\.about.id)
    let near =
      names.filter { $0.hasSuffix("/" + id) || $0.contains(id) } + names.sorted { distance($0, id) < distance($1, id) }
    let distinct = near.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let nearest = distinct.prefix(3)
    let reason = Words(
      en: "no experiment \"\(id)\"; near it are \(nearest.joined(separator: ", "))",
      ja: "「\(id)」という実験はありません。似た名前：\(nearest.joined(separator: "、"))")
    throw TextbookError(reason(language))
  }

  /// How many letters have to change to make one word of the other (Levenshtein, 1966).
  static func distance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a), Array(b))
    var row = Array(0...b.count)
    for i in a.indices {
      var diagonal = row[0]
      row[0] = i + 1
      for j in b.indices {
        let change = diagonal + (a[i] == b[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(change, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[b.count]
  }
}
