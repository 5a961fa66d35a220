import KobaiData

/// A normalisation is written as `unit`, `mnist` or `MEAN,STD`, on command lines and in the metadata of weights.
extension Normalization {
  /// The forms of ``init(text:)``, in words.
  static let forms = "unit, mnist nor MEAN,STD"

  /// Reads what ``text`` writes; nil for anything else.
  public init?(text: String) {
    switch text {
    case "unit": self = .unit
    case "mnist": self = .mnist
    default:
      let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) ?? .nan }
      guard numbers.count == 2, numbers.allSatisfy(\.isFinite), numbers[1] > 0 else { return nil }
      self.init(mean: numbers[0], deviation: numbers[1])
    }
  }

  /// The text that ``init(text:)`` reads again.
  public var text: String {
    switch self {
    case .unit: "unit"
    case .mnist: "mnist"
    default: "\(mean),\(deviation)"
    }
  }

  /// Numbers as the network takes them.
  func applied(to x: [Float]) -> [Float] { self == .unit ? x : x.map { ($0 - mean) / deviation } }
}
