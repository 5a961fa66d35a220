import Kobai

/// Recurrent layers above each other, as a file's nodes have them: one for each, that reads what the one below computes.
/// They become one layer of Kobai's when it is known which of their outputs is read.
struct RecurrentStack {
  enum Cell: Hashable {
    case lstm, gru
  }

  /// What is read of it: the outputs of all steps, or those of the last one.
  enum Output: Hashable {
    case steps, last
  }

  /// One of the outputs of one stack.
  struct Part: Hashable {
    let stack: Int
    let output: Output
  }

  /// Tells stacks apart, those that begin with the same nodes, too.
  private(set) var id: Int
  private var lowest: ONNXOperation  // without parameters
  private var levels: [Level]  // of all nodes, from the lowest up
  /// What the lowest node reads, as (batch, steps, features).
  let input: ImportedValue
  private let cell: Cell
  private let hidden: Int
  let directions: Int
  private let hasBias: Bool
  private let owner: String?  // the layer whose parameters they are, where the file says so

  /// The parameters of one node; an object, because each stack has those of all stacks that it stands on.
  private final class Level {
    let parameters: [ONNXParameter]
    init(_ parameters: [ONNXParameter]) { self.parameters = parameters }
  }

  /// The stack that a node is the top of: what it reads with it on top, or a new one.
  ///
  /// - Throws: ``ONNXError`` for what the layers of Kobai's, and PyTorch's, are not.
  init(_ node: RecurrentNode, id: Int) throws(ONNXError) {
    if case .recurrent(let below, .steps) = node.input.source, below.canCarry(node) {
      self = below
      self.id = id
    } else {
      (self.id, cell, hidden, directions) = (id, node.cell, node.hidden, node.directions)
      (hasBias, input, lowest, owner) = (node.hasBias, node.input, node.operation, node.owner(layer: 0))
      (lowest.operands, levels) = ([.value(node.input)], [])
    }
    levels.append(Level(try node.parameters(layer: levels.count)))
  }

  private func canCarry(_ node: RecurrentNode) -> Bool {
    cell == node.cell && hidden == node.hidden && directions == node.directions && hasBias == node.hasBias
      && levels.count < Limits.recurrentLayers && node.owner(layer: levels.count) == owner
  }

  /// Whether it is one layer.
  var isNew: Bool { levels.count == 1 }

  /// The value that the lowest layer reads, where that comes from another stack: it has to be part of the graph first.
  mutating func read(_ value: ImportedValue) { lowest.operands = [.value(value)] }

  /// The lowest node with the parameters of all.
  var operation: ONNXOperation {
    var operation = lowest
    operation.parameters = levels.flatMap(\.parameters)
    return operation
  }

  /// The layer of Kobai's.
  func spec(_ output: Output) -> any NodeSpec {
    switch cell {
    case .lstm:
      LSTM(
        hidden, layers: levels.count, bias: hasBias, bidirectional: directions == 2, returnsSequence: output == .steps)
    case .gru:
      GRU(
        hidden, layers: levels.count, bias: hasBias, bidirectional: directions == 2, returnsSequence: output == .steps)
    }
  }

  /// The outputs of all steps, as the node gives them: (steps, directions, batch, hidden).
  var steps: ImportedValue {
    let steps = input.view[0]
    return ImportedValue(
      .recurrent(self, .steps), [steps, directions * hidden], Layout([steps, directions, hidden], order: [1, 2, 0, 3]))
  }

  /// The last state as the node gives it: (directions, batch, hidden).
  var last: ImportedValue {
    ImportedValue(.recurrent(self, .last), [directions * hidden], Layout([directions, hidden], order: [1, 0, 2]))
  }

  /// The last state of each direction.
  var states: RecurrentStates { RecurrentStates((0..<directions).map { ($0, self) }) }

  /// Of all steps' outputs the last one, where that is the last state.
  var lastStep: ImportedValue? {
    guard directions == 1 else { return nil }  // backwards it is the first
    return ImportedValue(.recurrent(self, .last), [hidden], Layout([hidden]))
  }
}

/// The last states of some directions of some stacks, one behind the other as PyTorch has them: (directions, batch, hidden).
struct RecurrentStates {
  private var parts: [(direction: Int, stack: RecurrentStack)]
  /// Whether they are one row, (batch, directions · hidden).
  private var isRow = false

  init(_ parts: [(direction: Int, stack: RecurrentStack)]) { self.parts = parts }

  /// One of them, (batch, hidden); nil where there is none at that index.
  subscript(index: Int) -> RecurrentStates? {
    let index = index < 0 ? index + parts.count : index
    guard !isRow, parts.indices.contains(index) else { return nil }
    var row = RecurrentStates([parts[index]])
    row.isRow = true
    return row
  }

  /// Several, one behind the other or side by side; nil where they are not alike.
  static func concatenated(_ states: [RecurrentStates], along axis: Int) -> RecurrentStates? {
    let isRow = states[0].isRow
    guard states.allSatisfy({ $0.isRow == isRow }), axis == (isRow ? 1 : 0) || isRow && axis == -1 else { return nil }
    var all = RecurrentStates(states.flatMap(\.parts))
    all.isRow = isRow
    guard all.parts.count <= Limits.recurrentLayers else { return nil }
    return all
  }

  /// The same as a value; nil where they are not just all directions of one stack.
  var value: ImportedValue? {
    let stack = parts[0].stack
    guard parts.map(\.direction) == Array(0..<stack.directions), parts.allSatisfy({ $0.stack.id == stack.id })
    else { return nil }
    let last = stack.last
    return isRow ? ImportedValue(last.source, last.shape, Layout(last.shape)) : last
  }
}
