import KobaiData

/// A normalisation is written as `unit`, `mnist`, `cifar10` or `MEAN,STD`, or with a mean and a deviation for each channel as
/// `MEAN,…/STD,…`, on command lines and in the metadata of weights.
extension Normalization {
  /// The forms of ``init(text:)``, in words.
  static let forms = "unit, mnist, cifar10, MEAN,STD nor MEAN,…/STD,…"

  /// Reads what ``text`` writes; nil for anything else.
  public init?(text: String) {
    switch text {
    case "unit": self = .unit
    case "mnist": self = .mnist
    case "cifar10": self = .cifar10
    default:
      func numbers(_ text: Substring) -> [Float] {
        text.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) ?? .nan }
      }
      let halves = text.split(separator: "/", omittingEmptySubsequences: false).map(numbers)
      let (means, deviations): ([Float], [Float])
      switch halves.count {
      case 1 where halves[0].count == 2: (means, deviations) = ([halves[0][0]], [halves[0][1]])
      case 2 where halves[0].count == halves[1].count: (means, deviations) = (halves[0], halves[1])
      default: return nil
      }
      guard (means + deviations).allSatisfy(\.isFinite), deviations.allSatisfy({ $0 > 0 }) else { return nil }
      self.init(means: means, deviations: deviations)
    }
  }

  /// The text that ``init(text:)`` reads again.
  public var text: String {
    switch self {
    case .unit: "unit"
    case .mnist: "mnist"
    case .cifar10: "cifar10"
    default:
      [means, deviations].map { $0.map { "\($0)" }.joined(separator: ",") }
        .joined(separator: means.count == 1 ? "," : "/")
    }
  }
}
