import KobaiKernels

/// A built ``LSTM`` or ``GRU``.
///
/// What the inputs add to the gates is an affine layer over all steps at once; only the states' share goes step by step.
public final class RecurrentLayer: Layer {
  public let output: Shape
  private let steps: Int
  private let returnsSequence: Bool
  private let stack: [[RecurrentDirection]]  // the directions of each layer
  private let dropouts: [DropoutLayer]  // after each layer but the last
  private let sequences: [Tensor]  // the outputs of each layer, as far as they are not the network's
  private let sequenceGradients: [Tensor]  // and their gradients
  private let scope: BuildScope
  private static let mostLayers = 1024

  init(
    _ spec: some RecurrentSpec, _ cell: RecurrentDirection.Cell, _ input: Shape, in scope: BuildScope
  ) throws(BuildError) {
    guard input.rank == 2, input.count > 0 else { throw scope.error("a sequence is (steps, features), not \(input)") }
    guard spec.hidden > 0, spec.layers > 0 else {
      throw scope.error("\(spec.layers) layers of \(spec.hidden) hidden elements: both must be positive")
    }
    guard spec.layers <= Self.mostLayers, SizeLimit.holds(spec.hidden) else {
      throw scope.error(
        "\(spec.layers) layers of \(spec.hidden) hidden elements; \(Self.mostLayers) layers of \(SizeLimit.axis) are the most"
      )
    }
    guard spec.dropout >= 0, spec.dropout < 1 else {
      throw scope.error("dropout rate \(spec.dropout) must be in 0 ..< 1")
    }
    (steps, returnsSequence, self.scope) = (input[0], spec.returnsSequence, scope)
    let directions = spec.bidirectional ? 2 : 1
    let outputs = directions * spec.hidden
    let gradients = RecurrentDirection.Gradients(cell, steps: steps, hidden: spec.hidden, in: scope)
    stack = (0..<spec.layers).map { layer in
      (0..<directions).map { direction in
        RecurrentDirection(
          cell, spec, layer: layer, steps: input[0], inputs: layer == 0 ? input[1] : outputs, reverse: direction == 1,
          gradients, in: scope)
      }
    }
    var dropouts: [DropoutLayer] = []
    if spec.dropout > 0 {
      for layer in 1..<spec.layers {
        dropouts.append(
          try Dropout(spec.dropout).build([steps, outputs], in: scope.inner("dropout_l\(layer - 1)")))
      }
    }
    self.dropouts = dropouts
    let kept = spec.returnsSequence ? spec.layers - 1 : spec.layers
    sequences = (0..<kept).map { _ in scope.memory([scope.batch, input[0], outputs]) }
    sequenceGradients = (0..<kept).map { _ in scope.trainingMemory([scope.batch, input[0], outputs]) }
    output = spec.returnsSequence ? [steps, outputs] : [outputs]
  }

  public var retained: Retained { .input }
  public var differentiatesShards: Bool { true }
  private var kernels: Kernels { scope.kernels }

  public func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    let batch = x.shape[0]
    for layer in stack.indices {
      let target = layer < sequences.count ? scope.current(sequences[layer], batch) : y
      for i in stack[layer].indices { try stack[layer][i].forward(input(layer, x), into: target, kernels) }
      if layer < dropouts.count { try dropouts[layer].forward(target, into: target, mode) }
    }
    if !returnsSequence { copyLastStates(from: sequences[stack.count - 1], to: y) }
  }

  public func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    let batch = x.shape[0]
    if !returnsSequence { spreadLastStates(dy, into: scope.current(sequenceGradients[stack.count - 1], batch)) }
    for layer in stride(from: stack.count - 1, through: 0, by: -1) {
      let gradient = layer < sequenceGradients.count ? scope.current(sequenceGradients[layer], batch) : dy
      if layer < dropouts.count { try dropouts[layer].backward(gradient, x: gradient, y: gradient, into: gradient) }
      let inputGradient = layer > 0 ? scope.current(sequenceGradients[layer - 1], batch) : dx
      for i in stack[layer].indices {
        try stack[layer][i].backward(gradient, x: input(layer, x), into: inputGradient, kernels)
      }
    }
  }

  public func freeze() throws {
    for directions in stack { for direction in directions { try direction.freeze(kernels) } }
  }
  public func thaw() { for directions in stack { for direction in directions { direction.thaw() } } }

  private func input(_ layer: Int, _ x: Tensor) -> Tensor {
    layer > 0 ? scope.current(sequences[layer - 1], x.shape[0]) : x
  }

  /// Where in a sample's outputs element i of the last state lies: that of the other direction is at the first step.
  private func lastState(_ i: Int, hidden: Int, outputs: Int) -> Int {
    i < hidden ? (steps - 1) * outputs + i : i
  }

  private func copyLastStates(from sequence: Tensor, to y: Tensor) {
    let (outputs, hidden) = (output[0], stack[0][0].hidden)
    let from = sequence.span
    var to = y.mutableSpan
    for sample in 0..<y.shape[0] {
      for i in 0..<outputs {
        to[sample * outputs + i] = from[sample * steps * outputs + lastState(i, hidden: hidden, outputs: outputs)]
      }
    }
  }

  private func spreadLastStates(_ dy: Tensor, into gradient: Tensor) {
    let (outputs, hidden) = (output[0], stack[0][0].hidden)
    gradient.fill(0)
    let from = dy.span
    var to = gradient.mutableSpan
    for sample in 0..<dy.shape[0] {
      for i in 0..<outputs {
        to[sample * steps * outputs + lastState(i, hidden: hidden, outputs: outputs)] = from[sample * outputs + i]
      }
    }
  }
}

