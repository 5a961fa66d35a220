import Kobai
import KobaiData

/// What an experiment has at hand: the digits, a seed, a language, and somebody who reads what it prints.
public final class Lab {
  /// What to print in.
  public let language: Language
  /// Of everything random.
  public let seed: UInt64
  /// What to train with.
  public let kernels: Kernels
  /// A folder with the weights that the book's repository ships, where somebody has one.
  public var bookWeights: String?
  private let dataset: Dataset?
  private let print: (String) -> Void
  private let progress: (Double, String) -> Void
  /// Everything printed so far.
  public private(set) var lines: [String] = []

  /// - Parameters:
  ///   - language: what to print in.
  ///   - seed: of everything random.
  ///   - digits: for experiments that use them.
  ///   - kernels: what to train with.
  ///   - print: takes each line as it is printed.
  ///   - progress: told how far a long experiment is, 0 ... 1, and with what.
  public init(
    language: Language = .en, seed: UInt64 = 0, digits: Dataset? = nil, kernels: Kernels = .default,
    print: @escaping (String) -> Void = { _ in }, progress: @escaping (Double, String) -> Void = { _, _ in }
  ) {
    (self.language, self.seed, dataset, self.kernels) = (language, seed, digits, kernels)
    (self.print, self.progress) = (print, progress)
  }

  /// The handwritten digits.
  public var digits: Dataset {
    guard let dataset else { fatalError("this experiment uses digits; its `about` must say so") }
    return dataset
  }

  /// Prints a line.
  func say(_ line: String = "") {
    lines.append(line)
    print(line)
  }

  /// Prints a line in the reader's language.
  func say(en: String, ja: String) { say(words(en: en, ja: ja)) }

  /// The words in the reader's language.
  func words(en: String, ja: String) -> String { language == .ja ? ja : en }

  func report(_ share: Double, _ what: String) { progress(share, what) }
}
