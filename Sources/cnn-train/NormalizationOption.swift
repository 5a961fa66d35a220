import ArgumentParser
import KobaiData

/// A normalisation is written as `unit`, `mnist` or `MEAN,STD`, on the command line and in the metadata of weights.
extension Normalization: ExpressibleByArgument {
  public init?(argument: String) {
    switch argument {
    case "unit": self = .unit
    case "mnist": self = .mnist
    default:
      let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) ?? .nan }
      guard numbers.count == 2, numbers.allSatisfy(\.isFinite), numbers[1] > 0 else { return nil }
      self.init(mean: numbers[0], deviation: numbers[1])
    }
  }

  /// The text that ``init(argument:)`` reads again.
  var name: String {
    switch self {
    case .unit: "unit"
    case .mnist: "mnist"
    default: "\(mean),\(deviation)"
    }
  }
}

extension SavedModel {
  /// The name of the metadata's entry.
  static let normalizationKey = "normalization"

  /// The normalisation that a file says its network's inputs have; nil where it says none.
  static func normalization(in metadata: [String: String], of path: String) throws -> Normalization? {
    guard let name = metadata[normalizationKey] else { return nil }
    guard let normalization = Normalization(argument: name) else {
      throw Failure("\(path): its normalization \"\(name)\" is neither unit, mnist nor MEAN,STD")
    }
    return normalization
  }

  /// The normalisation to use, and what a person has to know about it: the option overrides the file, and where neither
  /// says anything pixels are taken as 0 to 1.
  static func normalization(
    of path: String, says saved: Normalization?, option: Normalization?
  ) -> (used: Normalization, notice: String?) {
    switch (saved, option) {
    case (nil, nil):
      (.unit, "\(path) does not say how its inputs were normalised: unit is assumed; --normalize says otherwise")
    case (let saved?, let option?) where saved != option:
      (option, "\(path) says \(saved.name), but --normalize \(option.name) is used")
    default: (option ?? saved ?? .unit, nil)
    }
  }
}