/// One direction of one layer of a ``RecurrentLayer``.
final class RecurrentDirection {
  enum Cell {
    case lstm, gru
    var gates: Int { self == .lstm ? 4 : 3 }
  }

  /// The gradients of the gates, which all directions use in turn.
  struct Gradients {
    let gates: Tensor
    /// A GRU's gradients of what the state adds to the gates; an LSTM's are those of the gates.
    let hiddenGates: Tensor

    init(_ cell: Cell, steps: Int, hidden: Int, in scope: BuildScope) {
      gates = scope.trainingMemory([scope.batch, steps, cell.gates * hidden])
      hiddenGates = cell == .lstm ? gates : scope.trainingMemory([scope.batch, steps, cell.gates * hidden])
    }
  }

  let hidden: Int
  private let cell: Cell
  private let inputs: Int
  private let shape: RecurrentShape  // of one sequence
  private let inputWeight: Parameter, hiddenWeight: Parameter
  private let inputBias: Parameter?, hiddenBias: Parameter?
  private let gates: Tensor, previous: Tensor
  private let states: Tensor  // an LSTM's cells, a GRU's candidates
  private let gradients: Gradients
  private let inputSums: BatchSums, hiddenSums: BatchSums
  private let position: BatchSums  // in sequences
  private let scope: BuildScope
  private let workspace: Workspace
  private var packed: PackedWeight?  // the inputs' weight

  init(
    _ cell: Cell, _ spec: some RecurrentSpec, layer: Int, steps: Int, inputs: Int, reverse: Bool,
    _ gradients: Gradients, in scope: BuildScope
  ) {
    let (hidden, rows) = (spec.hidden, cell.gates * spec.hidden)
    (self.cell, self.hidden, self.inputs, self.gradients, self.scope, workspace) = (
      cell, hidden, inputs, gradients, scope, scope.workspace
    )
    let suffix = "_l\(layer)" + (reverse ? "_reverse" : "")
    func parameter(_ name: String, _ shape: Shape, decays: Bool) -> Parameter {
      scope.parameter(name + suffix, shape, .pytorchUniform, fanIn: hidden, decays: decays, sumsParts: true)
    }
    inputWeight = parameter("weight_ih", [rows, inputs], decays: true)
    hiddenWeight = parameter("weight_hh", [rows, hidden], decays: true)
    inputBias = spec.bias ? parameter("bias_ih", [rows], decays: false) : nil
    hiddenBias = spec.bias ? parameter("bias_hh", [rows], decays: false) : nil
    (inputSums, hiddenSums, position) = (scope.batchSums(rows: steps), scope.batchSums(rows: steps), scope.batchSums())
    gates = scope.memory([scope.batch, steps, rows])
    previous = scope.memory([scope.batch, steps, hidden])
    states = scope.memory([scope.batch, steps, hidden])
    shape = RecurrentShape(
      batch: 1, steps: steps, hidden: hidden, reverse: reverse, outputs: spec.bidirectional ? 2 * hidden : hidden,
      firstOutput: reverse ? hidden : 0)
    let (kernels, all) = (scope.kernels, scope.batch * steps)
    workspace.reserve(kernels.recurrentWorkspaceBytes(shape(scope.batch)))
    if scope.isInference {
      workspace.reserve(
        kernels.affineForwardWorkspaceBytes(batch: all, inputs: inputs, outputs: rows, isPacked: true))
      return
    }
    workspace.reserve(kernels.affineWorkspaceBytes(batch: all, inputs: inputs, outputs: rows))
    workspace.reserve(kernels.affineWorkspaceBytes(batch: all, inputs: hidden, outputs: rows))
  }

