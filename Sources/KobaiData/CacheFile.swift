import Foundation
import KobaiFiles

/// What a file of the cache holds beside the bytes that were made.
protocol CachedContents: Codable, Equatable, Sendable {
  /// How many bytes were made; nil where nothing sensible can be, for a damaged file may say anything.
  var byteCount: Int? { get }
}

/// A file of the cache: bytes that were made of other files, behind them a description as JSON, its length, and a magic number. It is
/// found by what was asked for, and is of use as long as those files have the same names, sizes and times of change. A lock keeps
/// two processes from making it at the same time; until it is whole, it is not there.
struct CacheFile<Contents: CachedContents> {
  private let path: String
  private let sources: [String]
  private let stamp: String

  private struct Trailer: Codable {
    let stamp: String
    let contents: Contents
  }

  // The machine's order of bytes shows in the last character: a cache may be shared by different machines.
  private static var magic: [UInt8] { Array("KOBAIC1\(1.littleEndian == 1 ? "l" : "b")".utf8) }

  /// The place of something in the cache.
  ///
  /// - Parameters:
  ///   - folder: the folder of the cache.
  ///   - kind: what the file's name ends with, such as "pixels".
  ///   - request: what is asked for: other texts, other files.
  ///   - sources: the files that it is made of.
  /// - Throws: `FileError` where the system does not say what those are.
  init(folder: String, kind: String, request: String, sources: [String]) throws(FileError) {
    (self.sources, stamp) = (sources, try Self.stamp(sources))
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

  /// What was made of the sources as they are now, from the file's first byte on; nil where it is not there.
  func find() -> (contents: Contents, file: MappedFile)? { (try? read()) ?? nil }

  /// The same; an error where the file cannot be read.
  private func read() throws(FileError) -> (contents: Contents, file: MappedFile)? {
    let file = try MappedFile(path)
    let end = file.count - 16
    func bytes(_ range: Range<Int>) -> [UInt8] { [UInt8](file.bytes.extracting(range)) }
    guard end >= 0, bytes(end + 8..<end + 16) == Self.magic else { return nil }
    let length = bytes(end..<end + 8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= end else { return nil }
    let start = end - Int(length)
    guard let trailer = try? JSONDecoder().decode(Trailer.self, from: Data(bytes(start..<end))),
      trailer.stamp == stamp, trailer.contents.byteCount == start
    else { return nil }
    return (trailer.contents, file)
  }

  /// What was made of the sources as they are now, if need be just now: see ``make(reserving:_:)``.
  func findOrMake(
    reserving bytes: Int, _ write: (AtomicFile) throws(FileError) -> Contents
  ) throws(FileError) -> (contents: Contents, file: MappedFile) {
    if let found = find() { return found }
    return try make(reserving: bytes, write)
  }

  /// Makes the file, unless another process has done so in the meantime.
  ///
  /// - Parameters:
  ///   - bytes: how many there will be, or fewer.
  ///   - write: writes them, and says what they are.
  func make(
    reserving bytes: Int, _ write: (AtomicFile) throws(FileError) -> Contents
  ) throws(FileError) -> (contents: Contents, file: MappedFile) {
    try createFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    return try withFileLock("\(path).lock") { () throws(FileError) in
      if let found = find() { return found }
      let file = try AtomicFile(path)
      try file.reserve(bytes)
      let contents = try write(file)
      guard try Self.stamp(sources) == stamp else {
        let what = sources.count == 1 ? sources[0] : URL(fileURLWithPath: sources[0]).deletingLastPathComponent().path
        throw FileError(path: what, reason: "was changed while it was read; read it again")
      }
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys  // the same bytes each time
      guard let json = try? encoder.encode(Trailer(stamp: stamp, contents: contents)) else { throw unusable }
      try file.write(json + (0..<8).map { UInt8(json.count >> (8 * $0) & 0xff) } + Self.magic)
      try file.commit()
      guard let found = try read() else { throw unusable }
      return found
    }
  }

  private var unusable: FileError {
    FileError(path: path, reason: "cannot be read back; remove it, or give the cache another folder")
  }
}
