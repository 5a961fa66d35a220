import KobaiPreconditions

/// The book's training loop (common/trainer.py, sections 4.5 and 7.5): a mini-batch is drawn from all images again and again
/// (so that one may come twice before another comes once), and an epoch is as many of them as would use each image once.
public final class Trainer {
  /// What is trained.
  public let network: any NeuralNetwork
  /// What changes its weights.
  public private(set) var optimizer: any Optimizer
  /// The loss of each batch, after the step that it made.
  public private(set) var trainLossList: [Double] = []
  /// The accuracy on the training images at the start of each epoch.
  public private(set) var trainAccList: [Double] = []
  /// The accuracy on the test images at the same times.
  public private(set) var testAccList: [Double] = []
  private let (trainSet, testSet): (Samples, Samples)
  private let (epochs, miniBatchSize): (Int, Int)
  private let evaluateSampleNumPerEpoch: Int?
  private var numbers: RandomNumbers
  private let say: (String) -> Void
  private var (currentIter, currentEpoch) = (0, 0)

  /// Images, one at each index of the first axis, and the label of each.
  public typealias Samples = (x: NDArray, t: [Int])

  /// - Parameters:
  ///   - network: what to train.
  ///   - train: the images to train on, and their classes.
  ///   - test: those that it is judged by.
  ///   - epochs: how often as many images as there are have been drawn at the end.
  ///   - miniBatchSize: images in a mini-batch.
  ///   - optimizer: what changes the weights.
  ///   - evaluateSampleNumPerEpoch: how many of the first images accuracies are measured on; all unless given.
  ///   - seed: of the choice of mini-batches.
  ///   - say: takes the lines that the book's trainer prints.
  public init(
    _ network: any NeuralNetwork, train: Samples, test: Samples, epochs: Int = 20, miniBatchSize: Int = 100,
    optimizer: any Optimizer = SGD(), evaluateSampleNumPerEpoch: Int? = nil, seed: UInt64 = 0,
    say: @escaping (String) -> Void = { _ in }
  ) {
    for (x, t) in [train, test] {
      require(x.rank > 1 && x.shape[0] == t.count, "\(t.count) labels for images of shape \(NDArray.text(x.shape))")
    }
    (self.network, trainSet, testSet, self.optimizer, self.say) = (network, train, test, optimizer, say)
    (self.epochs, self.miniBatchSize) = (epochs, miniBatchSize)
    self.evaluateSampleNumPerEpoch = evaluateSampleNumPerEpoch
    numbers = RandomNumbers(seed: seed)
  }

  /// Steps in an epoch.
  public var iterPerEpoch: Int { max(trainSet.t.count / miniBatchSize, 1) }

  /// Draws a mini-batch and makes one step with it.
  public func trainStep() {
    let batch = numbers.choices(miniBatchSize, below: trainSet.t.count)
    let (x, t) = (trainSet.x.rows(batch), batch.map { trainSet.t[$0] })
    optimizer.update(network.params, network.gradient(x, t))
    trainLossList.append(network.loss(x, t))
    say("train loss:\(trainLossList[currentIter])")
    if currentIter % iterPerEpoch == 0 { evaluate() }
    currentIter += 1
  }

  private func evaluate() {
    currentEpoch += 1
    func accuracy(_ samples: Samples) -> Double {
      let count = min(evaluateSampleNumPerEpoch ?? samples.t.count, samples.t.count)
      return network.accuracy(samples.x.rows(0..<count), Array(samples.t[..<count]))
    }
    trainAccList.append(accuracy(trainSet))
    testAccList.append(accuracy(testSet))
    say(
      "=== epoch:\(currentEpoch), train acc:\(trainAccList[currentEpoch - 1]), "
        + "test acc:\(testAccList[currentEpoch - 1]) ===")
  }

  /// Trains to the end; the accuracy on all test images then.
  @discardableResult public func train() -> Double {
    for _ in currentIter..<epochs * iterPerEpoch { trainStep() }
    let accuracy = network.accuracy(testSet.x, testSet.t)
    say("=============== Final Test Accuracy ===============")
    say("test acc:\(accuracy)")
    return accuracy
  }
}
