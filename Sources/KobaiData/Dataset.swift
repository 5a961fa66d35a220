import KobaiFiles
import KobaiKernels

/// A training and a test set of images.
public struct Dataset: Sendable {
  /// The origin of the set in a few words.
  public let name: String
  /// The images to train on.
  public let train: ImageSet
  /// The images to test with.
  public let test: ImageSet
  /// The names of the classes.
  public let classNames: ClassNames
  /// How its files differ from the images and labels here.
  public let storage: Storage
  /// All images, where those to test with were set aside from them.
  var whole: ImageSet?

  /// How the stored images and labels differ from those of a ``Dataset``.
  public struct Storage: Sendable, Equatable {
    /// Whether the images were turned upright.
    public var isTransposed = false
    /// The label of the class that is 0 here.
    public var firstLabel = 0
  }

  /// One more than the largest label.
  public var classes: Int { classNames.count }

  /// Sets from memory. A class that the test set has and training lacks cannot be learned, see ``untrainedClasses(_:)``.
  ///
  /// - Parameters:
  ///   - name: the origin of the sets in a few words.
  ///   - train: the images to train on.
  ///   - test: the images to test with.
  ///   - path: names the sets in errors.
  ///   - classNames: one name for each label from 0 on; numbers unless given.
  /// - Throws: `FileError` where the two sets do not fit each other, or where names are too few or too many.
  public init(
    name: String, train: ImageSet, test: ImageSet, path: String, classNames: ClassNames? = nil
  ) throws(FileError) {
    try self.init(name: name, train: train, test: test, path: path, classNames: classNames, storage: Storage())
  }

  init(
    name: String, train: ImageSet, test: ImageSet, path: String, classNames: ClassNames?, storage: Storage
  ) throws(FileError) {
    guard train.size == test.size else {
      throw FileError(path: path, reason: "training images are \(train.size), but test images \(test.size)")
    }
    guard train.channels == test.channels else {
      throw FileError(
        path: path, reason: "training images have \(train.channels) channels, but test images \(test.channels)")
    }
    let classes = max(train.classes, test.classes)
    guard classNames?.count ?? classes == classes else {
      throw FileError(path: path, reason: "\(classNames?.count ?? 0) names for \(classes) classes")
    }
    (self.name, self.train, self.test, self.storage) = (name, train, test, storage)
    self.classNames = classNames ?? ClassNames(count: classes)
  }

  /// The same images, perhaps turned or labelled otherwise.
  init(_ original: Dataset, train: ImageSet, test: ImageSet, classNames: ClassNames, storage: Storage) {
    (name, self.train, self.test) = (original.name, train, test)
    (self.classNames, self.storage) = (classNames, storage)
  }
}

extension Dataset {
  /// SHA-256 over the size, the pixels and the labels of both sets: the same digest, the same data. Labels are bytes where all
  /// of a set's are, else four bytes each.
  public var sha256: String {
    var hash = SHA256()
    for set in [train, test] {
      unsafe hash.update(Array("\(set.count) \(set.channels) \(set.size) ".utf8).span.bytes)
      unsafe hash.update(set.pixels.bytes)
      let labels = labelBytes(of: set)
      unsafe hash.update(labels.span.bytes)
    }
    return hash.hexDigest()
  }

  private func labelBytes(of set: ImageSet) -> [UInt8] {
    if set.classes <= 256 { return set.labels.map { UInt8($0) } }
    return set.labels.flatMap { label in (0..<4).map { UInt8(truncatingIfNeeded: label >> (8 * $0)) } }
  }

  /// The classes that test images have, but none of those to train on. A network cannot learn them.
  ///
  /// - Parameter indices: the images to train on; all of the training set unless given.
  public func untrainedClasses(_ indices: [Int32]? = nil) -> [Int] {
    let trained = indices.map { Set($0.map { train.labels[Int($0)] }) } ?? Set(train.labels)
    return Set(test.labels).subtracting(trained).map { Int($0) }.sorted()
  }

  /// A line about ``untrainedClasses(_:)`` for whoever trains; nil where there are none.
  public func noticeOfUntrainedClasses(_ indices: [Int32]? = nil) -> String? {
    let missing = untrainedClasses(indices)
    guard !missing.isEmpty else { return nil }
    let tested = test.labels.count { missing.contains(Int($0)) }
    return
      "no image of \(missing.map { classNames[$0] }.listed) to train on, but \(tested) to test: they count as wrong"
  }
}
