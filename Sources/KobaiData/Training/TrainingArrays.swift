import KobaiFiles

/// The arrays of an archive that are inputs and targets, by their names.
struct TrainingArrays {
  /// The names of inputs and targets; of targets there may be none.
  typealias Names = (inputs: String, targets: String?)

  let train: Names
  /// Those to test with, if there are any.
  let test: Names?
  private let archive: NumPyArchive

  private static let spellings = [
    ["x_train", "y_train", "x_test", "y_test"], ["X_train", "y_train", "X_test", "y_test"],
    ["train_images", "train_labels", "test_images", "test_labels"],
    ["train_data", "train_labels", "test_data", "test_labels"],
    ["x", "y"], ["X", "y"], ["data", "target"], ["inputs", "targets"], ["images", "labels"],
  ]

  /// - Throws: `FileError` where no names are known.
  init(_ path: String) throws(FileError) {
    let archive = try NumPyArchive(contentsOf: path)
    guard let names = Self.spellings.first(where: { archive.contains($0[0]) }) else {
      throw FileError(
        path: path,
        reason: "has no array \(quoted("x_train")), but \(archive.names.map(quoted).listed); "
          + "save x_train, y_train, x_test and y_test with numpy.savez")
    }
    func found(_ place: Int) -> Names? {
      guard place < names.count, archive.contains(names[place]) else { return nil }
      return (names[place], archive.contains(names[place + 1]) ? names[place + 1] : nil)
    }
    self.archive = archive
    (train, test) = (found(0) ?? (names[0], nil), found(2))
  }

  /// Bytes of images with a class each; nil where they are something else, or something else is asked for.
  func images(_ names: Names, _ asked: TargetKind?) throws(FileError) -> ImageSet? {
    guard asked == nil || asked == .classes || asked == .input, let targets = names.targets else { return nil }
    let (images, labels) = (try archive.array(names.inputs), try archive.array(targets))
    let isImages =
      images.type == .uint8
      && (images.shape.count == 3
        || images.shape.count == 4 && ([1, 3].contains(images.shape[1]) || [1, 3].contains(images.shape[3])))
    guard isImages, labels.type.isInteger, labels.sampleShape == [1] else { return nil }
    return try ImageSet(images: images, labels: labels)
  }

  /// What targets are by the looks of them: whole numbers are classes, rows of 0 and 1 are labels, and other numbers are numbers.
  func targets(_ names: Names) throws(FileError) -> TargetKind {
    let targets = try array(of: names)
    guard targets.type.isInteger else { return .values }
    if targets.sampleShape == [1] { return .classes }
    let rows = targets.rows()
    for i in 0..<rows.count {
      for j in 0..<rows.width where !(0...1).contains(rows.whole(i, j) ?? 2) { return .values }
    }
    return .labels
  }

  func samples(_ names: Names, _ targets: TargetKind) throws(FileError) -> Samples {
    let inputs = try archive.array(names.inputs)
    switch targets {
    case .input: return try Samples(inputs: inputs)
    case .classes: return try Samples(inputs: inputs, classes: array(of: names))
    case .values, .labels: return try Samples(inputs: inputs, targets: array(of: names))
    }
  }

  private func array(of names: Names) throws(FileError) -> NumPyArray {
    guard let targets = names.targets else { throw problem(with: names) }
    return try archive.array(targets)
  }

  /// Why the arrays are not samples of the kind that is asked for, or that those to train on are.
  func problem(with names: Names) -> FileError {
    guard names.targets == nil else { return differing }
    return FileError(
      path: archive.path,
      reason:
        "has inputs \(quoted(names.inputs)), but no targets; save them beside, or train to reconstruct the inputs")
  }

  /// The error of arrays to train on and to test with that are no samples of one kind.
  var differing: FileError {
    FileError(
      path: archive.path,
      reason: "the samples to test with have another shape or type than those to train on; save them alike")
  }
}
