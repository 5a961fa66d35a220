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
  init?(_ path: String) {
    func holds(_ folder: String, _ file: String) -> Bool {
      FileManager.default.fileExists(atPath: "\(folder)/\(file)")
    }
    let ten = [path, "\(path)/cifar-10-batches-bin"].first { holds($0, "data_batch_1.bin") }
    let hundred = [path, "\(path)/cifar-100-binary"].first { holds($0, "train.bin") && holds($0, "test.bin") }
    guard let folder = ten ?? hundred else { return nil }
    (self.folder, isHundred) = (folder, ten == nil)
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
  func images(_ files: [String], _ labels: CIFARLabels) throws(FileError) -> ImageSet {
    let (side, pixels) = (32, 3 * 32 * 32)
    let labelBytes = isHundred ? 2 : 1
    let record = labelBytes + pixels
    let labelByte = isHundred && labels == .fine ? 1 : 0
    var bytes: [UInt8] = []
    var classes: [UInt8] = []
    for file in files {
      let path = "\(folder)/\(file)"
      guard FileManager.default.fileExists(atPath: path) else {
        throw FileError(path: folder, reason: "holds no \(file) of \(name); unpack the archive again")
      }
      let records = try readFile(path)
      guard records.count % record == 0 else {
        throw FileError(
          path: path, reason: "\(records.count) bytes are no records of \(record), as \(name)'s are; take another copy")
      }
      guard !records.isEmpty else { throw FileError(path: path, reason: "it holds no images") }
      bytes.reserveCapacity(bytes.count + records.count)
      for start in stride(from: 0, to: records.count, by: record) {
        let label = records[start + labelByte]
        guard label < classCount(labels) else {
          throw FileError(
            path: path,
            reason: "label \(label) of image \(start / record + 1); classes go from 0 to \(classCount(labels) - 1)")
        }
        classes.append(label)
        bytes += records[start + labelBytes..<start + record]
      }
    }
    return ImageSet(pixels: bytes, size: Size2D(side), channels: 3, labels: classes.map { .init($0) })
  }

  /// The names of the classes, one a line; nil where their file is missing.
  func classNames(_ labels: CIFARLabels) throws(FileError) -> [String]? {
    let path = "\(folder)/\(namesFile(labels))"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
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
  /// - Throws: `FileError` that names the file which is missing or damaged.
  public static func load(cifar path: String, labels: CIFARLabels = .fine) throws(FileError) -> Dataset {
    guard let files = CIFARFolder(path) else {
      throw FileError(
        path: path,
        reason: "holds no CIFAR in its binary version: neither data_batch_1.bin, nor train.bin and test.bin")
    }
    let train = try files.images(files.trainFiles, labels)
    let test = try files.images([files.testFile], labels)
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
