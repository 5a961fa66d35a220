import Foundation
import KobaiFiles

/// What a file of the cache holds beside the bytes that were made.
protocol CachedContents: Codable, Equatable, Sendable {
  /// How many bytes were made; nil where nothing sensible can be, for a damaged file may say anything.
  var byteCount: Int? { get }
}

/// A file of the cache: bytes that were made of other files, behind them a description as JSON, the SHA-256 of both, the description's
/// length, and a magic number. It is found by what was asked for, and is of use as long as those files have the same names, sizes and
/// times of change, and its own bytes their digest. A lock keeps two processes from making it at the same time; until it is whole, it
/// is not there. What others may have written is refused.
struct CacheFile<Contents: CachedContents> {
  private let folder: String
  private let path: String
  private let sources: [String]
  private let stamp: String

  private struct Trailer: Codable {
    let stamp: String
    let contents: Contents
  }

  // The machine's order of bytes shows in the last character: a cache may be shared by different machines.
  private static var magic: [UInt8] { Array("KOBAIC2\(1.littleEndian == 1 ? "l" : "b")".utf8) }

  /// The place of something in the cache.
  ///
  /// - Parameters:
  ///   - folder: the folder of the cache.
  ///   - kind: what the file's name ends with, such as "pixels".
  ///   - request: what is asked for: other texts, other files.
  ///   - sources: the files that it is made of.
  /// - Throws: `FileError` where the system does not say what those are.
  init(folder: String, kind: String, request: String, sources: [String]) throws(FileError) {
    (self.folder, self.sources, stamp) = (folder, sources, try Self.stamp(sources))
    path = "\(folder)/\(SHA256.hexDigest(of: Array(request.utf8))).\(kind)"
  }

  private static func stamp(_ sources: [String]) throws(FileError) -> String {
    var hash = SHA256()
    for path in sources {
      let (size, modified) = try fileStamp(path) ?? (-1, -1)
      unsafe hash.update(Array("\(path)\0\(size)\0\(modified)\0".utf8).span.bytes)
    }
    return hash.hexDigest()
  }

  // Behind the description: its digest as hexadecimal digits, its length, and the magic number.
  private static var digestSize: Int { 64 }
  private static var endSize: Int { digestSize + 16 }

  /// What was made of the sources as they are now, from the file's first byte on; nil where it is not there, cannot be read, or
  /// is damaged.
  ///
  /// - Throws: `FileError` where others may have written it.
  func find() throws(FileError) -> (contents: Contents, file: MappedFile)? {
    guard let file = try? MappedFile(path) else { return nil }
    for place in [folder, path] { try refuseWhatOthersMayWrite(place) }
    return contents(of: file).map { ($0, file) }
  }

  /// - Parameter isOwn: whether this process has just written it, so that its digest need not be checked.
  private func contents(of file: MappedFile, isOwn: Bool = false) -> Contents? {
    let end = file.count - Self.endSize
    func bytes(_ range: Range<Int>) -> [UInt8] { [UInt8](file.bytes.extracting(range)) }
    guard end >= 0, bytes(file.count - 8..<file.count) == Self.magic else { return nil }
    let length = bytes(file.count - 16..<file.count - 8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= end else { return nil }
    let start = end - Int(length)
    guard let trailer = try? JSONDecoder().decode(Trailer.self, from: Data(bytes(start..<end))),
      trailer.stamp == stamp, trailer.contents.byteCount == start
    else { return nil }
    if !isOwn {
      var hash = SHA256()
      hash.update(file.bytes.extracting(0..<end))
      guard Array(hash.hexDigest().utf8) == bytes(end..<end + Self.digestSize) else { return nil }
    }
    return trailer.contents
  }

  /// What was made of the sources as they are now, if need be just now: see ``make(reserving:_:)``.
  func findOrMake(
    reserving bytes: Int, _ write: (CacheWriter) throws(FileError) -> Contents
  ) throws(FileError) -> (contents: Contents, file: MappedFile) {
    if let found = try find() { return found }
    return try make(reserving: bytes, write)
  }

  /// Makes the file, unless another process has done so in the meantime.
  ///
  /// - Parameters:
  ///   - bytes: how many there will be, or fewer.
  ///   - write: writes them, and says what they are.
  func make(
    reserving bytes: Int, _ write: (CacheWriter) throws(FileError) -> Contents
  ) throws(FileError) -> (contents: Contents, file: MappedFile) {
    try createFolder(folder, isPrivate: true)
    try refuseWhatOthersMayWrite(folder)
    return try withFileLock("\(path).lock") { () throws(FileError) in
      if let found = try find() { return found }
      let file = try CacheWriter(path, reserving: bytes)
      let contents = try write(file)
      guard try Self.stamp(sources) == stamp else {
        let what = sources.count == 1 ? sources[0] : URL(fileURLWithPath: sources[0]).deletingLastPathComponent().path
        throw FileError(path: what, reason: "was changed while it was read; read it again")
      }
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys  // the same contents are the same bytes
      guard let json = try? encoder.encode(Trailer(stamp: stamp, contents: contents)) else { throw unusable }
      try file.write([UInt8](json))
      try file.commit((0..<8).map { UInt8(json.count >> (8 * $0) & 0xff) } + Self.magic)
      let written = try MappedFile(path)
      guard let found = self.contents(of: written, isOwn: true).map({ ($0, written) }) else { throw unusable }
      return found
    }
  }

  private var unusable: FileError {
    FileError(path: path, reason: "cannot be read back; remove it, or give the cache another folder")
  }
}

/// Writes a file of the cache, and computes its digest meanwhile.
final class CacheWriter {
  private let file: AtomicFile
  private var hash = SHA256()

  fileprivate init(_ path: String, reserving bytes: Int) throws(FileError) {
    file = try AtomicFile(path)
    try file.reserve(bytes)
  }

  /// Appends bytes.
  func write(_ bytes: RawSpan) throws(FileError) {
    hash.update(bytes)
    try file.write(bytes)
  }

  /// The same for an array.
  func write(_ bytes: [UInt8]) throws(FileError) { try unsafe self.write(bytes.span.bytes) }

  /// Appends the digest of all that was written, and the end; puts the file in place.
  fileprivate func commit(_ end: [UInt8]) throws(FileError) {
    let digest = hash.hexDigest()
    try file.write(Array(digest.utf8) + end)
    try file.commit()
  }
}
