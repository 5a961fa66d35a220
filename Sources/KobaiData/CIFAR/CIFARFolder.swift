import Foundation
import KobaiFiles
import KobaiKernels

/// Which of CIFAR-100's two labels are the classes; CIFAR-10 has one.
public enum CIFARLabels: Sendable, Equatable {
  /// The 100 classes.
  case fine
  /// The 20 groups that they belong to.
  case coarse
}

/// The binary version of CIFAR-10 or CIFAR-100 in a folder (A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images",
/// 2009, https://www.cs.toronto.edu/~kriz/cifar.html).
struct CIFARFolder {
  let folder: String
  let isHundred: Bool

  /// Looks into the folder itself, then where the archives put the files.
  ///
  /// - Returns: nil where there are none of them.
  /// - Throws: `FileError` where the system does not say.
  init?(_ path: String) throws(FileError) {
    let candidates = [
      (path, ["data_batch_1.bin"]), ("\(path)/cifar-10-batches-bin", ["data_batch_1.bin"]),
      (path, ["train.bin", "test.bin"]), ("\(path)/cifar-100-binary", ["train.bin", "test.bin"]),
    ]
    for (folder, files) in candidates {
      var found = 0
      for file in files where try fileStatus("\(folder)/\(file)") != nil { found += 1 }
      if found == files.count {
        (self.folder, isHundred) = (folder, found == 2)
        return
      }
    }
    return nil
  }

  var trainFiles: [String] { isHundred ? ["train.bin"] : (1...5).map { "data_batch_\($0).bin" } }
  var testFile: String { isHundred ? "test.bin" : "test_batch.bin" }
  var name: String { isHundred ? "CIFAR-100" : "CIFAR-10" }

  /// The file with the names of the classes.
  func namesFile(_ labels: CIFARLabels) -> String {
    guard isHundred else { return "batches.meta.txt" }
    return labels == .fine ? "fine_label_names.txt" : "coarse_label_names.txt"
  }

  /// The number of the classes.
  func classCount(_ labels: CIFARLabels) -> Int { isHundred ? labels == .fine ? 100 : 20 : 10 }

  /// The images of several files, one after the other. Each is a record of its labels and the planes of red, green and blue.
  func images(_ files: [String], _ labels: CIFARLabels, _ storage: ImageStorage) throws(FileError) -> ImageSet {
    let paths = files.map { "\(folder)/\($0)" }
    var bytes = 0
    for (file, path) in zip(files, paths) {
      if let status = try fileStatus(path) {
        bytes += status.size
        continue
      }
      throw FileError(path: folder, reason: "holds no \(file) of \(name); unpack the archive again")
    }
    // Labels lie between the images of the files: what is mapped is a file of the cache with the images, and their labels behind.
    func set(_ storage: ByteStorage, _ classes: [Int32]) -> ImageSet {
      ImageSet(storage, from: 0, size: Size2D(Self.side), channels: 3, labels: classes)
    }
    guard bytes > storage.memoryLimit else {
      var (pixels, classes) = ([UInt8](), [Int32]())
      pixels.reserveCapacity(bytes)
      for path in paths {
        try read(path, labels) { (images, labels) throws(FileError) in
          pixels += images
          classes += labels.map { Int32($0) }
        }
      }
      return set(.array(pixels), classes)
    }
    let cached = try CacheFile<PlainContents>(
      folder: storage.cache, kind: "pixels", request: "\(name) \(labels)\n\(paths.joined(separator: "\n"))",
      sources: paths)
    let (contents, file) = try cached.findOrMake(reserving: bytes) { (file) throws(FileError) in
      var classes: [UInt8] = []
      for path in paths {
        try read(path, labels) { (images, labels) throws(FileError) in
          try file.write(images)
          classes += labels
        }
      }
      try file.write(classes)
      return PlainContents(count: classes.count * (Self.pixels + 1))
    }
    let count = contents.count / (Self.pixels + 1)
    return set(.file(file), (0..<count).map { Int32(file.elements[count * Self.pixels + $0]) })
  }

