#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a kernel was given that it cannot work on.
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

  func count(_ argument: String, _ given: Int, _ needed: Int) throws(KernelError) {
    guard given == needed else {
      throw .count(kernel: kernel, argument: argument, needed: needed, given: given)
    }
  }

  /// For arguments that may be left out.
  func count(_ argument: String, _ given: Int?, _ needed: Int) throws(KernelError) {
    if let given { try count(argument, given, needed) }
  }

  func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws(KernelError) {
    guard condition else { throw .invalid(kernel: kernel, reason: reason()) }
  }

  /// Labels and indices: each in 0 ..< bound.
  func range(_ argument: String, _ values: Span<Int32>, below bound: Int) throws(KernelError) {
    for i in values.indices where values[i] < 0 || Int(values[i]) >= bound {
      throw .invalid(kernel: kernel, reason: "\(argument)[\(i)] is \(values[i]), not in 0 ..< \(bound)")
    }
  }
}

func environmentVariable(_ name: String) -> String? {
  unsafe getenv(name).map { unsafe String(cString: $0) }
}
