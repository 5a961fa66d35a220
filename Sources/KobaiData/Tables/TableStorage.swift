import Foundation
import KobaiFiles

/// Where the numbers of a table go: into memory, or, where they are too many, into a file of the cache that is mapped. They are the
/// same numbers in the same order.
public struct TableStorage: Sendable, Equatable {
  /// The most bytes of numbers that are held in memory.
  public var memoryLimit: Int
  /// The folder of the cache. Its files may be deleted whenever no program runs.
  public var cache: String

  /// Storage of 1 GiB in memory, the rest in `$XDG_CACHE_HOME/kobai/tables`, by default `~/.cache/kobai/tables`.
  ///
  /// - Parameters:
  ///   - memoryLimit: the most bytes of numbers that are held in memory.
  ///   - cache: the folder of the cache.
  public init(memoryLimit: Int = 1 << 30, cache: String = CacheFolder.path("tables")) {
    (self.memoryLimit, self.cache) = (memoryLimit, cache)
  }

  /// How a table's rows are to be encoded.
  enum Encoding {
    case learned(TableRoles)
    case given(TableEncoding)
  }

  /// The samples of a file, and how they were encoded.
  func load(
    _ path: String, _ encoding: Encoding, _ format: TableFormat, progress: (TableProgress) -> Void
  ) throws(FileError) -> (TableEncoding, Samples) {
    let file = try CSVFile(path, format)
    let size = file.storage.bytes.byteCount
    let entry = try cacheFile(of: file, encoding)
    if let (contents, file) = try entry?.find() { return (contents.encoding, Samples(contents, file)) }

    func report(_ bytes: Int) { progress(TableProgress(path: path, bytes: bytes, total: 2 * size)) }
    let learning: TableLearning
    let learned: TableEncoding
    switch encoding {
    case .learned(let roles):
      learning = try TableLearning(file, roles, progress: report)
      guard let encoding = learning.encoding else { throw file.changed }
      learned = encoding
    case .given(let encoding):
      (learning, learned) = (try TableLearning(file, nil, progress: report), encoding)
    }
    let decoding = try TableDecoding(file, learned)
    let count = learning.rows
    let bytes = count * learned.rowWords * 4
    if let entry, bytes > memoryLimit {
      let (contents, file) = try entry.make(reserving: bytes) { (file) throws(FileError) in
        try decoding.run { words, bytes throws(FileError) in
          try unsafe file.write(words.span.bytes)
          report(size + bytes)
        }
        return TableContents(encoding: learned, count: count)
      }
      return (contents.encoding, Samples(contents, file))
    }
    var words: [UInt32] = []
    words.reserveCapacity(count * learned.rowWords)
    try decoding.run { more, bytes in
      words += more
      report(size + bytes)
    }
    guard words.count == count * learned.rowWords else { throw file.changed }
    return (learned, Samples(.words(words), count: count, learned))
  }

  /// The file of the cache with the rows of a table; nil where the table is no regular file.
  private func cacheFile(of table: CSVFile, _ encoding: Encoding) throws(FileError) -> CacheFile<TableContents>? {
    guard let (size, _) = try fileStamp(table.path) else { return nil }
    guard size == table.storage.bytes.byteCount else { throw table.changed }
    let path = URL(fileURLWithPath: table.path).standardizedFileURL.path
    return try CacheFile(
      folder: cache, kind: "rows", request: "\(path)\n\(table.separator) \(table.hasHeader)\n\(encoding)",
      sources: [path])
  }
}

/// What the rows in a file of the cache are.
private struct TableContents: CachedContents {
  let encoding: TableEncoding
  let count: Int

  var byteCount: Int? {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: 4 * encoding.rowWords)
    return count < 0 || overflow ? nil : bytes
  }
}

extension Samples {
  fileprivate init(_ contents: TableContents, _ file: MappedFile) {
    self.init(.mapped(file), count: contents.count, contents.encoding)
  }

  /// The samples of encoded rows: each has its inputs, its targets and its weight one after the other.
  fileprivate init(_ rows: NumberStorage, count: Int, _ encoding: TableEncoding) {
    func words(_ type: NumberType, _ first: Int, _ width: Int) -> NumberRows {
      NumberRows(rows, type, count: count, width: width, start: 4 * first, rowStride: 4 * encoding.rowWords)
    }
    let (width, targetWidth) = (encoding.width, encoding.targetWidth)
    let targetType: NumberType = if case .classes = encoding.target { .int32 } else { .float32 }
    self.init(
      inputs: words(.float32, 0, width), shape: [width], format: encoding.targetFormat,
      targets: targetWidth > 0 ? words(targetType, width, targetWidth) : nil,
      weights: encoding.weights == nil ? nil : words(.float32, width + targetWidth, 1))
  }
}
