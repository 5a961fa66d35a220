/// Tensors under names, as files and checkpoints have them.
public typealias NamedTensor = (name: String, tensor: Tensor)

/// The shape of a tensor under its name: what is known of a network's tensors before they have memory.
package typealias NamedShape = (name: String, shape: Shape)

extension [NamedTensor] {
  /// The shapes under the same names.
  package var shapes: [NamedShape] { map { ($0.name, $0.tensor.shape) } }
}

/// Checks that each of `targets` has a tensor of its name among `sources`.
///
/// - Parameter what: what the error says they are: "the averaged weights".
/// - Returns: overwrites one of the targets.
/// - Throws: ``BuildError`` for one that is missing or of another shape.
package func copyingByName(
  _ sources: [NamedTensor], into targets: [NamedShape], what: String
) throws(BuildError) -> (NamedTensor) -> Void {
  let values = Dictionary(sources.map { ($0.name, $0.tensor) }) { first, _ in first }
  for (name, shape) in targets where values[name]?.shape != shape {
    throw BuildError(layer: name, reason: "\(what) do not fit the network")
  }
  return { target in
    if let value = values[target.name] { target.tensor.copy(from: value) }
  }
}

/// Overwrites each of `targets` with the tensor of its name, or none where one does not fit.
package func copyByName(
  _ sources: [NamedTensor], into targets: [NamedTensor], what: String
) throws(BuildError) {
  let copy = try copyingByName(sources, into: targets.shapes, what: what)
  for target in targets { copy(target) }
}
