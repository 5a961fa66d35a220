import Foundation

/// Which random designs a run tries: the same ones every time, unless the environment asks for others.
///
/// - `KOBAI_FUZZ_DESIGNS`: how many;
/// - `KOBAI_FUZZ_SEED`: the seed of the first; each of the others has the next one.
public struct FuzzRun: Sendable {
  /// The seeds of the designs.
  public let seeds: Range<UInt64>
  private let isLong: Bool

  /// - Parameter count: how many designs there are where the environment does not say it.
  public init(count: Int) {
    let environment = ProcessInfo.processInfo.environment
    let first = environment["KOBAI_FUZZ_SEED"].flatMap(UInt64.init) ?? 1
    let wanted = environment["KOBAI_FUZZ_DESIGNS"].flatMap(UInt64.init)
    seeds = first..<first + (wanted ?? UInt64(count))
    isLong = wanted != nil
  }

  /// Says which seed comes next in a run that was asked for: where a process ends at once, the last line names its design.
  public func announce(_ seed: UInt64, _ test: String) {
    guard isLong else { return }
    FileHandle.standardError.write(Data("\(test): seed \(seed)\n".utf8))
  }
}
