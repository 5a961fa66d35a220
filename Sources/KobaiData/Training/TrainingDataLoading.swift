import KobaiFiles
import KobaiKernels

extension TrainingData {
  /// Loads data of any kind that ``DataKind/recognize(_:)`` knows.
  ///
  /// A CSV file becomes rows of a table (``Table``). Their target is what the options say, else that of a column as its fields
  /// look: texts, or whole numbers from 0 on of at most 20 different values, are classes; other numbers are numbers; several columns of 0 and 1 are
  /// labels. A first column without a name, where pandas writes numbers of rows, is left out. Files as Kaggle's digits
  /// (`label`, `pixel0`, …; or without a header, the class and 0 to 255 in a line) are images unless a target column is named.
  ///
  /// NumPy's archives have `x_train`, `y_train`, `x_test` and `y_test`, `train_images` and so on, or `x` and `y`. Bytes of images with a
  /// class each are images, all else samples of numbers.
  ///
  /// Where there is nothing to test with, a share is set aside (`options.pictures.testShare`, 0.2): of every class the same, and
  /// so that each class and category is among what is trained on, from which alone the ``encoding`` is learned.
  ///
  /// - Parameters:
  ///   - path: the file or folder.
  ///   - options: what the data leave open.
  ///   - note: called with a line about what else there is to know, such as what was left out.
  ///   - progress: called now and then while something long is read.
  /// - Throws: `FileError` that says what is wrong where, and what to do.
  public init(
    contentsOf path: String, options: TrainingDataOptions = TrainingDataOptions(), note: (String) -> Void = { _ in },
    progress: (TrainingDataProgress) -> Void = { _ in }
  ) throws {
    let kind = try DataKind.recognize(path)
    switch kind {
    case .idx:
      try self.init(.load(folder: path, orientation: options.orientation), kind: kind, asked: options)
    case .cifar: try self.init(.load(cifar: path), kind: kind, asked: options)
    case .imageFolders:
      var pictures = options.pictures
      pictures.isForTesting = options.isForTesting
      let images = try Dataset.load(pictures: path, options: pictures, note: note) {
        progress(TrainingDataProgress(unit: "pictures", done: $0.done, total: $0.total))
      }
      try self.init(images, kind: kind, whole: images.whole, asked: options)
    case .csv(let train, let test):
      try self.init(csv: train, test: test, name: path, kind, options, note, progress)
    case .npz: try self.init(npz: path, kind, options)
    case .npy:
      guard options.targets == .input else {
        throw FileError(
          path: path,
          reason: "is one array without targets; save both with numpy.savez(…, x_train=…, y_train=…), or train to "
            + "reconstruct it")
      }
      try self.init(
        name: path, kind: kind, cutting: Samples(inputs: NumPyArray(contentsOf: path)), targets: .input, options)
    }
  }

  /// Images, where that is what the options ask for.
  private init(_ images: Dataset, kind: DataKind, whole: ImageSet? = nil, asked options: TrainingDataOptions)
    throws(FileError)
  {
    let targets = options.targets ?? .classes
    guard targets == .classes || targets == .input else {
      throw FileError(
        path: images.name,
        reason:
          "holds images with a class each; they are no \(targets); take them as classes, or as targets of themselves")
    }
    self.init(images, kind: kind, targets: targets, whole: whole)
  }

  /// Images of which a share is set aside to test with.
  private init(cutting whole: ImageSet, name: String, _ kind: DataKind, _ options: TrainingDataOptions) throws {
    let (train, test) = try whole.cut(of: name, options)
    try self.init(
      Dataset(name: name, train: whole.selecting(train), test: whole.selecting(test), path: name), kind: kind,
      whole: whole, asked: options)
  }

  /// The same of any samples.
  private init(
    name: String, kind: DataKind, cutting whole: any SampleSource, targets: TargetKind, classNames: ClassNames? = nil,
    encoding: TableEncoding? = nil, _ options: TrainingDataOptions
  ) throws {
    let (train, test) = try whole.cut(of: name, options, covered: encoding?.categoryPlaces ?? [])
    self.init(
      name: name, kind: kind, train: SampleSubset(whole, at: train), test: SampleSubset(whole, at: test),
      targets: targets, classNames: classNames, encoding: encoding, whole: whole)
  }

  private init(
    csv train: String, test: String?, name: String, _ kind: DataKind, _ options: TrainingDataOptions,
    _ note: (String) -> Void, _ progress: (TrainingDataProgress) -> Void
  ) throws {
    let file = try CSVFile(train)
    if options.targetColumns == nil, options.encoding == nil, try file.holdsImages() {
      try self.init(imageTable: train, test: test, name: name, kind, options, note)
      return
    }
    let megabyte = 1_000_000
    func show(_ done: TableProgress) {
      guard done.total > 8 * megabyte else { return }
      progress(TrainingDataProgress(unit: "MB", done: done.bytes / megabyte, total: done.total / megabyte))
    }
    let table: Table
    if let encoding = options.encoding {
      table = try Table(contentsOf: train, encodedAs: encoding, progress: show)
    } else {
      var ignored = options.ignoredColumns
      if file.columns.first == "", file.columns.count > 1, !ignored.contains(0) {
        ignored.append(0)
        note("\(train): left out its first column, which has no name, as numbers of rows have none")
      }
      table = try Table(
        contentsOf: train, target: file.target(options.targetColumns ?? [file.usualTarget], options.targets),
        ignoring: ignored, progress: show)
    }
    let (targets, names) = (table.encoding.target.kind, table.encoding.classNames)
    if let test, try CSVFile(test).holds(table.encoding.targetColumns, orNotes: note) {
      self.init(
        name: name, kind: kind, train: table,
        test: try Table(contentsOf: test, encodedAs: table.encoding, progress: show),
        targets: targets, classNames: names, encoding: table.encoding)
    } else {
      try self.init(
        name: name, kind: kind, cutting: table, targets: targets, classNames: names, encoding: table.encoding, options)
    }
  }

