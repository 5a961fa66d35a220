/// Reshapes (channels, height, width) to one long vector. ``Affine`` does it by itself.
public struct Flatten: LayerSpec, Codable {
  /// There is nothing to set.
  public init() {}
  public var description: String { "Flatten" }
  public func build(_ input: Shape, in scope: BuildScope) -> FlattenLayer { FlattenLayer([input.count]) }
}

/// A built ``Flatten``: its output is a view of its input.
public final class FlattenLayer: Layer {
  public let output: Shape
  init(_ output: Shape) { self.output = output }
  public var retained: Retained { [] }
  public var placement: Placement { .view }
  public func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) {}
  public func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) {}
}
