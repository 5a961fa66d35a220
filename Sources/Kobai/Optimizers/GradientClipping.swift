import KobaiKernels

/// Keeps a step from going too far where gradients are steep (Pascanu, Mikolov & Bengio, "On the difficulty of training
/// recurrent neural networks", 2013).
public enum GradientClipping: Sendable, Equatable {
  /// Each gradient is limited to −limit ... limit.
  case value(Float)
  /// All gradients are scaled by the same factor, so that their norm together is at most this (PyTorch's
  /// `clip_grad_norm_`).
  case norm(Float)

  /// Changes the gradients that ``Network/backward()`` left in `parameters`.
  ///
  /// - Returns: the norm of all gradients before the change, where the limit is one of the norm; nil for `value`.
  @discardableResult
  public func apply(to parameters: ParameterStore) throws -> Float? {
    switch self {
    case .value(let limit):
      for i in parameters.groups.indices {
        try parameters.kernels.clamp(parameters.groups[i].gradients.mutableSpan, to: limit)
      }
      return nil
    case .norm(let limit):
      var squares = 0.0
      for i in parameters.groups.indices {
        squares += parameters.kernels.squaredNorm(parameters.groups[i].gradients.span)
      }
      let norm = Float(squares.squareRoot())
      guard norm > limit, norm.isFinite else { return norm }
      let factor = limit / (norm + 1e-6)  // PyTorch's ε
      for i in parameters.groups.indices {
        parameters.kernels.scale(parameters.groups[i].gradients.mutableSpan, by: factor)
      }
      return norm
    }
  }
}
