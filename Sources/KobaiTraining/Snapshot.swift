import Kobai

/// A copy of a network's parameters and running statistics, to go back to.
final class Snapshot {
  private let network: Network
  private let copies: [Tensor]
  /// The step whose weights these are; nil while there are none.
  private(set) var step: Int?

  init(of network: Network) {
    self.network = network
    copies = Self.state(of: network).map { Tensor($0.shape) }
  }

  func take(step: Int) {
    for (copy, tensor) in zip(copies, Self.state(of: network)) { copy.copy(from: tensor) }
    self.step = step
  }

  func restore() {
    guard step != nil else { return }
    for (copy, tensor) in zip(copies, Self.state(of: network)) { tensor.copy(from: copy) }
  }

  private static func state(of network: Network) -> [Tensor] {
    network.parameters.groups.map(\.values) + network.buffers.map(\.value)
  }
}
