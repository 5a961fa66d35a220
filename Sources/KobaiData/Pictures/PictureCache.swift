import Foundation
import KobaiFiles

/// A file of the cache with the pixels of a folder's pictures: all images one after the other, behind them a description as JSON, its
/// length, and a magic number. It is found by the folder and the options, and is of use as long as the pictures have the same
/// names, sizes and times of change. A lock keeps two processes from making it at the same time; until it is whole, it is
/// not there.
struct PictureCache {
  private let path: String
  private let stamp: String

  /// What stands behind the pixels.
  struct Contents: Codable, Equatable {
    /// The digest of the pictures' names, sizes and times, and of what they are asked to become.
    fileprivate var stamp = ""
    let rule: PictureRule
    /// The files that could not be read, by their places in the list, and why.
    let skipped: [Int]
    let reasons: [String]
    /// The number of images.
    let count: Int

    init(rule: PictureRule, skipped: [Int], reasons: [String], count: Int) {
      (self.rule, self.skipped, self.reasons, self.count) = (rule, skipped, reasons, count)
    }
  }

  private static let magic = Array("KOBAIPX1".utf8)

  /// The place of pictures in the cache.
  ///
  /// - Parameters:
  ///   - root: the folder of the pictures.
  ///   - paths: the pictures in the order of the images.
  init(_ root: String, _ paths: [String], _ options: PictureOptions) {
    let root = URL(fileURLWithPath: root).standardizedFileURL.path
    let size = options.size.map { "\($0)" } ?? "most frequent"
    let rule = "\(size) \(options.fit) \(options.channels ?? 0) \(options.skipsUnreadable)"
    var hash = SHA256()
    for path in paths {
      let (size, modified) = fileStamp(path) ?? (-1, -1)
      unsafe hash.update(Array("\(path)\0\(size)\0\(modified)\0".utf8).span.bytes)
    }
    stamp = hash.hexDigest()
    path = "\(options.cacheFolder)/\(SHA256.hexDigest(of: Array("\(root)\n\(rule)".utf8))).pixels"
  }

  /// The images of the pictures as they are now; nil where they are not there.
  func find() -> (Contents, MappedFile)? {
    guard let file = try? MappedFile(path) else { return nil }
    let end = file.count - 16
    func bytes(_ range: Range<Int>) -> [UInt8] { range.map { file.elements[$0] } }
    guard end >= 0, bytes(end + 8..<end + 16) == Self.magic else { return nil }
    let length = bytes(end..<end + 8).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length >= 0, length <= end else { return nil }
    let json = Data(bytes(end - length..<end))
    guard let contents = try? JSONDecoder().decode(Contents.self, from: json), contents.stamp == stamp,
      contents.rule.isSensible, (0...end).contains(contents.count),
      contents.count * contents.rule.bytes == end - length
    else { return nil }
    return (contents, file)
  }

  /// Makes the file, unless another process has done so in the meantime.
  ///
  /// - Parameters:
  ///   - bytes: how many of pixels there will be, or fewer.
  ///   - write: writes the pixels, and says what they are.
  func make(
    reserving bytes: Int, _ write: (AtomicFile) throws(FileError) -> Contents
  ) throws(FileError) -> (Contents, MappedFile) {
    try createFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    return try withFileLock("\(path).lock") { () throws(FileError) in
      if let found = find() { return found }
      let file = try AtomicFile(path)
      try file.reserve(bytes)
      var contents = try write(file)
      contents.stamp = stamp
      guard let json = try? JSONEncoder().encode(contents) else { throw unusable }
      try file.write(json + (0..<8).map { UInt8(json.count >> (8 * $0) & 0xff) } + Self.magic)
      try file.commit()
      guard let found = find() else { throw unusable }
      return found
    }
  }

  private var unusable: FileError {
    FileError(path: path, reason: "cannot be read back; remove it, or give the cache another folder")
  }
}
