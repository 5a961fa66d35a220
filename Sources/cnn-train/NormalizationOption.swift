import ArgumentParser
import KobaiData
import KobaiInference

/// On the command line a normalisation is written as in the metadata of weights.
extension Normalization: ExpressibleByArgument {
  public init?(argument: String) { self.init(text: argument) }
}

extension SavedModel {
  /// The normalisation to use, and what a person has to know about it: the option overrides the file, and where neither
  /// says anything pixels are taken as 0 to 1.
  static func normalization(
    of path: String, says saved: Normalization?, option: Normalization?, channels: Int
  ) throws -> (used: Normalization, notice: String?) {
    if let option, !option.fits(channels: channels) {
      throw ValidationError(
        "--normalize \(option.text): \(option.means.count) channels, but the inputs of \(path) have \(channels)")
    }
    if let saved, option == nil, !saved.fits(channels: channels) {
      throw Failure(
        "\(path): its normalization \"\(saved.text)\" is for \(saved.means.count) channels, but its inputs have "
          + "\(channels); --normalize overrides it")
    }
    return switch (saved, option) {
    case (nil, nil):
      (.unit, "\(path) does not say how its inputs were normalised: unit is assumed; --normalize says otherwise")
    case (let saved?, let option?) where saved != option:
      (option, "\(path) says \(saved.text), but --normalize \(option.text) is used")
    default: (option ?? saved ?? .unit, nil)
    }
  }
}
