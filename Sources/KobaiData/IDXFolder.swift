import Foundation
import KobaiFiles
import KobaiKernels

/// The four files of MNIST and of every set laid out like it (Fashion-MNIST, KMNIST, EMNIST), found in a folder.
struct IDXFolder {
  let trainImages: String, trainLabels: String, testImages: String, testLabels: String

  /// - Parameter path: the folder. Where one folder holds several sets, as EMNIST's does, the name of one continues
  ///   it: "gzip/emnist-letters".
  init(_ path: String) throws(FileError) {
    var isFolder: ObjCBool = false
    let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    let url = URL(fileURLWithPath: path)
    let folder = isFolder.boolValue ? path : url.deletingLastPathComponent().path
    guard !exists || isFolder.boolValue else {
      throw FileError(path: path, reason: "is a file; name the folder that holds the IDX files")
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let prefixes = Set(names.compactMap { Self.prefix(ofTrainImages: $0) })
    let wanted = isFolder.boolValue ? "" : url.lastPathComponent + "-"
    let prefix: String
    if prefixes.contains(wanted) {
      prefix = wanted
    } else if !isFolder.boolValue {
      throw FileError(path: path, reason: "no such folder; name one that holds \(Self.expected)")
    } else if prefixes.count > 1 {
      let sets = prefixes.sorted().map { $0.dropLast() }.joined(separator: ", ")
      throw FileError(path: path, reason: "holds several sets; continue the path with one of \(sets)")
    } else {
      prefix = prefixes.first ?? ""
    }
    func find(_ stems: [String], _ kind: String) throws(FileError) -> String {
      for stem in stems {
        for name in Self.spellings(prefix + stem, kind) where names.contains(name) { return "\(folder)/\(name)" }
      }
      throw FileError(path: path, reason: "holds no \(prefix)\(stems[0])-\(kind) (.gz or plain)")
    }
    trainImages = try find(["train-images"], "idx3-ubyte")
    trainLabels = try find(["train-labels"], "idx1-ubyte")
    testImages = try find(["t10k-images", "test-images"], "idx3-ubyte")
    testLabels = try find(["t10k-labels", "test-labels"], "idx1-ubyte")
  }

  private static let expected = "train-images-idx3-ubyte and its companions"

  private static func spellings(_ stem: String, _ kind: String) -> [String] {
    ["\(stem)-\(kind)", "\(stem).\(kind)"].flatMap { [$0, $0 + ".gz"] }
  }

  /// "emnist-letters-" for "emnist-letters-train-images-idx3-ubyte.gz"; nil for other files.
  private static func prefix(ofTrainImages name: String) -> String? {
    spellings("train-images", "idx3-ubyte").first { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) }
  }
}

extension Dataset {
  /// The set of IDX files in a folder. Images' size and classes come from the files.
  public static func load(folder path: String) throws(FileError) -> Dataset {
    let folder = try IDXFolder(path)
    let train = try ImageSet(
      images: IDX(path: folder.trainImages, rank: 3), labels: IDX(path: folder.trainLabels, rank: 1),
      paths: (folder.trainImages, folder.trainLabels))
    let test = try ImageSet(
      images: IDX(path: folder.testImages, rank: 3), labels: IDX(path: folder.testLabels, rank: 1),
      paths: (folder.testImages, folder.testLabels))
    return try Dataset(name: path, train: train, test: test, path: path)
  }
}

extension ImageSet {
  /// Images of an IDX file without labels; each is given the class 0.
  public static func load(images path: String) throws(FileError) -> ImageSet {
    let images = try IDX(path: path, rank: 3)
    guard images.sizes[0] > 0, images.sizes[1] > 0, images.sizes[2] > 0 else {
      throw FileError(path: path, reason: "it holds no images")
    }
    return ImageSet(
      pixels: Array(images.bytes[images.start...]), size: Size2D(images.sizes[1], images.sizes[2]),
      labels: [UInt8](repeating: 0, count: images.sizes[0]))
  }
}
