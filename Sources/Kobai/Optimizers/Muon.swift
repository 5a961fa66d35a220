import KobaiKernels
import KobaiPreconditions

/// Momentum orthogonalised by Newton–Schulz (Keller Jordan et al., "Muon: an optimizer for hidden layers in neural
/// networks", 2024): every singular value of a weight matrix' step is brought near 1, so that no direction is left behind.
/// Matrices are updated so, weights of convolutions among them as (filters, all else); biases, normalisation and what is
/// left out by name by ``AdamW``.
///
/// With velocity v: v ← μ v + (1 − μ) g, u = (1 − μ) g + μ v, w ← (1 − η λ) w − η √max(1, rows / columns) · NewtonSchulz(u).
public struct Muon: Optimizer {
  public var learningRate: Float
  public var weightDecay: Float
  /// μ, the share of the velocity that stays from step to step.
  public var momentum: Float
  /// The number of Newton–Schulz steps.
  public let steps: Int
  private let adamWFactor: Float
  private let leavesOut: @Sendable (String) -> Bool
  private var adamW: FusedUpdate
  private let betas: (Float, Float) = (0.9, 0.95)
  private let epsilon: Float = 1e-10
  private var buffers: MuonBuffers?

  /// The defaults are Keller Jordan's.
  ///
  /// - Parameters:
  ///   - learningRate: η of the matrices.
  ///   - momentum: μ, 0 to less than 1.
  ///   - steps: Newton–Schulz steps.
  ///   - weightDecay: λ, decoupled from the gradient, of weights.
  ///   - adamWLearningRate: AdamW's learning rate where η is the one given here; a schedule changes both alike.
  ///   - leavingOut: whether AdamW updates a matrix of this name, too. Embeddings and the last layer often do better so.
  public init(
    learningRate: Float = 0.02, momentum: Float = 0.95, steps: Int = 5, weightDecay: Float = 0,
    adamWLearningRate: Float = 3e-4, leavingOut: @escaping @Sendable (_ name: String) -> Bool = { _ in false }
  ) {
    require((0..<1).contains(momentum), "momentum \(momentum) must be in 0 ..< 1")
    require(steps > 0, "\(steps) steps of Newton–Schulz: there must be at least one")
    (self.learningRate, self.momentum, self.steps, self.weightDecay) = (learningRate, momentum, steps, weightDecay)
    adamWFactor = learningRate > 0 ? adamWLearningRate / learningRate : 0
    leavesOut = leavingOut
    adamW = FusedUpdate(.adamW, covering: { !MuonBuffers.isMatrix($0) || leavingOut($0.name) })
  }

  private func covers(_ parameter: Parameter) -> Bool { MuonBuffers.isMatrix(parameter) && !leavesOut(parameter.name) }

  /// The velocity of a matrix, and as much again for orthogonalising the largest; of all else AdamW's two means.
  public var numbersPerParameter: Int { 2 }

  public mutating func step(_ parameters: ParameterStore) throws {
    let buffers = buffers ?? MuonBuffers(parameters, covering: covers)
    self.buffers = buffers
    for i in buffers.matrices.indices where parameters.all[buffers.matrices[i].index].tuning.isTrainable {
      try update(buffers.matrices[i], parameters, buffers)
    }
    var adamW = adamW
    try adamW.apply(
      UpdateStep(
        learningRate: learningRate * adamWFactor, weightDecay: weightDecay, beta1: betas.0, beta2: betas.1,
        epsilon: epsilon), to: parameters)
    self.adamW = adamW
  }

  private func update(_ matrix: MuonBuffers.Matrix, _ parameters: ParameterStore, _ buffers: MuonBuffers) throws {
    let parameter = parameters.all[matrix.index]
    let kernels = parameters.kernels
    let (gradient, velocity) = (parameter.gradient, matrix.velocity)
    try kernels.lerp(gradient.span, weight: 1 - momentum, into: velocity.mutableSpan)
    let direction = buffers.newtonSchulz.input(gradient.count)
    direction.copy(from: gradient)
    try kernels.lerp(velocity.span, weight: momentum, into: direction.mutableSpan)
    let orthogonal = try buffers.newtonSchulz.run(
      rows: matrix.rows, columns: matrix.columns, steps: steps, on: kernels)
    let tall = max(1, Double(matrix.rows) / Double(matrix.columns))
    let scale = Float(tall.squareRoot())
    let decay = parameter.tuning.weightDecay ?? (parameter.decays ? weightDecay : 0)
    try kernels.update(
      .sgd,
      UpdateStep(
        learningRate: learningRate * parameter.tuning.learningRateFactor * scale, weightDecay: decay / scale),
      gradient: orthogonal.span, weights: parameter.value.mutableSpan)
  }

  public func state(for parameters: ParameterStore) -> OptimizerState {
    var state = adamW.state(for: parameters)
    state.tensors = (buffers?.velocities(parameters) ?? []) + state.tensors
    return state
  }

  public mutating func load(state: OptimizerState, for parameters: ParameterStore) throws {
    buffers = nil
    guard !state.tensors.isEmpty else { return try adamW.load(state, for: parameters) }
    let buffers = MuonBuffers(parameters, covering: covers)
    try state.copyTensors(into: buffers.velocities(parameters))
    self.buffers = buffers
    try adamW.load(state, for: parameters)
  }
}

/// What Muon keeps between steps, and the memory that a step needs.
private final class MuonBuffers {
  struct Matrix {
    let index: Int  // in the store
    let rows: Int, columns: Int
    let velocity: Tensor
  }

  let matrices: [Matrix]
  let newtonSchulz: NewtonSchulz

  static func isMatrix(_ parameter: Parameter) -> Bool { parameter.value.shape.rank >= 2 }

  init(_ parameters: ParameterStore, covering covers: (Parameter) -> Bool) {
    matrices = parameters.all.indices.filter { covers(parameters.all[$0]) }.map { i in
      let shape = parameters.all[i].value.shape
      return Matrix(index: i, rows: shape[0], columns: shape.element.count, velocity: Tensor(shape))
    }
    newtonSchulz = NewtonSchulz(
      elements: matrices.map(\.velocity.count).max() ?? 0, side: matrices.map { min($0.rows, $0.columns) }.max() ?? 0)
  }

  func velocities(_ parameters: ParameterStore) -> [NamedTensor] {
    matrices.map { ("\(parameters.all[$0.index].name).momentum_buffer", $0.velocity) }
  }
}
