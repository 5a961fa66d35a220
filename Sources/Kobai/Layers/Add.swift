import KobaiKernels

/// The sum of several inputs of one shape, added up in their order.
public struct Add: MergeSpec, Codable {
  /// There is nothing to set.
  public init() {}
  public var description: String { "Add" }

  public func build(_ inputs: [Shape], in scope: BuildScope) throws(BuildError) -> AddLayer {
    guard inputs.count > 1 else { throw scope.error("a sum needs two inputs at least, not \(inputs.count)") }
    for shape in inputs { try Self.check(inputs[0], shape, in: scope) }
    return AddLayer(inputs[0], scope.kernels)
  }

  /// Whether two inputs can be added.
  static func check(_ a: Shape, _ b: Shape, in scope: BuildScope) throws(BuildError) {
    guard a != b else { return }
    throw scope.error("\(a) and \(b) cannot be added; a shortcut of Conv2D changes channels and size")
  }
}

extension MergeSpec where Self == Add {
  /// The sum of the branches.
  public static var add: Add { Add() }
}

/// A built ``Add``. Every input's gradient is that of the output.
public final class AddLayer: MergeLayer {
  public let output: Shape
  private let kernels: Kernels

  init(_ output: Shape, _ kernels: Kernels) { (self.output, self.kernels) = (output, kernels) }

  public var retained: Retained { [] }
  public var placement: Placement { .inPlace }
  public func gradientPlacement(of input: Int) -> Placement { .view }

  public func forward(_ xs: Selection<Tensor>, into y: Tensor, _ mode: Mode) throws {
    try kernels.add(xs[0].span, xs[1].span, into: y.mutableSpan)
    for i in 2..<xs.count { try kernels.add(y.span, xs[i].span, into: y.mutableSpan) }
  }

  public func backward(_ dy: Tensor, xs: Selection<Tensor>, y: Tensor, into dxs: Selection<Tensor?>) {}
}
