/// Tensors under names, as files and checkpoints have them.
public typealias NamedTensor = (name: String, tensor: Tensor)

/// Overwrites each of `targets` with the tensor of its name.
///
/// - Parameter what: what the error says they are: "the averaged weights".
/// - Throws: ``BuildError`` for one that is missing or of another shape.
package func copyByName(
  _ sources: [NamedTensor], into targets: [NamedTensor], what: String
) throws(BuildError) {
  let values = Dictionary(sources.map { ($0.name, $0.tensor) }) { first, _ in first }
  for (name, tensor) in targets {
    guard let value = values[name], value.shape == tensor.shape else {
      throw BuildError(layer: name, reason: "\(what) do not fit the network")
    }
    tensor.copy(from: value)
  }
}
