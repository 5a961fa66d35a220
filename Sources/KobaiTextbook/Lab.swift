import Kobai
import KobaiData

/// The environment of an experiment: the digits, a seed, a language, and the functions that print.
public final class Lab {
  /// The language to print in.
  public let language: Language
  /// The seed of everything random.
  public let seed: UInt64
  /// The kernels to train with.
  public let kernels: Kernels
  /// A folder with the weights that the book's repository ships, where somebody has one.
  public var bookWeights: String?
  private let dataset: Dataset?
  private let print: (String) -> Void
  private let progress: (Double, String) -> Void
  /// The lines printed so far.
  public private(set) var lines: [String] = []

  /// - Parameters:
  ///   - language: the language to print in.
  ///   - seed: the seed of everything random.
  ///   - digits: the digits, for experiments that use them.
  ///   - kernels: the kernels to train with.
  ///   - print: called with each line that is printed.
  ///   - progress: called with how far a long experiment is, 0 ... 1, and with what.
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
  public func say(_ line: String = "") {
    lines.append(line)
    print(line)
  }

  /// Prints a line in the reader's language.
  public func say(en: String, ja: String) { say(words(en: en, ja: ja)) }

  /// The words in the reader's language.
  public func words(en: String, ja: String) -> String { language == .ja ? ja : en }

  /// Tells how far a long experiment is.
  public func report(_ share: Double, _ what: String) { progress(share, what) }

  /// A network for images like the digits, with the lab's seed and kernels.
  public func network(_ architecture: some Architecture, batch: Int = 100) throws -> Network {
    let size = digits.train.size
    return try Network(
      input: [1, size.height, size.width], batch: batch, architecture, seed: seed, kernels: kernels)
  }

  /// Whether there are only as many digits as are embedded: epochs are short then, and a training takes more of them.
  public var hasFewDigits: Bool { digits.train.count < 10_000 }
}
