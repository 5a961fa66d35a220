import Kobai

extension Network {
  /// Refuses weights that no prediction can come from: those of a training that diverged.
  ///
  /// - Parameter path: the file they came from.
  func requireFiniteWeights(from path: String) throws {
    for (name, tensor) in namedTensors {
      guard let bad = tensor.elements.first(where: { !$0.isFinite }) else { continue }
      throw Failure("\(path): \(name) holds \(bad); such weights predict nothing; train again with a lower rate")
    }
  }
}
