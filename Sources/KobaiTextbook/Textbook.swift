/// All experiments, in the book's order.
public enum Textbook {
  /// The experiments.
  public static let experiments: [any Experiment] = [
    Hungry(), ManClass(), NumPyBasics(), SinGraph(), SinCosGraph(), ImageShow(),
    LogicGates(), XORGate(),
    StepFunction(), SigmoidFunction(), SigStepCompare(), ReLUFunction(), ActivationCompare(),
    DotShapes(), MatrixProducts(), ThreeLayerNetwork(), WhyExp(), SoftmaxFunction(), MNISTShow(), NeuralNetMNIST(),
    NetworkShapes(), NeuralNetMNISTBatch(),
    LogOfZero(), LossFunctions(), WhyNotAccuracy(), StepNetwork(), TangentLine(), DifferenceError(), Gradient1D(),
    PartialDerivatives(), Gradient2D(),
    GradientMethod(), LearningRateLimit(), LeastSquares(), LeastSquaresRates(),
    GradientSimpleNet(), TwoLayerNetwork(), ForwardPasses(), TrainNeuralNet(), SoftmaxRegressionMNIST(),
    GraphApples(), GraphChainRule(), GraphNodes(), BuyApple(), BuyAppleOrange(), GraphActivations(), ActivationLayers(),
    GraphAffine(), AffineLayers(), BatchOfThree(), GraphSoftmaxWithLoss(), GradientCheck(), TrainNeuralNetBackprop(),
    OptimizerCompareNaive(), OptimizerCompareMNIST(), WeightInitZero(), WeightInitActivationHistogram(),
    WeightInitCompare(), GraphBatchNorm(), BatchNormGradientCheck(), BatchNormTest(), OverfitWeightDecay(),
    WeightPenalties(), OverfitDropout(), HyperparameterOptimization(), HyperparameterSearch(), BayesianOptimization(),
    Im2col(), ConvolutionNaive(), PoolingNaive(), GradientCheckConv(), TrainConvNet(),
    VisualizeFilter(), ApplyFilter(), FromScratchSpeed(),
    TrainDeepNet(), MisclassifiedMNIST(), HalfFloatNetwork(), DataAugmentation(),
  ]

  /// The experiment of that name.
  ///
  /// - Parameters:
  ///   - id: its name, such as "ch04/gradient-method".
  ///   - experiments: where to look for it; the book's unless given.
  /// - Throws: ``TextbookError`` that lists the names most like it.
  public static func experiment(
    _ id: String, in experiments: [any Experiment] = Textbook.experiments
  ) throws(TextbookError) -> any Experiment {
    if let exact = experiments.first(where: { $0.about.id == id }) { return exact }
    let near = nearNames(id, in: experiments.map(\.about.id))
    throw TextbookError(en: "no experiment \"\(id)\"; \(near.en)", ja: "「\(id)」という実験はありません。\(near.ja)")
  }
}
