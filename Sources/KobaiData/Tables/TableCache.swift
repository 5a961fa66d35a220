import Foundation
import KobaiFiles

/// A file of the cache with the encoded rows of a table. It is found by the table's path and what its columns are asked to be, and is of
/// use as long as the table has the same size and time of change. A lock keeps two processes from making it at the same time;
/// until it is whole, it is not there.
struct TableCache {
  private let table: CSVFile
  private let stamp: Stamp
  private let path: String

  /// What the table was when it was encoded. Its time counts nanoseconds.
  private struct Stamp: Codable, Equatable {
    let path: String
    let size: Int
    let modified: Int
  }

  /// What stands before the rows, as JSON.
  private struct Header: Codable {
    let table: Stamp
    let encoding: TableEncoding
    let count: Int
  }

  // The machine's order of bytes shows in the last character: a cache may be shared by different machines.
  private static let magic = Array("KOBAITB\(1.littleEndian == 1 ? "1" : "2")".utf8)
  private static let alignment = 64

  /// The place of a table in the cache.
  ///
  /// - Returns: nil where the table is no regular file.
  init?(folder: String, of table: CSVFile, _ encoding: TableStorage.Encoding) throws(FileError) {
    let path = URL(fileURLWithPath: table.path).standardizedFileURL.path
    guard let (size, modified) = fileStamp(table.path) else { return nil }
    guard size == table.storage.bytes.byteCount else { throw table.changed }
    let request = "\(path)\n\(table.separator) \(table.hasHeader)\n\(encoding)"
    (self.table, stamp) = (table, Stamp(path: path, size: size, modified: modified))
    self.path = "\(folder)/\(SHA256.hexDigest(of: Array(request.utf8))).rows"
  }

  /// The rows of the table as it is now; nil where they have not been encoded.
  func find() -> (TableEncoding, TableRows)? {
    guard let file = try? MappedFile(path) else { return nil }
    let bytes = file.bytes
    guard bytes.byteCount >= 16, [UInt8](bytes.extracting(0..<8)) == Self.magic else { return nil }
    let length = Int(truncatingIfNeeded: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self))
    guard length >= 0, length <= bytes.byteCount - 16 else { return nil }
    let json = Data([UInt8](bytes.extracting(16..<16 + length)))
    guard let header = try? JSONDecoder().decode(Header.self, from: json), header.table == stamp else { return nil }
    let start = Self.start(16 + length)
    guard (0...bytes.byteCount).contains(header.count),
      start + header.count * header.encoding.rowWords * 4 == bytes.byteCount
    else { return nil }
    return (header.encoding, TableRows(storage: .mapped(file), start: start, count: header.count))
  }

  /// Encodes the table, unless another process has done so in the meantime.
  ///
  /// - Parameter encode: writes the rows.
  func make(
    _ encoding: TableEncoding, _ count: Int, _ encode: (AtomicFile) throws(FileError) -> Void
  ) throws(FileError) -> TableRows {
    try createFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    return try withFileLock("\(path).lock") { () throws(FileError) in
      if let (found, rows) = find(), found == encoding { return rows }
      try write(encoding, count, encode)
      guard let (_, rows) = find() else { throw table.changed }
      return rows
    }
  }

  private func write(
    _ encoding: TableEncoding, _ count: Int, _ encode: (AtomicFile) throws(FileError) -> Void
  ) throws(FileError) {
    let header = Header(table: stamp, encoding: encoding, count: count)
    guard let json = try? JSONEncoder().encode(header) else { throw table.changed }
    let start = Self.start(16 + json.count)
    let file = try AtomicFile(path)
    try file.reserve(start + count * encoding.rowWords * 4)
    var length = UInt64(json.count)
    try unsafe file.write(Self.magic + withUnsafeBytes(of: &length) { unsafe [UInt8]($0) } + json)
    try file.write([UInt8](repeating: 0, count: start - 16 - json.count))
    try encode(file)
    guard let now = fileStamp(table.path), now == (stamp.size, stamp.modified) else { throw table.changed }
    try file.commit()
  }

  private static func start(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }
}
