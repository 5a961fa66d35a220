import Foundation
import KobaiFiles

extension Dataset {
  /// The set of IDX files in a folder. Images' size and classes come from the files; images stand upright, classes count
  /// from 0, and have the names that a mapping file beside them says, where there is one (see ``storage``).
  ///
  /// - Parameters:
  ///   - path: the folder, or a set in it, such as "gzip/emnist-letters".
  ///   - orientation: how the images of the files stand.
  ///   - storage: where the pixels go.
  public static func load(
    folder path: String, orientation: StoredOrientation = .auto, storage: ImageStorage = ImageStorage()
  ) throws(FileError) -> Dataset {
    try load(folder: path, orientation: orientation, storage: storage) { _, _ in }
  }

  /// The same, where the files may have to be certain ones.
  ///
  /// - Parameter check: is given each file's path and what was read of it, and throws where it is not that one.
  static func load(
    folder path: String, orientation: StoredOrientation = .auto, storage: ImageStorage = ImageStorage(),
    checking check: (String, IDX) throws(FileError) -> Void
  ) throws(FileError) -> Dataset {
    let folder = try IDXFolder(path)
    func file(_ path: String, _ content: IDXHeader.Content, _ storage: ImageStorage) throws(FileError) -> IDX {
      let file = try IDX(path: path, content, storage)
      try check(path, file)
      return file
    }
    func set(_ images: String, _ labels: String) throws(FileError) -> ImageSet {
      let set = try ImageSet(
        images: file(images, .images, storage), labels: file(labels, .labels, ImageStorage()).labels(path: labels),
        paths: (images, labels))
      return orientation.isTransposed(images) ? try set.transposed(storage, of: images) : set
    }
    let train = try set(folder.trainImages, folder.trainLabels)
    let test = try set(folder.testImages, folder.testLabels)
    let mapping = try folder.mapping()

    // Labels from 1 on would leave class 0 without a single image.
    let lowest = Int(min(train.labels.min() ?? 0, test.labels.min() ?? 0))
    let highest = Int(max(train.labels.max() ?? 0, test.labels.max() ?? 0))
    let first = mapping?.first ?? (lowest == 1 ? 1 : 0)
    let offset = lowest >= first ? first : 0
    let names =
      mapping?.names.names ?? (0...highest).map { String($0) }.suffix(highest + 1 - offset)
    guard names.count > highest - offset else {
      throw FileError(path: path, reason: "\(names.count) classes have names, but label \(highest) is beyond them")
    }
    func shifted(_ set: ImageSet) -> ImageSet {
      offset == 0 ? set : set.labeled(set.labels.map { $0 - Int32(offset) })
    }
    let classNames: ClassNames
    do throws(ClassNames.Problem) {
      classNames = try ClassNames(Array(names.prefix(highest + 1 - offset)))
    } catch {
      throw FileError(path: path, reason: error.description)
    }
    return try Dataset(
      name: path, train: shifted(train), test: shifted(test), path: path, classNames: classNames,
      storage: Storage(isTransposed: orientation.isTransposed(folder.trainImages), firstLabel: offset))
  }
}

extension IDXFolder {
  /// What the labels stand for: by the mapping file beside the images, or by the name of one of EMNIST's sets.
  fileprivate func mapping() throws(FileError) -> EMNIST.Mapping? {
    let file = "\(path)/\(EMNIST.mappingFile(ofPrefix: prefix))"
    guard !prefix.isEmpty, try fileStatus(file) != nil else { return EMNIST.mapping(ofPrefix: prefix) }
    let lines = try textLines(of: file)
    do throws(ClassNames.Problem) {
      if let mapping = try EMNIST.mapping(lines.filter { !$0.allSatisfy(\.isWhitespace) }) { return mapping }
    } catch {
      throw FileError(path: file, reason: error.description)
    }
    throw FileError(path: file, reason: "is no mapping; its lines are \"label code\", the labels without a gap")
  }
}
