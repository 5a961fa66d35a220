import CKernels
import KobaiFiles
import KobaiPreconditions

/// An instruction set that the kernels are compiled for. All of them compute the same bits.
public enum InstructionSet: String, Sendable, CaseIterable {
  /// Plain C, on every processor; slow, for it emulates fused multiply-adds.
  case portable
  /// AVX2 with FMA.
  case avx2
  /// AVX-512 F, VL, BW and DQ.
  case avx512
  /// AVX-512, and below ``Precision/highest`` the matrix instructions of AMX.
  case amx
  /// NEON, which every aarch64 processor has.
  case neon

  var raw: ck_isa {
    switch self {
    case .portable: CK_ISA_PORTABLE
    case .avx2: CK_ISA_AVX2
    case .avx512: CK_ISA_AVX512
    case .amx: CK_ISA_AMX
    case .neon: CK_ISA_NEON
    }
  }

  /// Whether this processor and its operating system can run it.
  public var isSupported: Bool { ck_isa_supported(raw) }

  /// The fastest one that is supported here.
  public static var best: InstructionSet { allCases.last { $0.isSupported } ?? .portable }
}

/// What matrix products, convolutions and affine layers may round to, named as PyTorch names it. Sums are in single
/// precision always; so is everything else.
public enum Precision: String, Sendable, CaseIterable {
  /// Factors are rounded to bfloat16, which has three decimal digits. It needs AMX, or AVX512_BF16 on a
  /// processor of AMD's: Intel's multiply floats faster.
  case medium
  /// Factors are split into two bfloat16 terms, hi and lo, which have five decimal digits together and in long sums six. It
  /// needs AMX. Shapes that leave its matrix registers mostly empty are computed at ``highest``, and so are factors all of
  /// whose values are smaller than 1e-15.
  case high
  /// Factors stay in single precision, and the bits are the same on every instruction set.
  case highest

  var raw: ck_precision {
    switch self {
    case .medium: CK_MEDIUM
    case .high: CK_HIGH
    case .highest: CK_HIGHEST
    }
  }

  /// Whether `instructionSet` on this processor has instructions for it that are quicker than those of ``highest``; if not,
  /// ``Kernels`` fall back.
  public func isSupported(by instructionSet: InstructionSet) -> Bool {
    instructionSet.isSupported && ck_precision_supported(instructionSet.raw, raw)
  }
}

/// Which instruction set and how many threads the kernels run on, and how precisely. The kernels are its methods.
///
/// A plain value: keep several, use them from several threads at once. At ``Precision/highest`` the results are the same
/// bits for all; below it they are the same for every number of threads.
///
/// ```swift
/// let kernels = Kernels(threads: 2)
/// var y = [Float](repeating: 0, count: 3)
/// try kernels.activationForward(.relu, [-1, 0, 2].span, into: y.mutableSpan)
/// ```
public struct Kernels: Sendable, Equatable {
  /// The instruction set in use.
  public let instructionSet: InstructionSet
  /// The most threads that a kernel uses; small problems use fewer.
  public let threads: Int
  /// What products are rounded to.
  public let precision: Precision

  /// - Parameters:
  ///   - instructionSet: must be supported by this machine.
  ///   - precision: falls back to ``Precision/highest`` where `instructionSet` on this processor is not faster with it:
  ///     ``Precision/medium`` is there on AMX and on AMD's AVX512_BF16, ``Precision/high`` on AMX.
  ///   - threads: nil means ``defaultThreads``. More than 256 count as 256.
  public init(instructionSet: InstructionSet = .best, precision: Precision = .highest, threads: Int? = nil) {
    require(instructionSet.isSupported, "this processor does not run \(instructionSet.rawValue) kernels")
    self.instructionSet = instructionSet
    self.precision = precision.isSupported(by: instructionSet) ? precision : .highest
    let context = unsafe ck_context_make(
      instructionSet.raw, precision.raw, Int32(clamping: threads ?? Self.defaultThreads))
    self.threads = Int(unsafe context.threads)
  }

  /// The kernels that the environment asks for: `KOBAI_ISA` forces a lower instruction set, `OMP_NUM_THREADS` the threads.
  ///
  /// - Throws: ``KernelError/invalid(kernel:reason:)`` where `KOBAI_ISA` names none, or one this machine lacks, and where
  ///   one of OpenMP's variables is invalid.
  public static func fromEnvironment(
    precision: Precision = .highest, threads: Int? = nil
  ) throws(KernelError) -> Kernels {
    _ = try OpenMPEnvironment(environmentVariable)
    guard let name = environmentVariable("KOBAI_ISA"), !name.isEmpty else {
      return Kernels(precision: precision, threads: threads)
    }
    let known = InstructionSet.allCases.filter(\.isSupported).map(\.rawValue).joined(separator: ", ")
    guard let isa = InstructionSet(rawValue: name) else {
      throw .invalid(kernel: "KOBAI_ISA", reason: "\"\(name)\" is no instruction set; this machine runs \(known)")
    }
    guard isa.isSupported else {
      throw .invalid(kernel: "KOBAI_ISA", reason: "this machine does not run \(name); it runs \(known)")
    }
    return Kernels(instructionSet: isa, precision: precision, threads: threads)
  }

  /// What ``fromEnvironment(precision:threads:)`` finds when the process first asks; an invalid variable ends the process.
  public static let `default`: Kernels = {
    do { return try fromEnvironment() } catch { fatalError("\(error)") }
  }()

  /// `OMP_NUM_THREADS`, else the processors that this process can keep busy (``Processors/usable``); `OMP_THREAD_LIMIT` at
  /// most.
  public static let defaultThreads: Int = {
    let environment = (try? OpenMPEnvironment(environmentVariable)) ?? OpenMPEnvironment()
    return environment.defaultThreads(on: .current)
  }()

  /// Starts the threads that kernels use which are called from this thread; without this call their first kernel does.
  ///
  /// - Returns: how many there are: ``threads``, or fewer where the system starts no more (`ulimit -u`) or `OMP_THREAD_LIMIT`
  ///   is less. Kernels then work with those that there are.
  @discardableResult public func startThreads() -> Int { Int(ck_start_threads(Int32(threads))) }

  /// Calls `body` with what every C kernel takes first.
  func withContext<Result>(_ body: (UnsafePointer<ck_context>) -> Result) -> Result {
    var context = unsafe ck_context_make(instructionSet.raw, precision.raw, Int32(threads))
    return unsafe withUnsafePointer(to: &context) { unsafe body($0) }
  }
}
