import KobaiKernels
import Testing

extension InstructionSet {
  /// What this machine can run.
  public static var supported: [InstructionSet] { allCases.filter(\.isSupported) }
}

extension Kernels {
  /// Every instruction set of this machine with one, two and three threads.
  public static var everyKind: [Kernels] {
    InstructionSet.supported.flatMap { isa in [1, 2, 3].map { Kernels(instructionSet: isa, threads: $0) } }
  }
}

extension Kernels: CustomTestStringConvertible {
  public var testDescription: String { "\(instructionSet.rawValue), \(threads) threads" }
}
