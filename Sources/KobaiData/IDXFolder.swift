import Foundation
import KobaiFiles

/// The four files of MNIST and of every set laid out like it (Fashion-MNIST, KMNIST, EMNIST, QMNIST), found in a folder.
struct IDXFolder {
  let trainImages: String, trainLabels: String, testImages: String, testLabels: String
  /// The folder they lie in.
  let path: String
  /// What their names begin with, such as "emnist-letters-".
  let prefix: String

  /// Looks into the folder itself, then where torchvision and archives put the files: "raw" and "gzip", at last the "raw"
  /// of every folder, as in "MNIST/raw".
  ///
  /// - Parameter path: the folder. Where one folder holds several sets, as EMNIST's does, the name of one continues
  ///   it: "gzip/emnist-letters".
  init(_ path: String) throws(FileError) {
    let kind = try fileStatus(path)?.kind
    let isFolder = kind == .folder
    guard kind == nil || isFolder else {
      throw FileError(path: path, reason: "is a file; name the folder that holds the IDX files")
    }
    let url = URL(fileURLWithPath: path)
    let folder = isFolder ? path : url.deletingLastPathComponent().path
    let wanted = isFolder ? nil : url.lastPathComponent + "-"
    let names = try isFolder ? listFolder(folder) : listFolderIfAny(folder)
    let rawFolders = names.sorted().map { "\($0)/raw" }
    var found: [Found] = []
    for subfolders in [[""], ["raw", "gzip"], rawFolders] where found.isEmpty {
      for subfolder in subfolders {
        let inner = subfolder.isEmpty ? folder : "\(folder)/\(subfolder)"
        let listing = try IDXListing(inner, names: subfolder.isEmpty ? names : listFolderIfAny(inner))
        let prefixes = listing.prefixes.filter { $0 == wanted ?? $0 }
        // A set without a prefix is the folder's own.
        found += (prefixes.contains("") ? [""] : prefixes).map {
          Found(subfolder: subfolder, listing: listing, prefix: $0)
        }
      }
    }
    guard found.count <= 1 else {
      let sets = found.map(\.name).joined(separator: ", ")
      throw FileError(path: path, reason: "holds several sets; continue the path with one of \(sets)")
    }
    guard let set = found.first else {
      throw FileError(
        path: path,
        reason: isFolder
          ? "holds no train-images-idx3-ubyte (.gz or plain)"
          : "no such folder; name one that holds train-images-idx3-ubyte and its companions")
    }
    func find(_ file: IDXFileName) throws(FileError) -> String {
      if let found = set.listing.path(of: file, prefix: set.prefix) { return found }
      throw FileError(path: path, reason: "holds no \(set.prefix)\(file.usual) (.gz or plain)")
    }
    trainImages = try find(.trainImages)
    trainLabels = try find(.trainLabels)
    testImages = try find(.testImages)
    testLabels = try find(.testLabels)
    (self.path, prefix) = (set.listing.folder, set.prefix)
  }

  /// A set of files, by its training images.
  private struct Found {
    let subfolder: String
    let listing: IDXListing
    let prefix: String

    /// What continues the path of the folder that was named.
    var name: String { [subfolder, String(prefix.dropLast())].filter { !$0.isEmpty }.joined(separator: "/") }
  }
}

/// The names that one of a set's files goes by, behind the set's prefix.
private struct IDXFileName {
  let stems: [String]
  let kinds: [String]

  private static let labelKinds = ["idx1-ubyte", "idx2-int", "idx1-int", "idx1-short", "idx1-byte", "idx2-ubyte"]
  static let trainImages = IDXFileName(stems: ["train-images"], kinds: ["idx3-ubyte"])
  static let trainLabels = IDXFileName(stems: ["train-labels"], kinds: labelKinds)
  static let testImages = IDXFileName(stems: ["t10k-images", "test-images"], kinds: ["idx3-ubyte"])
  static let testLabels = IDXFileName(stems: ["t10k-labels", "test-labels"], kinds: labelKinds)
  static let all = [trainImages, trainLabels, testImages, testLabels]

  /// What it is called in MNIST.
  var usual: String { "\(stems[0])-\(kinds[0])" }

  /// All names, the likeliest first.
  var spellings: [String] {
    stems.flatMap { stem in
      kinds.flatMap { kind in ["-", "."].flatMap { ["\(stem)\($0)\(kind)", "\(stem)\($0)\(kind).gz"] } }
    }
  }
}

/// The IDX files of one folder by their names. Where a folder is called like an IDX file, as archives leave them
/// ("train-images-idx3-ubyte/train-images-idx3-ubyte"), the files in it count as if they lay beside it.
private struct IDXListing {
  let folder: String
  private let files: [String: String]

  /// - Parameter names: what is in the folder.
  init(_ folder: String, names: [String]) throws(FileError) {
    let spellings = IDXFileName.all.flatMap(\.spellings)
    func isIDX(_ name: String) -> Bool { spellings.contains { name.hasSuffix($0) } }
    var files: [String: String] = [:]
    var folders: [String] = []
    for name in names where isIDX(name) {
      if try isFolder("\(folder)/\(name)") {
        folders.append("\(folder)/\(name)")
      } else {
        files[name] = "\(folder)/\(name)"
      }
    }
    for inner in folders.sorted() {
      for name in try listFolderIfAny(inner) where isIDX(name) && files[name] == nil {
        if try !isFolder("\(inner)/\(name)") { files[name] = "\(inner)/\(name)" }
      }
    }
    (self.folder, self.files) = (folder, files)
  }

  /// What stands before "train-images-idx3-ubyte" in the names of training images.
  var prefixes: [String] {
    let all = files.keys.compactMap { name in
      IDXFileName.trainImages.spellings.first { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) }
    }
    return Set(all).sorted()
  }

  func path(of file: IDXFileName, prefix: String) -> String? {
    file.spellings.lazy.compactMap { files[prefix + $0] }.first
  }
}
