import Dispatch
import KobaiFiles
import KobaiImages
import Synchronization

/// Reads many pictures at once, on all cores. What comes out is in the order of the files, whoever read them.
enum PictureDecoding {
  /// A file that cannot be read, by its place in the list.
  struct Failure {
    let index: Int
    let error: FileError
  }

  /// Reads the headers of files.
  static func headers(_ paths: [String]) -> (headers: [PictureHeader], failures: [Failure]) {
    let results = inParallel(paths.count, piece: 64) { range in
      range.map { i in
        Result { () throws(FileError) in
          let file = try readFile(paths[i])
          do throws(ImageError) {
            return try Picture.header(file, path: paths[i])
          } catch {
            throw error.naming(paths[i])
          }
        }
      }
    }.flatMap(\.self)
    return (results.compactMap { try? $0.get() }, failures(results))
  }

  /// Reads the pixels of files, `chunk` after `chunk` of a few dozen megabytes.
  ///
  /// - Parameters:
  ///   - paths: the files.
  ///   - rule: what each becomes.
  ///   - chunk: called with the images of the next files, one after the other, and with how many of the files have been read;
  ///     those that fail are missing.
  /// - Returns: the files that cannot be read.
  static func images(
    _ paths: [String], _ rule: PictureRule, _ chunk: (_ pixels: [UInt8], _ done: Int) throws(FileError) -> Void
  ) throws(FileError) -> [Failure] {
    let size = min(max((1 << 25) / rule.bytes, 64), 8192)
    var failed: [Failure] = []
    for start in stride(from: 0, to: paths.count, by: size) {
      let files = Array(paths[start..<min(start + size, paths.count)])
      let results = inParallel(files.count, piece: 16) { range in
        range.map { i in Result { () throws(FileError) in try rule.image(files[i]) } }
      }.flatMap(\.self)
      var pixels: [UInt8] = []
      pixels.reserveCapacity(files.count * rule.bytes)
      for case .success(let image) in results { pixels += image }
      failed += failures(results).map { Failure(index: start + $0.index, error: $0.error) }
      try chunk(pixels, start + files.count)
    }
    return failed
  }

  private static func failures<Value>(_ results: [Result<Value, FileError>]) -> [Failure] {
    results.enumerated().compactMap { index, result in
      if case .failure(let error) = result { Failure(index: index, error: error) } else { nil }
    }
  }

  /// Calls `body` with pieces of 0 ..< count on several threads at once, whoever is free taking the next.
  ///
  /// - Returns: what it returned, in the order of the pieces.
  private static func inParallel<Value: Sendable>(
    _ count: Int, piece: Int, _ body: @Sendable (Range<Int>) -> Value
  ) -> [Value] {
    let pieces = (count + piece - 1) / piece
    let values = Mutex([Value?](repeating: nil, count: pieces))
    DispatchQueue.concurrentPerform(iterations: pieces) { i in
      let value = body(i * piece..<min((i + 1) * piece, count))
      values.withLock { $0[i] = value }
    }
    return values.withLock { $0.compactMap(\.self) }
  }
}
