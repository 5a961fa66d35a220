/// Parts side by side: each computes from the same input, and their outputs are merged, as in Inception (Szegedy et al.,
/// "Going deeper with convolutions", 2015).
///
/// ```swift
/// let layers: Sequential = [
///   "mixed": Branches([
///     "narrow": Conv2D(filters: 8, kernel: 1),
///     "wide": Sequential(["conv": Conv2D(filters: 8, kernel: 3, padding: 1), "relu": ReLU()]),
///   ]),
///   "affine": Affine(10),
/// ]
/// ```
public struct Branches: Part {
  /// The branches by name, in order. ``Identity`` hands the input on.
  public var branches: Sequential
  /// How the outputs become one; a node named as the block's "merge".
  public var merge: any MergeSpec

  /// - Parameters:
  ///   - branches: a name and a part for each branch.
  ///   - merge: ``Concatenate`` or ``Add``, or one of your own.
  public init(_ branches: Sequential, merge: any MergeSpec = .concatenate) {
    (self.branches, self.merge) = (branches, merge)
  }

  public func add(to graph: inout Graph, named name: String, _ x: Graph.Value) -> Graph.Value {
    var outputs: [Graph.Value] = []
    for (branch, part) in branches.elements { outputs.append(part.add(to: &graph, named: joined(name, branch), x)) }
    return graph.append(joined(name, "merge"), merge, outputs)
  }
}
