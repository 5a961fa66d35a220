import ArgumentParser
import KobaiData

/// A normalisation is written as `unit`, `mnist`, `cifar10` or `MEAN,STD`, or with a mean and a deviation for each channel as
/// `MEAN,…/STD,…`, on the command line and in the metadata of weights.
extension Normalization: ExpressibleByArgument {
  public init?(argument: String) {
    switch argument {
    case "unit": self = .unit
    case "mnist": self = .mnist
    case "cifar10": self = .cifar10
    default:
      func numbers(_ text: Substring) -> [Float] {
        text.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) ?? .nan }
      }
      let halves = argument.split(separator: "/", omittingEmptySubsequences: false).map(numbers)
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

  /// The text that ``init(argument:)`` reads again.
  var name: String {
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

extension SavedModel {
  /// The name of the metadata's entry.
  static let normalizationKey = "normalization"

  /// The normalisation that a file says its network's inputs have; nil where it says none.
  static func normalization(in metadata: [String: String], of path: String) throws -> Normalization? {
    guard let name = metadata[normalizationKey] else { return nil }
    guard let normalization = Normalization(argument: name) else {
      throw Failure("\(path): its normalization \"\(name)\" is neither unit, mnist, cifar10, MEAN,STD nor MEAN,…/STD,…")
    }
    return normalization
  }

  /// The normalisation to use, and what a person has to know about it: the option overrides the file, and where neither
  /// says anything pixels are taken as 0 to 1.
  static func normalization(
    of path: String, says saved: Normalization?, option: Normalization?, channels: Int
  ) throws -> (used: Normalization, notice: String?) {
    if let option, !option.fits(channels: channels) {
      throw ValidationError(
        "--normalize \(option.name): \(option.means.count) channels, but the inputs of \(path) have \(channels)")
    }
    if let saved, option == nil, !saved.fits(channels: channels) {
      throw Failure(
        "\(path): its normalization \"\(saved.name)\" is for \(saved.means.count) channels, but its inputs have "
          + "\(channels); --normalize overrides it")
    }
    return switch (saved, option) {
    case (nil, nil):
      (.unit, "\(path) does not say how its inputs were normalised: unit is assumed; --normalize says otherwise")
    case (let saved?, let option?) where saved != option:
      (option, "\(path) says \(saved.name), but --normalize \(option.name) is used")
    default: (option ?? saved ?? .unit, nil)
    }
  }
}