  private var rows: Int { cell.gates * hidden }

  /// Packs the weight that the inputs are multiplied by. That of the states is packed once for all steps of a batch anyway.
  func freeze(_ kernels: Kernels) throws {
    let replaced = kernels.affinePackingReplacesWeight ? [inputWeight] : []
    packed = try scope.prepare(inputWeight.name, replacing: replaced) {
      try kernels.affinePack(inputs: inputs, outputs: rows, weight: inputWeight.value.span)
    }
  }

  func thaw() { packed = nil }

  private func shape(_ batch: Int) -> RecurrentShape {
    var shape = self.shape
    (shape.batch, shape.whole) = (batch, position.part?.whole)
    return shape
  }

  /// Writes this direction's elements of `y`.
  func forward(_ x: Tensor, into y: Tensor, _ kernels: Kernels) throws {
    let batch = x.shape[0]
    let (gates, previous) = (scope.current(gates, batch), scope.current(previous, batch))
    let states = scope.current(states, batch)
    let plain = packed?.replacesWeight == true ? nil : inputWeight.value
    try kernels.affineForward(
      batch: batch * shape.steps, inputs: inputs, outputs: rows, x.span, weight: plain.span, packed: packed,
      bias: (inputBias?.value).span, into: gates.mutableSpan, part: inputSums.part, workspace: workspace)
    switch cell {
    case .lstm:
      try kernels.lstmForward(
        shape(batch), gates: gates.mutableSpan, weight: hiddenWeight.value.span, bias: (hiddenBias?.value).span,
        into: y.mutableSpan, previous: previous.mutableSpan, cells: states.mutableSpan, workspace: workspace)
    case .gru:
      try kernels.gruForward(
        shape(batch), gates: gates.mutableSpan, weight: hiddenWeight.value.span, bias: (hiddenBias?.value).span,
        into: y.mutableSpan, previous: previous.mutableSpan, candidates: states.mutableSpan, workspace: workspace)
    }
  }

  /// Overwrites `dx`, or adds to it in the reverse direction.
  func backward(_ dy: Tensor, x: Tensor, into dx: Tensor?, _ kernels: Kernels) throws {
    let batch = x.shape[0]
    let (gates, previous) = (scope.current(gates, batch), scope.current(previous, batch))
    let states = scope.current(states, batch)
    let (dGates, dHiddenGates) = (gradients.gates.prefix(batch), gradients.hiddenGates.prefix(batch))
    switch cell {
    case .lstm:
      try kernels.lstmBackward(
        shape(batch), dy.span, weight: hiddenWeight.value.span, gates: gates.span, cells: states.span,
        dGates: dGates.mutableSpan, workspace: workspace)
    case .gru:
      try kernels.gruBackward(
        shape(batch), dy.span, weight: hiddenWeight.value.span, previous: previous.span, gates: gates.span,
        candidates: states.span, dGates: dGates.mutableSpan, dHiddenGates: dHiddenGates.mutableSpan,
        workspace: workspace)
    }
    let all = batch * shape.steps
    try kernels.affineBackward(
      batch: all, inputs: inputs, outputs: rows, dGates.span, x: x.span, weight: inputWeight.value.span,
      dx: dx.mutableSpan, addsToInput: shape.reverse, dWeight: inputWeight.trainedGradient.mutableSpan,
      dBias: (inputBias?.trainedGradient).mutableSpan, sums: inputSums, workspace: workspace)
    try kernels.affineBackward(
      batch: all, inputs: hidden, outputs: rows, dHiddenGates.span, x: previous.span, weight: hiddenWeight.value.span,
      dx: nil, dWeight: hiddenWeight.trainedGradient.mutableSpan, dBias: (hiddenBias?.trainedGradient).mutableSpan,
      sums: hiddenSums, workspace: workspace)
  }
}
