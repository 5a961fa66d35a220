import Foundation
import KobaiFiles

/// The picture files of a folder with a folder for each class, and what else lies there. Nothing is read but names.
struct PictureListing {
  /// A picture file, and its class.
  struct File {
    let path: String
    let label: Int
    fileprivate let key: NaturalKey
  }

  /// The names of the classes, sorted.
  let classes: [String]
  /// The files to train on, in the order of the samples.
  let train: [File]
  /// The files to test with; empty where there is no folder of them.
  let test: [File]
  /// Files that are no pictures.
  let others: [String]

  /// Lists a folder, or the "train" and "test" in it.
  init(_ root: String) throws(FileError) {
    guard let kind = try fileStatus(root)?.kind else {
      throw FileError(path: root, reason: "no such folder; name one that has a folder of pictures for each class")
    }
    guard kind == .folder else {
      throw FileError(path: root, reason: "is a file; name a folder that has a folder of pictures for each class")
    }
    let (folders, files) = try Self.contents(root)
    func folder(_ names: [String]) -> String? {
      names.lazy.compactMap { name in folders.first { $0.lowercased() == name } }.first.map { "\(root)/\($0)" }
    }
    let (trainNames, testNames) = (["train", "training"], ["test", "testing", "val", "valid", "validation"])
    let testFolder = folder(testNames)
    var trainFolder = folder(trainNames)
    if let path = trainFolder, try Self.isClass(path) {
      // Beside other classes it is one of that name: trains beside buses.
      for name in folders where !(trainNames + testNames).contains(name.lowercased()) {
        if try Self.isClass("\(root)/\(name)") { trainFolder = nil }
      }
    }
    var others = files.map { "\(root)/\($0)" }
    let trainClasses = try Self.classes(trainFolder ?? root, &others)
    let testClasses =
      trainFolder == nil
      ? []
      : try testFolder.map { (path) throws(FileError) in
        try Self.classes(path, &others)
      } ?? []
    // The names of both, so that one that is missing in the other has the same number in both.
    classes = Set((trainClasses + testClasses).map(\.name)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let labels = Dictionary(uniqueKeysWithValues: zip(classes, 0...))
    func sorted(_ found: [Class]) -> [File] {
      let files = found.flatMap { found in
        found.files.map {
          File(path: $0, label: labels[found.name] ?? 0, key: NaturalKey(URL(fileURLWithPath: $0).lastPathComponent))
        }
      }
      return files.sorted { a, b in
        if a.key != b.key { return a.key < b.key }
        return a.label != b.label ? a.label < b.label : a.path.utf8.lexicographicallyPrecedes(b.path.utf8)
      }
    }
    (train, test, self.others) = (sorted(trainClasses), sorted(testClasses), others)
  }

  private struct Class {
    let name: String
    let files: [String]
  }

  /// The folders of classes in a folder, and the pictures in each of them.
  private static func classes(_ root: String, _ others: inout [String]) throws(FileError) -> [Class] {
    let (folders, files) = try contents(root)
    others += files.map { "\(root)/\($0)" }
    guard !folders.isEmpty else {
      let hasPictures = files.contains(where: PictureName.isPicture)
      throw FileError(
        path: root,
        reason: hasPictures
          ? "holds pictures, but no classes; put those of a class into a folder of its name"
          : "holds no folders; it takes one for each class, with PNG or JPEG files")
    }
    var found: [Class] = []
    for name in folders {
      var pictures: [String] = []
      try collect("\(root)/\(name)", depth: 0, &pictures, &others)
      guard !pictures.isEmpty else {
        throw FileError(
          path: "\(root)/\(name)", reason: "holds no PNG or JPEG files; put some of its class there, or remove it")
      }
      found.append(Class(name: name, files: pictures))
    }
    return found
  }

  /// Whether a folder has pictures in itself, and no folders.
  private static func isClass(_ path: String) throws(FileError) -> Bool {
    let (folders, files) = try contents(path)
    return folders.isEmpty && files.contains(where: PictureName.isPicture)
  }

  /// The pictures in a folder and in those below it.
  private static func collect(
    _ folder: String, depth: Int, _ pictures: inout [String], _ others: inout [String]
  ) throws(FileError) {
    let deepest = 16
    guard depth <= deepest else {
      throw FileError(path: folder, reason: "lies more than \(deepest) folders deep; does a link lead back up?")
    }
    let (folders, files) = try contents(folder)
    for file in files {
      if PictureName.isPicture(file) {
        pictures.append("\(folder)/\(file)")
      } else {
        others.append("\(folder)/\(file)")
      }
    }
    for inner in folders { try collect("\(folder)/\(inner)", depth: depth + 1, &pictures, &others) }
  }

  /// What is in a folder, but for what is hidden; links count as what they lead to.
  private static func contents(_ folder: String) throws(FileError) -> (folders: [String], files: [String]) {
    let names = try listFolder(folder)
    var (folders, files) = ([String](), [String]())
    for name in names where !name.hasPrefix(".") {
      // A name with a picture's ending is a file: to ask the system about each takes longer than to list them.
      if PictureName.isPicture(name) {
        files.append(name)
        continue
      }
      if try isFolder("\(folder)/\(name)") { folders.append(name) } else { files.append(name) }
    }
    return (folders.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }, files)
  }
}

/// A name as people sort names: numbers in it count as numbers, so that "9.png" comes before "10.png".
struct NaturalKey: Comparable {
  private let bytes: [UInt8]

  init(_ name: String) { bytes = Array(name.utf8) }

  static func < (a: NaturalKey, b: NaturalKey) -> Bool {
    let (x, y) = (a.bytes.span, b.bytes.span)
    func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    var (i, j) = (0, 0)
    while i < x.count, j < y.count {
      guard isDigit(x[i]), isDigit(y[j]) else {
        if x[i] != y[j] { return x[i] < y[j] }
        (i, j) = (i + 1, j + 1)
        continue
      }
      while i < x.count, x[i] == 0x30 { i += 1 }
      while j < y.count, y[j] == 0x30 { j += 1 }
      var (m, n) = (i, j)
      while m < x.count, isDigit(x[m]) { m += 1 }
      while n < y.count, isDigit(y[n]) { n += 1 }
      if m - i != n - j { return m - i < n - j }
      while i < m {
        if x[i] != y[j] { return x[i] < y[j] }
        (i, j) = (i + 1, j + 1)
      }
    }
    if i < x.count || j < y.count { return j < y.count }
    return a.bytes.lexicographicallyPrecedes(b.bytes)  // 1 and 01
  }
}
