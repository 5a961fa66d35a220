/// The same data under other names, with the labels of a network, or as they are stored.
extension Dataset {
  /// A line for whoever uses the data about how they differ from their files; nil where they do not.
  public var noticeOfTurnedImages: String? {
    storage.isTransposed ? "\(name): its images are stored transposed, as EMNIST's are, and were turned upright" : nil
  }

  /// The same under other names of its classes.
  ///
  /// - Throws: ``ClassNames/Problem`` where there are too few or too many.
  public func named(_ names: ClassNames) throws(ClassNames.Problem) -> Dataset {
    guard names.count == classes else {
      throw ClassNames.Problem("\(names.count) names for the \(classes) classes of \(name)")
    }
    return Dataset(self, train: train, test: test, classNames: names, storage: storage)
  }

  /// Every image mirrored on its diagonal.
  public func transposed() -> Dataset {
    Dataset(
      self, train: train.transposed(), test: test.transposed(), classNames: classNames, storage: storage)
  }

  /// Images and labels exactly as their files have them, the classes without names.
  public var asStored: Dataset {
    if storage == Storage() { return self }
    let base = storage.isTransposed ? transposed() : self
    let map = (0..<classes).map { $0 + storage.firstLabel }
    return base.relabeled(map, ClassNames(count: classes + storage.firstLabel), Storage())
  }

  /// The same with the labels of a network that knows the classes by these names: each class is the one of its name. Where
  /// the network has numbers only, they are the stored labels; where it has as many names, but others, they stand for the
  /// same classes in the same order.
  ///
  /// - Returns: nil where the network cannot know the classes.
  public func labeled(as names: ClassNames) -> Dataset? {
    if names == classNames { return self }
    let indices = Dictionary(uniqueKeysWithValues: zip(names.names, 0...))
    let map = classNames.names.compactMap { indices[$0] }
    if map.count == classes { return relabeled(map, names, storage) }
    if names.areNumbers, classes + storage.firstLabel <= names.count {
      return relabeled((0..<classes).map { $0 + storage.firstLabel }, names, storage)
    }
    return names.count == classes ? Dataset(self, train: train, test: test, classNames: names, storage: storage) : nil
  }

  private func relabeled(_ map: [Int], _ names: ClassNames, _ storage: Storage) -> Dataset {
    func set(_ set: ImageSet) -> ImageSet { set.labeled(set.labels.map { Int32(map[Int($0)]) }) }
    return Dataset(self, train: set(train), test: set(test), classNames: names, storage: storage)
  }
}
