/// Long short-term memory (Hochreiter & Schmidhuber, 1997) over a sequence: (steps, features) to (steps, hidden), or
/// (steps, 2 · hidden) where it goes both ways. The state before the first step is zero.
///
/// Parameters as in PyTorch, for each layer l: "weight_ih_l0" (4 · hidden, inputs), "weight_hh_l0" (4 · hidden, hidden),
/// "bias_ih_l0" and "bias_hh_l0" (4 · hidden), the gates in the order input, forget, cell, output; those of the other
/// direction end in "_reverse".
public struct LSTM: RecurrentSpec, Codable {
  public var hidden: Int
  public var layers: Int
  public var bias: Bool
  public var dropout: Float
  public var bidirectional: Bool
  public var returnsSequence: Bool

  /// The defaults are PyTorch's.
  public init(
    _ hidden: Int, layers: Int = 1, bias: Bool = true, dropout: Float = 0, bidirectional: Bool = false,
    returnsSequence: Bool = true
  ) {
    (self.hidden, self.layers, self.bias, self.dropout) = (hidden, layers, bias, dropout)
    (self.bidirectional, self.returnsSequence) = (bidirectional, returnsSequence)
  }

  public var description: String { describe("LSTM") }

  public func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> RecurrentLayer {
    try RecurrentLayer(self, .lstm, input, in: scope)
  }
}

/// A gated recurrent unit (Cho et al., 2014) over a sequence: (steps, features) to (steps, hidden), or (steps, 2 · hidden)
/// where it goes both ways. The state before the first step is zero.
///
/// Parameters as in PyTorch, for each layer l: "weight_ih_l0" (3 · hidden, inputs), "weight_hh_l0" (3 · hidden, hidden),
/// "bias_ih_l0" and "bias_hh_l0" (3 · hidden), the gates in the order reset, update, new; those of the other direction end
/// in "_reverse".
public struct GRU: RecurrentSpec, Codable {
  public var hidden: Int
  public var layers: Int
  public var bias: Bool
  public var dropout: Float
  public var bidirectional: Bool
  public var returnsSequence: Bool

  /// The defaults are PyTorch's.
  public init(
    _ hidden: Int, layers: Int = 1, bias: Bool = true, dropout: Float = 0, bidirectional: Bool = false,
    returnsSequence: Bool = true
  ) {
    (self.hidden, self.layers, self.bias, self.dropout) = (hidden, layers, bias, dropout)
    (self.bidirectional, self.returnsSequence) = (bidirectional, returnsSequence)
  }

  public var description: String { describe("GRU") }

  public func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> RecurrentLayer {
    try RecurrentLayer(self, .gru, input, in: scope)
  }
}

/// What ``LSTM`` and ``GRU`` have in common.
public protocol RecurrentSpec: LayerSpec where Built == RecurrentLayer {
  /// The elements of the state.
  var hidden: Int { get }
  /// How many layers lie above each other, each of which reads the outputs of the one below.
  var layers: Int { get }
  /// Whether biases are added.
  var bias: Bool { get }
  /// The probability that an element of the outputs between two layers is dropped while training.
  var dropout: Float { get }
  /// Whether each layer also goes from the last step to the first, with weights of its own.
  var bidirectional: Bool { get }
  /// Whether the output is that of all steps; else it is the last state alone, of both directions: (hidden), or
  /// (2 · hidden).
  var returnsSequence: Bool { get }
}

extension RecurrentSpec {
  fileprivate func describe(_ name: String) -> String {
    name + " \(hidden)" + (layers == 1 ? "" : " × \(layers)") + (bidirectional ? ", both ways" : "")
      + (dropout == 0 ? "" : ", dropout \(dropout)") + (returnsSequence ? "" : ", last state")
  }
}
