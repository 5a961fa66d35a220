import Foundation
import KobaiFiles
import KobaiImages
import KobaiKernels
import KobaiPreconditions

extension Dataset {
  /// How far pictures have been decoded.
  public struct PictureProgress: Sendable, Equatable {
    /// The number of pictures that have been read.
    public let done: Int
    /// The number of all pictures.
    public let total: Int
  }

  /// The pictures of a folder that has a folder for each class, PNG and JPEG files, as torchvision's `ImageFolder` takes them.
  ///
  /// The classes are the folders' names, sorted. Where there is a folder "train" (or "training"), the classes lie in it, and those of
  /// the test pictures in "test", "testing", "val", "valid" or "validation", the first of these that is there; else, a
  /// share of each class is set aside to test with (``PictureOptions/testShare``). Folders in a class's folder belong to it;
  /// what is hidden does not count, and what is no picture by its name is left out with a note.
  ///
  /// The samples have the order of the files' names, in which numbers count as numbers, over all classes: files that are called 00000.png
  /// and so on, in whatever folder, come in that order. Pictures of the same name come in the order of their classes.
  ///
  /// Each picture is decoded once, upright by its EXIF fields, and becomes an image as ``PictureOptions`` say: as it is, where all
  /// have one size. Many are decoded at once, to the same images on any number of threads. JPEG files that are much larger than wanted are
  /// decoded at 1/2, 1/4 or 1/8 of their size, so that at least twice the wanted one is left to resize.
  ///
  /// - Parameters:
  ///   - path: the folder.
  ///   - options: the images' size and channels, and what happens to files that cannot be read.
  ///   - note: called with a line about what else there is to know, such as what was left out.
  ///   - progress: called from time to time while pictures are decoded.
  /// - Throws: `FileError` that names the file or folder; nothing is read by half.
  public static func load(
    pictures path: String, options: PictureOptions = PictureOptions(), note: (String) -> Void = { _ in },
    progress: (PictureProgress) -> Void = { _ in }
  ) throws(FileError) -> Dataset {
    require(options.channels.map { $0 == 1 || $0 == 3 } ?? true, "images have 1 channel or 3")
    require(options.size.map { $0.height > 0 && $0.width > 0 } ?? true, "the size must be positive")
    require(
      options.testShare > 0 && options.testShare < 1, "a share of \(options.testShare) to test with; 0 < share < 1")
    let listing = try PictureListing(path)
    if let first = listing.others.min() {
      let count = listing.others.count
      note("\(path): left out what is no picture of a class: \(counted(count, "file")), such as \(first)")
    }
    let (train, test) = try parted(listing, path, options, note)
    let files = train + test
    let images = try PictureImages(path, files.map(\.path), options, progress)
    images.noteSkipped(of: path, note)

    let skipped = Set(images.skipped)
    func labels(_ part: Range<Int>) -> [Int32] {
      part.compactMap { skipped.contains($0) ? nil : Int32(files[$0].label) }
    }
    let (trainLabels, testLabels) = (labels(0..<train.count), labels(train.count..<files.count))
    let seen = Set(trainLabels + testLabels)
    for (label, name) in listing.classes.enumerated() where !seen.contains(Int32(label)) {
      throw FileError(
        path: path, reason: "none of the pictures of \(quoted(name)) can be read; mend them, or remove the class")
    }
    guard !trainLabels.isEmpty, test.isEmpty || !testLabels.isEmpty else {
      throw FileError(
        path: path, reason: "none of the \(trainLabels.isEmpty ? "training" : "test") pictures can be read; mend them")
    }
    let names: ClassNames
    do throws(ClassNames.Problem) { names = try ClassNames(listing.classes) } catch {
      throw FileError(path: path, reason: error.description)
    }
    let trainSet = images.set(from: 0, trainLabels)
    let testSet = test.isEmpty ? trainSet : images.set(from: trainLabels.count, testLabels)
    var dataset = try Dataset(name: path, train: trainSet, test: testSet, path: path, classNames: names)
    if listing.test.isEmpty { dataset.whole = images.set(from: 0, trainLabels + testLabels) }
    return dataset
  }

  /// The files to train on and to test with; where there is no folder of the latter, some of the former. There are none to test with
  /// where a single one is tested on as it is.
  private static func parted(
    _ listing: PictureListing, _ path: String, _ options: PictureOptions, _ note: (String) -> Void
  ) throws(FileError) -> (train: [PictureListing.File], test: [PictureListing.File]) {
    guard listing.test.isEmpty else { return (listing.train, listing.test) }
    let all = listing.train
    if all.count == 1 && options.isForTesting { return (all, []) }
    guard all.count > 1 else {
      throw FileError(path: path, reason: "holds one picture; it takes one to train on and one to test with at least")
    }
    let count = min(max(1, Int((options.testShare * Double(all.count)).rounded())), all.count - 1)
    let labels = Labels(labels: all.map { Int32($0.label) }, classes: listing.classes.count)
    guard let (train, test) = try? labels.stratifiedSplit(validation: count, seed: options.seed) else {
      return (all, [])  // cannot be: each has a class
    }
    note(
      "\(path): no folder of test pictures; \(counted(count, "picture")) of \(all.count), the same share of each class, are set "
        + "aside by seed \(options.seed)")
    return (train.map { all[Int($0)] }, test.map { all[Int($0)] })
  }
}

