import KobaiKernels
import KobaiPreconditions

/// The exponential moving average of a network's weights, which often does better than the last ones (Polyak & Juditsky,
/// 1992; PyTorch's `AveragedModel` with an EMA).
public final class WeightAverage {
  private let network: Network
  private let decay: Float
  private let averages: [Tensor]  // one for each group of parameters
  private let weights: [Tensor]  // the weights themselves, while the averages are installed
  private var isEmpty = true
  private var isInstalled = false

  /// - Parameters:
  ///   - network: the network whose weights are averaged.
  ///   - decay: how much of the average stays in each step, 0 to 1; 0.999 remembers about a thousand steps.
  public init(of network: Network, decay: Float) {
    require((0..<1).contains(decay), "decay \(decay) must be in 0 ..< 1")
    (self.network, self.decay) = (network, decay)
    averages = network.parameters.groups.map { Tensor($0.values.shape) }
    weights = network.parameters.groups.map { Tensor($0.values.shape) }
  }

  /// Adds the weights after a step to the average; the first weights are the first average.
  public func update() throws {
    for i in averages.indices {
      let values = network.parameters.groups[i].values
      if isEmpty {
        averages[i].copy(from: values)
      } else {
        try network.kernels.lerp(values.span, weight: 1 - decay, into: averages[i].mutableSpan)
      }
    }
    isEmpty = false
  }

  /// Puts the averages into the network for as long as `body` takes.
  public func inPlace<Result>(_ body: () throws -> Result) rethrows -> Result {
    let wasInstalled = isInstalled
    install()
    defer { if !wasInstalled { remove() } }
    return try body()
  }

  /// Puts the averages into the network, until ``remove()``.
  public func install() {
    guard !isEmpty && !isInstalled else { return }
    for (original, group) in zip(weights, network.parameters.groups) { original.copy(from: group.values) }
    for (average, group) in zip(averages, network.parameters.groups) { group.values.copy(from: average) }
    isInstalled = true
  }

  /// Puts back the weights that ``install()`` replaced.
  public func remove() {
    guard isInstalled else { return }
    for (original, group) in zip(weights, network.parameters.groups) { group.values.copy(from: original) }
    isInstalled = false
  }

  /// The averages under their parameters' names, for checkpoints; empty before the first update.
  public var tensors: [NamedTensor] { isEmpty ? [] : views }

  /// Continues from what ``tensors`` returned.
  ///
  /// - Throws: ``BuildError`` for an average that is missing or of another shape.
  public func load(_ tensors: [NamedTensor]) throws(BuildError) {
    (isInstalled, isEmpty) = (false, true)  // the weights have been replaced
    guard !tensors.isEmpty else { return }
    try copyByName(tensors, into: views, what: "the averaged weights")
    isEmpty = false
  }

  private var views: [NamedTensor] {
    let parameters = network.parameters
    return parameters.all.map { parameter in
      (parameter.name, parameters.view(of: parameter, in: averages[parameters.location(of: parameter).group]))
    }
  }
}
