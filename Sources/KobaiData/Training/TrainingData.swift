import Foundation
import KobaiFiles
import KobaiKernels

/// What a network should make of samples, without sizes. Numbers are several labels at once, or just numbers: of these, data do not
/// say by themselves which they are.
public enum TargetKind: String, Sendable, CaseIterable, Codable {
  /// One of several classes.
  case classes
  /// Any of several labels.
  case labels
  /// Numbers.
  case values
  /// The input itself.
  case input
}

/// Samples to train a network on and to test it with, of any kind: images, rows of tables, arrays.
///
/// ```swift
/// let wine = try TrainingData(contentsOf: "wine.csv")
/// print(wine.train.count, wine.test.count, wine.classNames?.names ?? [])
/// ```
public struct TrainingData: Sendable {
  /// Where they are from, in a few words.
  public let name: String
  /// What they were recognised as; nil where they are from no file.
  public let kind: DataKind?
  /// The samples to train on.
  public let train: any SampleSource
  /// The samples to test with.
  public let test: any SampleSource
  /// What a network should make of them.
  public let targets: TargetKind
  /// The names of classes or labels; nil for other targets.
  public let classNames: ClassNames?
  /// The images and their classes; nil where samples are no images.
  public let images: Dataset?
  /// How the rows of a table became numbers; nil where there is no table.
  public let encoding: TableEncoding?
  /// All samples, where those to test with were set aside from them; nil where they were apart from the beginning.
  public let whole: (any SampleSource)?

  /// A set of images.
  ///
  /// - Parameters:
  ///   - images: the images and their classes.
  ///   - kind: what they were recognised as.
  ///   - targets: ``TargetKind/classes``, or ``TargetKind/input`` for images that are their own targets.
  public init(_ images: Dataset, kind: DataKind? = nil, targets: TargetKind = .classes) {
    self.init(images, kind: kind, targets: targets, whole: nil)
  }

  init(_ images: Dataset, kind: DataKind?, targets: TargetKind, whole: ImageSet?) {
    func asked(_ set: ImageSet) -> any SampleSource {
      targets == .input ? set.replacingTargets(with: .input) : set
    }
    (name, self.kind, self.targets, self.images) = (images.name, kind, targets, images)
    (train, test, self.whole) = (asked(images.train), asked(images.test), whole.map(asked))
    (classNames, encoding) = (targets == .classes ? images.classNames : nil, nil)
  }

  /// Samples of any source.
  ///
  /// - Parameters:
  ///   - name: where they are from, in a few words.
  ///   - train: the samples to train on.
  ///   - test: the samples to test with.
  ///   - targets: what a network should make of them; nil takes classes for classes and numbers for values.
  ///   - classNames: the names of classes or labels; numbers unless given.
  public init(
    name: String, train: any SampleSource, test: any SampleSource, targets: TargetKind? = nil,
    classNames: ClassNames? = nil
  ) {
    self.init(
      name: name, kind: nil, train: train, test: test, targets: targets ?? train.targetFormat.kind,
      classNames: classNames)
  }

  init(
    name: String, kind: DataKind?, train: any SampleSource, test: any SampleSource, targets: TargetKind,
    classNames: ClassNames? = nil, encoding: TableEncoding? = nil, whole: (any SampleSource)? = nil
  ) {
    (self.name, self.kind, self.train, self.test) = (name.printable, kind, train, test)
    (self.targets, self.encoding, self.whole, images) = (targets, encoding, whole, nil)
    let tested = if case .classes(let count, _) = test.targetFormat { count } else { 0 }
    self.classNames =
      switch (train.targetFormat, targets) {
      case (.classes(let count, _), _): classNames ?? ClassNames(count: max(count, tested))
      case (.values(let shape), .labels): classNames ?? ClassNames(count: shape.reduce(1, *))
      default: nil
      }
  }

  /// SHA-256 over all samples: the same digest, the same data. That of images is the one of their ``Dataset``.
  public var sha256: String {
    get throws {
      if let images { return images.sha256 }
      var hash = SHA256()
      for source in [train, test] { try source.update(&hash) }
      if let encoding {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        unsafe hash.update(Array(try encoder.encode(encoding)).span.bytes)
      }
      return hash.hexDigest()
    }
  }

  /// The same to train on, with other samples of the same kind to test with.
  ///
  /// - Throws: `FileError` where images do not fit those to train on.
  public func tested(on test: any SampleSource) throws(FileError) -> TrainingData {
    if let images, let set = test.images {
      return TrainingData(
        try Dataset(name: name, train: images.train, test: set, path: name, classNames: images.classNames), kind: kind,
        targets: targets)
    }
    return TrainingData(
      name: name, kind: kind, train: train, test: test, targets: targets, classNames: classNames, encoding: encoding)
  }

  /// The same under other names of classes or labels.
  ///
  /// - Throws: ``ClassNames/Problem`` where there are too few or too many, or samples have none.
  public func named(_ names: ClassNames) throws(ClassNames.Problem) -> TrainingData {
    if let images, targets == .classes {
      return TrainingData(try images.named(names), kind: kind, targets: targets, whole: whole?.images)
    }
    guard let classNames else {
      throw ClassNames.Problem("the targets of \(name) are neither classes nor labels, which alone have names")
    }
    guard names.count == classNames.count else {
      throw ClassNames.Problem("\(names.count) names for the \(classNames.count) classes of \(name)")
    }
    return TrainingData(
      name: name, kind: kind, train: train, test: test, targets: targets, classNames: names, encoding: encoding,
      whole: whole)
  }
}

extension TargetFormat {
  /// What it is without sizes, where numbers are taken for numbers.
  public var kind: TargetKind {
    switch self {
    case .classes: .classes
    case .values: .values
    case .input: .input
    }
  }

  fileprivate var width: Int {
    switch self {
    case .classes(_, let shape), .values(let shape): shape.reduce(1, *)
    case .input: 0
    }
  }
}

extension SampleSource {
  /// Adds shapes, inputs, targets and weights of all samples to a digest.
  fileprivate func update(_ hash: inout SHA256) throws {
    unsafe hash.update(Array("\(count) \(inputShape) \(targetFormat) \(isWeighted) ".utf8).span.bytes)
    let (width, targets) = (inputShape.reduce(1, *), targetFormat.width)
    let block = max(1, 65536 / max(1, width + targets))
    for first in stride(from: 0, to: count, by: block) {
      let index = (Int32(first)..<Int32(min(first + block, count))).map { $0 }
      var numbers = [Float](repeating: 0, count: index.count * width)
      try loadInputs(index.span, into: numbers.mutableSpan, on: .default)
      unsafe hash.update(numbers.span.bytes)
      switch targetFormat {
      case .classes:
        var classes = [Int32](repeating: 0, count: index.count * targets)
        try loadClasses(index.span, into: classes.mutableSpan)
        unsafe hash.update(classes.span.bytes)
      case .values:
        numbers = [Float](repeating: 0, count: index.count * targets)
        try loadValues(index.span, into: numbers.mutableSpan)
        unsafe hash.update(numbers.span.bytes)
      case .input: break
      }
      guard isWeighted else { continue }
      numbers = [Float](repeating: 0, count: index.count)
      try loadWeights(index.span, into: numbers.mutableSpan)
      unsafe hash.update(numbers.span.bytes)
    }
  }
}
