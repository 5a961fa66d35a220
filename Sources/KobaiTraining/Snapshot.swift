import Kobai

/// Keeps a copy of a network's parameters and running statistics, to go back to.
final class Snapshot {
  private let originals: [NamedTensor]
  private let copies: [NamedTensor]
  /// The step whose weights these are; nil while there are none.
  private(set) var step: Int?

  init(of network: Network) {
    originals = network.namedTensors
    copies = originals.map { ($0.name, Tensor($0.tensor.shape)) }
  }

  func take(step: Int) {
    for i in copies.indices { copies[i].tensor.copy(from: originals[i].tensor) }
    self.step = step
  }

  func restore() {
    guard step != nil else { return }
    for i in copies.indices { originals[i].tensor.copy(from: copies[i].tensor) }
  }

  /// The copies, for checkpoints; empty while there are none.
  var tensors: [NamedTensor] { step == nil ? [] : copies }

  /// Goes on from what ``tensors`` gave.
  func load(_ tensors: [NamedTensor], step: Int) throws(BuildError) {
    self.step = nil
    guard !tensors.isEmpty else { return }
    try copyByName(tensors, into: copies, what: "the best weights")
    self.step = step
  }
}
