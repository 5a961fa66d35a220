/// Why a kernel refuses its arguments.
public enum KernelError: Error, Equatable, CustomStringConvertible {
  /// A buffer is smaller or larger than the sizes say.
  case count(kernel: String, argument: String, needed: Int, given: Int)
  /// Sizes or options that make no sense together.
  case invalid(kernel: String, reason: String)

  public var description: String {
    switch self {
    case .count(let kernel, let argument, let needed, let given):
      "\(kernel): \(argument) has \(given) elements, but the sizes need \(needed)"
    case .invalid(let kernel, let reason):
      "\(kernel): \(reason)"
    }
  }
}

/// Collects one kernel's checks, so that a wrapper reads as a list of what it needs. It allocates nothing unless one
/// fails.
struct Checks {
  private let name: StaticString
  private let variant: StaticString
  init(_ name: StaticString, _ variant: StaticString = "") { (self.name, self.variant) = (name, variant) }

  private var kernel: String { "\(variant)\(name)" }

  /// Checks the number of an argument's elements.
  func count(_ argument: String, _ given: Int, _ needed: Int) throws(KernelError) {
    guard given == needed else {
      throw .count(kernel: kernel, argument: argument, needed: needed, given: given)
    }
  }

  /// The same for an argument that may be left out.
  func count(_ argument: String, _ given: Int?, _ needed: Int) throws(KernelError) {
    if let given { try count(argument, given, needed) }
  }

  func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws(KernelError) {
    guard condition else { throw .invalid(kernel: kernel, reason: reason()) }
  }

  /// Checks the sizes of rows of as many columns; a loss is a mean over rows, of which it needs one at least.
  func matrix(rows: Int, columns: Int, leastRows: Int = 0) throws(KernelError) {
    try require(rows >= leastRows && columns > 0, "\(rows) rows of \(columns) columns: sizes must be positive")
  }

  /// Checks the sizes of (samples, channels, plane).
  func planes(_ samples: Int, _ channels: Int, _ plane: Int) throws(KernelError) {
    try require(
      samples >= 0 && channels > 0 && plane > 0,
      "\(samples) samples of \(channels) planes of \(plane): sizes must be positive")
  }

  /// Checks that all labels or indices are in 0 ..< bound.
  func range(_ argument: String, _ values: Span<Int32>, below bound: Int) throws(KernelError) {
    for i in values.indices where values[i] < 0 || Int(values[i]) >= bound {
      throw .invalid(kernel: kernel, reason: "\(argument)[\(i)] is \(values[i]), not in 0 ..< \(bound)")
    }
  }
}
