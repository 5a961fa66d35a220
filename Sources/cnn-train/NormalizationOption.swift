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
    of path: String, says saved: Normalization?, option: Normalization?
  ) -> (used: Normalization, notice: String?) {
    switch (saved, option) {
    case (nil, nil):
      (.unit, "\(path) does not say how its inputs were normalised: unit is assumed; --normalize says otherwise")
    case (let saved?, let option?) where saved != option:
      (option, "\(path) says \(saved.text), but --normalize \(option.text) is used")
    default: (option ?? saved ?? .unit, nil)
    }
  }
}
