import Foundation
import KobaiPreconditions

/// A number that is chosen before a training and not by it: its name, the values that come into question, and the scale
/// on which a search looks at them.
public struct HyperParameter: Sendable, Equatable {
  /// How values lie between the two ends of the range.
  public enum Scale: Sendable, Equatable {
    /// Equal differences count alike.
    case linear
    /// Equal ratios count alike, as for learning rates: 0.001 is to 0.01 as 0.01 is to 0.1. For positive values.
    case logarithmic
  }

  /// The name, such as "lr".
  public let name: String
  /// The least and the largest value.
  public let range: ClosedRange<Double>
  /// The scale on which a search looks at the values.
  public let scale: Scale
  /// Whether values are rounded to whole numbers, as those of units or images in a batch.
  public let isWhole: Bool

  /// - Parameters:
  ///   - name: the name, such as "lr".
  ///   - range: the least and the largest value, which differ; both positive where the scale is logarithmic.
  ///   - scale: linear unless given.
  ///   - isWhole: whether only whole numbers will do.
  public init(_ name: String, in range: ClosedRange<Double>, scale: Scale = .linear, isWhole: Bool = false) {
    require(
      range.lowerBound < range.upperBound && range.lowerBound.isFinite && range.upperBound.isFinite,
      "\(name): a search needs a range of more than one number, not \(range)")
    require(
      scale == .linear || range.lowerBound > 0,
      "\(name): a logarithmic range begins above 0, not at \(range.lowerBound)")
    (self.name, self.range, self.scale, self.isWhole) = (name, range, scale, isWhole)
  }

  /// The value at a position: 0 is the least, 1 the largest.
  public func value(at position: Double) -> Double {
    let (low, high) = (range.lowerBound, range.upperBound)
    let value = scale == .linear ? low + (high - low) * position : low * pow(high / low, position)
    // A power of a ratio is not exact at the ends.
    return min(max(isWhole ? value.rounded() : value, low), high)
  }

  /// The position of a value: 0 for the least, 1 for the largest.
  public func position(of value: Double) -> Double {
    let (low, high) = (range.lowerBound, range.upperBound)
    return scale == .linear ? (value - low) / (high - low) : log(value / low) / log(high / low)
  }
}

/// All hyper-parameters of a search. To it, a combination of values is a point in the unit cube: a position in 0 ... 1 for
/// each of them.
public struct SearchSpace: Sendable, Equatable {
  /// The hyper-parameters in the order of a point's coordinates.
  public let parameters: [HyperParameter]

  /// - Parameter parameters: at least one, under different names.
  public init(_ parameters: [HyperParameter]) {
    require(!parameters.isEmpty, "a search needs a hyper-parameter")
    require(
      Set(parameters.map(\.name)).count == parameters.count,
      "hyper-parameters \(parameters.map(\.name)): each name stands once")
    self.parameters = parameters
  }

  /// The number of hyper-parameters.
  public var dimension: Int { parameters.count }

  /// The values at a point of the unit cube, in the order of ``parameters``.
  public func values(at point: [Double]) -> [Double] { zip(parameters, point).map { $0.value(at: $1) } }
}
