import KobaiKernels

/// Adds up the gradients of several backward passes, so that one step is taken for all of them: gradient accumulation, for
/// batches that are larger than a network's memory.
public final class GradientSum {
  private let parameters: ParameterStore
  private let sums: [Tensor]  // one for each group of parameters
  private var isEmpty = true

  /// A sum of nothing yet, for the parameters of a network.
  public init(of parameters: ParameterStore) {
    self.parameters = parameters
    sums = parameters.groups.map { Tensor($0.values.shape) }
  }

  /// Adds the gradients that ``Network/backward()`` has left.
  public func add() throws {
    for i in sums.indices {
      let gradients = parameters.groups[i].gradients
      if isEmpty {
        sums[i].copy(from: gradients)
      } else {
        try parameters.kernels.add(sums[i].span, gradients.span, into: sums[i].mutableSpan)
      }
    }
    isEmpty = false
  }

  /// Adds what was added before to the gradients of the last backward pass, for the optimizer to find all of them there, and
  /// begins anew.
  public func finish() throws {
    guard !isEmpty else { return }
    for i in sums.indices {
      try parameters.kernels.add(
        parameters.groups[i].gradients.span, sums[i].span, into: parameters.groups[i].gradients.mutableSpan)
    }
    isEmpty = true
  }
}