  private init(
    imageTable train: String, test: String?, name: String, _ kind: DataKind, _ options: TrainingDataOptions,
    _ note: (String) -> Void
  ) throws {
    let images = try ImageSet.load(csv: train)
    let label = try CSVFile(train).imageLabel
    if let test, try CSVFile(test).holds([label].compactMap(\.self), orNotes: note) {
      try self.init(
        Dataset(name: name, train: images, test: .load(csv: test), path: name), kind: kind, asked: options)
    } else {
      try self.init(cutting: images, name: name, kind, options)
    }
  }

  private init(npz path: String, _ kind: DataKind, _ options: TrainingDataOptions) throws {
    let arrays = try TrainingArrays(path)
    if let train = try arrays.images(arrays.train, options.targets) {
      if let names = arrays.test {
        guard let test = try arrays.images(names, options.targets) else { throw arrays.problem(with: names) }
        try self.init(Dataset(name: path, train: train, test: test, path: path), kind: kind, asked: options)
      } else {
        try self.init(cutting: train, name: path, kind, options)
      }
      return
    }
    let targets = try options.targets ?? arrays.targets(arrays.train)
    let train = try arrays.samples(arrays.train, targets)
    guard let names = arrays.test else {
      try self.init(name: path, kind: kind, cutting: train, targets: targets, options)
      return
    }
    let test = try arrays.samples(names, targets)
    guard train.inputShape == test.inputShape else { throw arrays.differing }
    self.init(name: path, kind: kind, train: train, test: test, targets: targets)
  }
}

extension SampleSource {
  /// Sets the share aside that the options say.
  fileprivate func cut(
    of path: String, _ options: TrainingDataOptions, covered: [Int] = []
  ) throws -> (train: [Int32], test: [Int32]) {
    let all = (0..<Int32(count)).map { $0 }
    guard count > 1 else {
      if options.isForTesting { return (all, all) }
      throw FileError(path: path, reason: "holds one sample; it takes one to train on and one to test with at least")
    }
    let (share, seed) = (options.pictures.testShare, options.pictures.seed)
    let parts = try cut(share: share, seed: seed, covered: covered)
    guard !parts.test.isEmpty else {
      if options.isForTesting { return (all, all) }
      throw FileError(
        path: path,
        reason:
          "has no sample to spare: each is the only one of a class or category; name a folder with a file to train on "
          + "and one to test with")
    }
    return parts
  }
}

extension CSVFile {
  /// The column with the class, where the file is one of images and has names of columns.
  var imageLabel: String? { hasHeader ? columns.contains("label") ? "label" : columns[0] : nil }

  /// Whether the rows are images as Kaggle's digits are: a square of at least 8×8 pixels beside the class. Names say so ("pixel0", or
  /// "1x1" for row and column), and without names 0 to 255 in the first line.
  func holdsImages() throws(FileError) -> Bool {
    let pixels = columns.count - 1
    let side = Int(Double(max(pixels, 0)).squareRoot().rounded())
    guard side >= 8, side * side == pixels else { return false }
    if let label = imageLabel {
      let place = /\d+x\d+/  // compiled once
      return columns.allSatisfy { $0 == label || $0.hasPrefix("pixel") || $0.wholeMatch(of: place) != nil }
    }
    var scanner = try rows()
    for _ in columns { if scanner.nextDigits(below: 256) == nil { return false } }
    return true
  }

  /// Whether a file to test with has targets; one without, as Kaggle's have none, is left out with a note.
  fileprivate func holds(_ targets: [String], orNotes note: (String) -> Void) throws(FileError) -> Bool {
    let missing = targets.filter { !columns.contains($0) }
    guard !targets.isEmpty, missing == targets else { return true }
    note("\(path): left out, for it has no column \(quoted(missing[0])) to test by")
    return false
  }
}

extension TableEncoding {
  /// Which numbers of an input say that a row has a category.
  var categoryPlaces: [Int] {
    var (places, first) = ([Int](), 0)
    for column in inputs {
      if column.categories != nil { places += first..<first + column.width }
      first += column.width
    }
    return places
  }

  /// The names of the columns that are targets.
  public var targetColumns: [String] {
    switch target {
    case .classes(let column, _): [column]
    case .values(let columns), .labels(let columns): columns
    case .input: []
    }
  }
}

extension TableEncoding.Target {
  /// Which kind of target it is.
  public var kind: TargetKind {
    switch self {
    case .classes: .classes
    case .labels: .labels
    case .values: .values
    case .input: .input
    }
  }
}