/// What is split by class before anything is decoded.
private struct Labels: SampleSource {
  let labels: [Int32]
  let classes: Int
  var count: Int { labels.count }
  var inputShape: [Int] { [1] }
  var targetFormat: TargetFormat { .classes(classes) }

  func loadInputs(_ index: Span<Int32>, into inputs: consuming MutableSpan<Float>, on kernels: Kernels) {}
  func loadClasses(_ index: Span<Int32>, into classes: consuming MutableSpan<Int32>) {
    for i in index.indices { classes[i] = labels[Int(index[i])] }
  }
}

/// Decoded pictures, in memory or in a file of the cache.
private struct PictureImages {
  private let storage: ByteStorage
  private let rule: PictureRule
  /// The places of the files that could not be read.
  let skipped: [Int]
  private let reasons: [String]
  private let total: Int

  init(
    _ root: String, _ paths: [String], _ options: PictureOptions, _ progress: (Dataset.PictureProgress) -> Void
  ) throws(FileError) {
    total = paths.count
    let cache = try PictureContents.cacheFile(root, paths, options)
    if let (contents, file) = try cache.find() {
      (storage, rule, skipped, reasons) = (.file(file), contents.rule, contents.skipped, contents.reasons)
      return
    }
    let (headers, failures) = PictureDecoding.headers(paths)
    try Self.check(failures, options, paths.count)
    let rule = PictureRule(options, headers)
    guard rule.width <= Picture.largestSide, rule.height <= Picture.largestSide else {
      throw FileError(path: root, reason: "images of \(rule.size) exceed \(Picture.largestSide)×\(Picture.largestSide)")
    }
    /// Decodes all pictures, and says which could not be.
    func decode(_ write: ([UInt8]) throws(FileError) -> Void) throws(FileError) -> [PictureDecoding.Failure] {
      let failures = try PictureDecoding.images(paths, rule) { (pixels, done) throws(FileError) in
        try write(pixels)
        progress(Dataset.PictureProgress(done: done, total: paths.count))
      }
      try Self.check(failures, options, paths.count)
      return failures
    }
    self.rule = rule
    let bytes = headers.count * rule.bytes
    if bytes > options.memoryLimit {
      let (contents, file) = try cache.make(reserving: bytes) { (file) throws(FileError) in
        let failures = try decode { (pixels) throws(FileError) in try file.write(pixels) }
        return PictureContents(
          rule: rule, skipped: failures.map(\.index), reasons: failures.map(\.error.description),
          count: paths.count - failures.count)
      }
      (storage, skipped, reasons) = (.file(file), contents.skipped, contents.reasons)
    } else {
      var pixels: [UInt8] = []
      pixels.reserveCapacity(bytes)
      let failures = try decode { (images) throws(FileError) in pixels += images }
      (storage, skipped, reasons) = (.array(pixels), failures.map(\.index), failures.map(\.error.description))
    }
  }

  private static func check(
    _ failures: [PictureDecoding.Failure], _ options: PictureOptions, _ total: Int
  ) throws(FileError) {
    guard let first = failures.first else { return }
    guard options.skipsUnreadable else {
      let others = failures.count > 1 ? "; \(failures.count) of \(total) pictures cannot be read" : ""
      throw FileError(
        path: first.error.path, reason: first.error.reason + others + "; mend it, or skip unreadable ones")
    }
    guard failures.count < total else {
      throw FileError(path: first.error.path, reason: "\(first.error.reason); no picture can be read")
    }
  }

  func noteSkipped(of path: String, _ note: (String) -> Void) {
    guard !skipped.isEmpty else { return }
    note(
      "\(path): left out \(skipped.count) of \(total) pictures that cannot be read: \(reasons.prefix(5).joined(separator: "; "))"
        + (reasons.count > 5 ? "; …" : ""))
  }

  /// The images from number `first` on, as many as there are labels.
  func set(from first: Int, _ labels: [Int32]) -> ImageSet {
    ImageSet(storage, from: first * rule.bytes, size: rule.size, channels: rule.channels, labels: labels)
  }
}

/// What the pixels of a folder's pictures in a file of the cache are.
private struct PictureContents: CachedContents {
  let rule: PictureRule
  /// The files that could not be read, by their places in the list, and why.
  let skipped: [Int]
  let reasons: [String]
  /// The number of images.
  let count: Int

  var byteCount: Int? {
    guard rule.isSensible, count >= 0 else { return nil }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: rule.bytes)
    return overflow ? nil : bytes
  }

  /// The place of pictures in the cache.
  ///
  /// - Parameters:
  ///   - root: the folder of the pictures.
  ///   - paths: the pictures in the order of the images.
  ///   - options: what they are asked to become.
  static func cacheFile(
    _ root: String, _ paths: [String], _ options: PictureOptions
  ) throws(FileError) -> CacheFile<PictureContents> {
    let root = URL(fileURLWithPath: root).standardizedFileURL.path
    let size = options.size.map { "\($0)" } ?? "most frequent"
    let rule = "\(size) \(options.fit) \(options.channels ?? 0) \(options.skipsUnreadable)"
    return try CacheFile(folder: options.cacheFolder, kind: "pixels", request: "\(root)\n\(rule)", sources: paths)
  }
}

private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
