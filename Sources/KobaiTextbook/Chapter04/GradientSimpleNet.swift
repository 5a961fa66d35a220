import KobaiReport

/// A network of one layer, its loss, and the gradient of the loss with respect to its weights.
public struct GradientSimpleNet: Experiment {
  public let about = About(
    "ch04/gradient-simplenet", .networkGradient, en: "The gradient of a tiny network's loss", ja: "簡単なネットワークの勾配")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    // The book draws the weights at random; these are the ones that it prints.
    let w = Matrix([[0.47355232, 0.9977393, 0.84668094], [0.85557411, 0.03563661, 0.69422093]])
    let x = Matrix(row: [0.6, 0.9])
    let p = x * w
    lab.say("p = \(Numpy.array(p.elements)), argmax \(p.argmax[0])")
    func loss(_ weights: [Double]) -> Double {
      crossEntropyError(softmax(x * Matrix(2, 3, weights)), oneHot: Matrix(row: [0, 0, 1]))
    }
    let value = loss(w.elements)
    lab.say("loss = \(value)")
    let gradient = numericalGradient(loss, w.elements)
    lab.say("dW =\n\(Numpy.rows(Matrix(2, 3, gradient)))")
    return Outcome(["p": p.elements, "loss": [value], "dW": gradient])
  }
}