  private static let side = 32
  private static let pixels = 3 * side * side

  /// Reads one of the files, some megabytes after the other.
  ///
  /// - Parameters:
  ///   - path: the path of the file.
  ///   - labels: which of the labels are the classes.
  ///   - take: is given some images' pixels, one image after the other, and their classes.
  private func read(
    _ path: String, _ labels: CIFARLabels, _ take: (_ pixels: [UInt8], _ classes: [UInt8]) throws(FileError) -> Void
  ) throws(FileError) {
    let file = try FileContents(path)
    let labelBytes = isHundred ? 2 : 1
    let (record, labelByte) = (labelBytes + Self.pixels, isHundred && labels == .fine ? 1 : 0)
    guard file.count % record == 0 else {
      throw FileError(
        path: path, reason: "\(file.count) bytes are no records of \(record), as \(name)'s are; take another copy")
    }
    guard file.count > 0 else { throw FileError(path: path, reason: "it holds no images") }
    let (count, atOnce) = (file.count / record, 1024)
    for first in stride(from: 0, to: count, by: atOnce) {
      let end = min(first + atOnce, count)
      let records = try file.bytes(first * record..<end * record)
      var (pixels, classes) = ([UInt8](), [UInt8]())
      pixels.reserveCapacity((end - first) * Self.pixels)
      for start in stride(from: 0, to: records.count, by: record) {
        let label = records[start + labelByte]
        guard label < classCount(labels) else {
          throw FileError(
            path: path,
            reason:
              "label \(label) of image \(first + start / record + 1); classes go from 0 to \(classCount(labels) - 1)")
        }
        classes.append(label)
        pixels += records[start + labelBytes..<start + record]
      }
      try take(pixels, classes)
    }
  }

  /// The names of the classes, one a line; nil where their file is missing.
  func classNames(_ labels: CIFARLabels) throws(FileError) -> [String]? {
    let path = "\(folder)/\(namesFile(labels))"
    guard try fileStatus(path) != nil else { return nil }
    let text = String(decoding: try readFile(path, limit: 1 << 20), as: UTF8.self)
    let names = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
    guard names.count == classCount(labels) else {
      throw FileError(path: path, reason: "\(names.count) names for \(classCount(labels)) classes")
    }
    return names
  }
}

extension Dataset {
  /// The binary version of CIFAR-10 or CIFAR-100: 50,000 images to train on and 10,000 to test, of 3×32×32 pixels, and the
  /// names of their classes.
  ///
  /// - Parameters:
  ///   - path: the folder with data_batch_1.bin and its companions, or with train.bin and test.bin.
  ///   - labels: which of CIFAR-100's two labels are the classes.
  ///   - storage: where the pixels go.
  /// - Throws: `FileError` that names the file which is missing or damaged.
  public static func load(
    cifar path: String, labels: CIFARLabels = .fine, storage: ImageStorage = ImageStorage()
  ) throws(FileError) -> Dataset {
    guard let files = try CIFARFolder(path) else {
      throw FileError(
        path: path,
        reason: "holds no CIFAR in its binary version: neither data_batch_1.bin, nor train.bin and test.bin")
    }
    let train = try files.images(files.trainFiles, labels, storage)
    let test = try files.images([files.testFile], labels, storage)
    let classes = 1 + Int(max(train.labels.max() ?? 0, test.labels.max() ?? 0))
    var names: ClassNames?
    let all = try files.classNames(labels)
    do throws(ClassNames.Problem) {
      if let all { names = try ClassNames(Array(all.prefix(classes))) }
    } catch {
      throw FileError(path: "\(files.folder)/\(files.namesFile(labels))", reason: error.description)
    }
    return try Dataset(name: path, train: train, test: test, path: path, classNames: names)
  }
}
