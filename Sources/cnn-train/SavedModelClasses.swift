import ArgumentParser
import Foundation
import Kobai
import KobaiData

/// How the images stood that a network was trained on.
enum TrainedOrientation: String, CaseIterable, ExpressibleByArgument {
  case upright, transposed
}

// What the outputs of a saved network mean, and how it takes its images.
extension SavedModel {
  private static let (namesKey, orientationKey) = ("class_names", "orientation")

  /// The names of the classes in a file's metadata; numbers where it has none.
  static func classNames(_ metadata: [String: String], classes: Int, path: String) throws -> ClassNames {
    guard let text = metadata[namesKey] else { return ClassNames(count: classes) }
    guard let list = try? JSONDecoder().decode([String].self, from: Data(text.utf8)), list.count == classes,
      let names = try? ClassNames(list)
    else { throw Failure("\(path): its \(namesKey) are no list of \(classes) names; name them with --class-names") }
    return names
  }

  /// How the training images stood, if a file's metadata say so.
  static func orientation(_ metadata: [String: String]) -> TrainedOrientation? {
    metadata[orientationKey].flatMap(TrainedOrientation.init)
  }

  /// The metadata of both. Names that are numbers are left out.
  var classMetadata: [String: String] {
    var words = [Self.orientationKey: orientation?.rawValue]
    if !classNames.areNumbers {
      words[Self.namesKey] = (try? JSONEncoder().encode(classNames.names)).map { String(decoding: $0, as: UTF8.self) }
    }
    return words.compactMapValues(\.self)
  }

  /// The data with the network's labels, and with images that stand as those it was trained on. Where the weights do not
  /// say how these stood, images of a folder are taken as they are stored, as everybody did who trained on them, and a
  /// notice says so.
  ///
  /// - Parameter path: the path of the weights, for errors.
  func matched(_ data: Dataset, path: String) throws -> Dataset {
    guard let labeled = data.labeled(as: classNames) else {
      guard data.classes <= classes else {
        throw Failure("\(path): its network knows \(classes) classes, but \(data.name) has \(data.classes)")
      }
      let unknown = data.classNames.names.filter { !classNames.names.contains($0) }
      throw Failure(
        "\(path): its network knows the classes \(classNames.names.listed), but \(data.name) has \(unknown.listed); "
          + "name them with --class-names")
    }
    let isTransposed = wantsTransposed(storedTransposed: data.storage.isTransposed)
    if orientation == nil && isTransposed { notice(Self.assumption(path, data.name)) }
    if !isTransposed, let text = data.noticeOfTurnedImages { notice(text) }
    return isTransposed ? labeled.transposed() : labeled
  }

  /// Turns upright images as the network takes them.
  ///
  /// - Parameter storedTransposed: whether the file had them transposed.
  func oriented(_ images: ImageSet, storedTransposed: Bool) -> ImageSet {
    wantsTransposed(storedTransposed: storedTransposed) ? images.transposed() : images
  }

  private func wantsTransposed(storedTransposed: Bool) -> Bool {
    orientation.map { $0 == .transposed } ?? storedTransposed
  }

  static func assumption(_ path: String, _ images: String) -> String {
    "\(path) does not say how its training images stood: those of \(images) are taken transposed, as stored "
      + "(--trained-on upright turns them)"
  }
}
