import Kobai
import KobaiData
import KobaiTuning

/// What section 6.5 searches hyper-parameters for: six hidden layers, trained by SGD on few images, of which a fifth validate.
struct TuningTask: Sendable {
  let digits: Dataset
  let seed: UInt64
  let images: Int
  private let instructionSet: InstructionSet

  init(_ lab: Lab, seed: UInt64, images: Int) {
    (digits, self.seed, self.images) = (lab.digits, seed, images)
    instructionSet = lab.kernels.instructionSet
  }

  var train: Range<Int> { 0..<images * 4 / 5 }
  var validation: Range<Int> { images * 4 / 5..<images }

  /// A network that has not been trained yet, on one thread: others are trained beside it.
  func training(learningRate: Double, weightDecay: Double) throws -> BookTraining {
    let lab = Lab(seed: seed, digits: digits, kernels: Kernels(instructionSet: instructionSet, threads: 1))
    let network = try lab.network(
      MultiLayerNet(hidden: [Int](repeating: 100, count: 6), classes: digits.classes))
    return BookTraining(
      network, digits.train, images: train,
      optimizer: SGD(learningRate: Float(learningRate), weightDecay: Float(weightDecay)), lab: lab)
  }

  /// Trains for so many epochs, and returns the accuracy on the images that validate.
  func score(_ training: BookTraining, epochs: Int) throws -> Double {
    try training.run(steps: epochs * training.stepsPerEpoch, name: "", quietly: true)
    return try training.accuracy(on: digits.train, validation)
  }

  /// Runs a search over the hyper-parameters "lr" and, where the space has it, "decay".
  func course(of search: some Search) throws -> SearchCourse {
    var search = search
    var course = SearchCourse(space: search.space)
    var trainings: [Int: BookTraining] = [:]  // those that may go on
    let hasDecay = search.space.parameters.contains { $0.name == "decay" }
    course.observations = try search.run { trial in
      let training =
        try trainings[trial.number]
        ?? training(learningRate: trial["lr"], weightDecay: hasDecay ? trial["decay"] : 0)
      trainings[trial.number] = training
      let score = try score(training, epochs: trial.cost)
      course.epochs += trial.cost
      if score > course.best.last?.score ?? -1 {
        course.best.append((course.epochs, score))
        course.test = try training.accuracy(on: digits.test)
      }
      return score
    }
    course.surrogate = (search as? BayesianSearch)?.surrogate
    return course
  }
}

/// How a search went.
struct SearchCourse: Sendable {
  let space: SearchSpace
  var observations: [Observation] = []
  /// The epochs trained, all trials together.
  var epochs = 0
  /// Each new best score, and after how many epochs it came.
  var best: [(epochs: Int, score: Double)] = []
  /// The test accuracy of the network with the best score.
  var test = 0.0
  /// What a Bayesian search knows in the end.
  var surrogate: Surrogate?

  /// The best score after so many epochs; 0 before the first.
  func best(after epochs: Int) -> Double { best.last { $0.epochs <= epochs }?.score ?? 0 }
}
