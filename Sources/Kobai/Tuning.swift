import KobaiPreconditions

/// How a parameter is trained: whether, at which share of the learning rate, and with which weight decay.
public struct Tuning: Sendable, Equatable {
  /// Whether the parameter is trained. Of one that is not, the backward pass computes no gradient, and no optimizer
  /// changes it, weight decay included.
  public var isTrainable: Bool
  /// What the optimizer's learning rate is multiplied by.
  public var learningRateFactor: Float
  /// The weight decay; nil stands for the optimizer's on weights, and for none on biases and normalisation.
  public var weightDecay: Float?

  /// A parameter is trained as the optimizer says unless something else is asked for.
  public init(isTrainable: Bool = true, learningRateFactor: Float = 1, weightDecay: Float? = nil) {
    (self.isTrainable, self.learningRateFactor, self.weightDecay) = (isTrainable, learningRateFactor, weightDecay)
  }
}

/// A parameter's tuning, which all handles of the parameter share.
final class TuningBox {
  var value = Tuning()
}

/// Fine-tuning: not all parameters are trained alike.
///
/// ```swift
/// try network.parameters.setTrainable(false)
/// try network.parameters.setTrainable(true, prefix: "affine2")
/// try network.parameters.tune(prefix: "affine") { $0.learningRateFactor = 0.1 }
/// ```
///
/// All this may change while a network is trained, from an epoch to the next. It is not saved with weights or checkpoints.
extension ParameterStore {
  /// Changes how some parameters are trained.
  ///
  /// - Parameters:
  ///   - prefix: how the names of the parameters begin, as "conv1." or "conv"; all of them unless given.
  ///   - change: called with the tuning of each.
  /// - Throws: ``BuildError`` where no name begins like that.
  public func tune(prefix: String = "", _ change: (inout Tuning) -> Void) throws(BuildError) {
    let parameters = all.filter { $0.name.hasPrefix(prefix) }
    guard !parameters.isEmpty else {
      let names = all.map(\.name).prefix(4).joined(separator: ", ")
      throw BuildError(
        layer: prefix, reason: "no parameter's name begins like that; they are \(names)\(all.count > 4 ? ", …" : "")")
    }
    for parameter in parameters {
      var tuning = parameter.tuning
      change(&tuning)
      require(
        tuning.learningRateFactor >= 0 && tuning.learningRateFactor.isFinite,
        "\(parameter.name): a learning-rate factor of \(tuning.learningRateFactor) must not be negative")
      require(
        tuning.weightDecay.map { $0 >= 0 && $0.isFinite } ?? true,
        "\(parameter.name): a weight decay of \(tuning.weightDecay ?? 0) must not be negative")
      // What was computed last must not count any more, as in the norm that gradients are clipped to.
      if !tuning.isTrainable { parameter.gradient.fill(0) }
      parameter.tuningBox.value = tuning
    }
    tuned()
  }

  /// Trains some parameters, or leaves them as they are.
  ///
  /// - Parameters:
  ///   - isTrainable: whether they are trained.
  ///   - prefix: how the names of the parameters begin; all of them unless given.
  /// - Throws: ``BuildError`` where no name begins like that.
  public func setTrainable(_ isTrainable: Bool, prefix: String = "") throws(BuildError) {
    try tune(prefix: prefix) { $0.isTrainable = isTrainable }
  }

  /// The number of elements that are trained.
  public var trainableCount: Int { all.reduce(0) { $0 + ($1.tuning.isTrainable ? $1.value.count : 0) } }

  /// The index of the first parameter that is trained; nil where none is.
  var firstTrainable: Int? {
    for i in all.indices where all[i].tuning.isTrainable { return i }
    return nil
  }
}
