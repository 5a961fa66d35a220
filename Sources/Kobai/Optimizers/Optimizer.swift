/// Changes parameters along their gradients. Formulas, names and defaults are PyTorch's.
public protocol Optimizer {
  /// η, which a training's schedule sets before each step.
  var learningRate: Float { get set }
  /// λ of the L2 penalty ½ λ Σ w² on weights; biases and normalisation are left alone.
  var weightDecay: Float { get set }

  /// How many numbers are kept for each element of the parameters, about: what memory a training will take is told by it
  /// before it begins. 0 unless an optimizer says otherwise.
  var numbersPerParameter: Int { get }

  /// One step, from the gradients that ``Network/backward()`` left in `parameters`.
  mutating func step(_ parameters: ParameterStore) throws

  /// What the optimizer keeps between steps, as PyTorch's `state_dict()`. An optimizer that keeps anything must return it
  /// here and take it back in ``load(state:for:)``, for a training that is resumed continues with it.
  func state(for parameters: ParameterStore) -> OptimizerState

  /// Continues from what ``state(for:)`` returned.
  mutating func load(state: OptimizerState, for parameters: ParameterStore) throws
}

extension Optimizer {
  public var numbersPerParameter: Int { 0 }
  public func state(for parameters: ParameterStore) -> OptimizerState { OptimizerState() }
  public mutating func load(state: OptimizerState, for parameters: ParameterStore) throws {}
}

/// What an optimizer keeps between steps.
public struct OptimizerState {
  /// Tensors under the parameter's name and PyTorch's for the state: "conv1.weight.exp_avg".
  public var tensors: [NamedTensor]
  /// Whatever else the optimizer counts, such as βᵗ.
  public var scalars: [String: Double]

  /// The state is empty unless tensors or scalars are given.
  public init(tensors: [NamedTensor] = [], scalars: [String: Double] = [:]) {
    (self.tensors, self.scalars) = (tensors, scalars)
  }

  /// Overwrites each of `targets`, an optimizer's own buffers, with the tensor of its name.
  ///
  /// - Throws: ``BuildError`` for one that is missing or of another shape.
  public func copyTensors(into targets: [NamedTensor]) throws(BuildError) {
    try copyByName(tensors, into: targets, what: "the optimizer's states")
  }
}
