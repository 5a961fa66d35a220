/// A piece of a network's design: a layer, or several that are put together, such as ``Sequential``, ``Residual`` and
/// ``Branches``.
///
/// Parts dissolve: when a network is built, nothing is left of them but their layers, so that layers are fused, and their
/// memory is shared, across the borders of parts.
public protocol Part: Sendable {
  /// Adds the part's layers to a graph.
  ///
  /// - Parameters:
  ///   - graph: the graph of the whole network.
  ///   - name: the part's name, which the names of its layers begin with ("block1.conv"); empty for the whole network.
  ///   - x: what the part computes from.
  /// - Returns: what it computes.
  func add(to graph: inout Graph, named name: String, _ x: Graph.Value) -> Graph.Value
}

/// A network design of a fixed kind: what ``Network`` is built from.
public protocol Architecture: Part {
  /// The layers from input to output. Asked for once, when a network is built.
  var layers: Sequential { get }
}

extension Architecture {
  public func add(to graph: inout Graph, named name: String, _ x: Graph.Value) -> Graph.Value {
    layers.add(to: &graph, named: name, x)
  }
}

/// The name of a part inside another one.
func joined(_ outer: String, _ inner: String) -> String { outer.isEmpty ? inner : "\(outer).\(inner)" }
