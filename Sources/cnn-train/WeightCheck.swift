import Kobai

extension Network {
  /// Refuses weights that no answer can come from: those of a training that went wrong.
  ///
  /// - Parameter path: the file they came from.
  func requireFiniteWeights(from path: String) throws {
    for (name, tensor) in namedTensors {
      guard let bad = tensor.elements.first(where: { !$0.isFinite }) else { continue }
      throw Failure("\(path): \(name) holds \(bad); such weights answer nothing, train again with a lower rate")
    }
  }
}
