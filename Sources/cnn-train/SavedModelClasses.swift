import ArgumentParser
import Kobai
import KobaiData
import KobaiInference

extension ModelCard.Orientation: ExpressibleByArgument {}

// How data fit a saved network.
extension SavedModel {
  /// How data become samples of the network.
  var dataOptions: TrainingDataOptions {
    var options = TrainingDataOptions()
    (options.targets, options.encoding, options.isForTesting) = (card.task.targets, card.encoding, true)
    if input.rank == 3 {
      options.pictures.size = Size2D(input[1], input[2])
      options.pictures.channels = [1, 3].contains(input[0]) ? input[0] : nil
    }
    return options
  }

  /// The data with the network's labels, and what is to be tested on as what is to test with: all of data that the network was not
  /// trained on, where nothing but a share of them was set aside.
  ///
  /// - Parameter path: the path of the weights, for errors.
  func matched(_ data: TrainingData, path: String) throws -> TrainingData {
    var data = data
    if let whole = data.whole, try data.sha256 != trainingDataDigest { data = try data.tested(on: whole) }
    guard let images = data.images, card.task == .classification else { return data }
    return TrainingData(try matched(images, path: path), kind: data.kind)
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
