import CZlib
import KobaiFiles

/// Unpacks gzip files (RFC 1952), by zlib.
enum Gzip {
  /// Whether the bytes begin as a gzip file does.
  static func isGzip(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: [0x1f, 0x8b]) }

  /// The unpacked bytes of all members, one after the other (RFC 1952, section 2.2): `cat a.gz b.gz` is a gzip file, and
  /// bgzip ends its files with an empty member. Zeros behind the last one are the padding of tapes and blocks. Anything
  /// else there is refused, for nothing tells whether it was meant to be data.
  ///
  /// - Parameters:
  ///   - path: names the file in errors.
  ///   - limit: how many bytes are wanted at most; what lies behind them is neither unpacked nor checked.
  static func unpack(_ packed: [UInt8], path: String, limit: Int = .max) throws(FileError) -> [UInt8] {
    var unpacked: [UInt8] = []
    // The last four bytes of a single member say how large it is, modulo 2³². A wrong value only costs time: the array
    // grows, and no file unpacks to more than 1,032 times its size.
    let stated = packed.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    unpacked.reserveCapacity(min(stated, packed.count * 1032, limit))
    try unpack(packed, path: path, limit: limit) { (bytes) throws(FileError) in
      unsafe bytes.withUnsafeBytes { unsafe unpacked.append(contentsOf: $0) }
    }
    return unpacked
  }

  /// The same, a piece of at most a megabyte after the other.
  static func unpack(
    _ packed: [UInt8], path: String, limit: Int, _ take: (RawSpan) throws(FileError) -> Void
  ) throws(FileError) {
    guard packed.count >= 18 else {
      throw FileError(path: path, reason: "the gzip file ends early after \(packed.count) bytes; fetch it again")
    }
    var stream = unsafe z_stream()
    guard unsafe inflateInit2_(&stream, 16 + MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw FileError(path: path, reason: "zlib cannot start; memory is short")
    }
    defer { unsafe inflateEnd(&stream) }
    var piece = [UInt8](repeating: 0, count: min(1 << 20, max(limit, 1)))
    var (consumed, produced) = (0, 0)
    while produced < limit {
      let wanted = min(piece.count, limit - produced)
      let (status, got) = unsafe packed.withUnsafeBufferPointer { input in
        unsafe piece.withUnsafeMutableBufferPointer { output in
          unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress! + consumed)
          unsafe stream.avail_in = UInt32(clamping: input.count - consumed)
          unsafe stream.next_out = output.baseAddress!
          unsafe stream.avail_out = UInt32(wanted)
          let had = unsafe stream.avail_in
          let status = unsafe inflate(&stream, Z_NO_FLUSH)
          consumed += unsafe Int(had - stream.avail_in)
          return unsafe (status, wanted - Int(stream.avail_out))
        }
      }
      if got > 0 { try unsafe take(piece.span.bytes.extracting(0..<got)) }
      produced += got
      switch status {
      case Z_STREAM_END:
        let rest = packed[consumed...]
        if rest.allSatisfy({ $0 == 0 }) { return }
        guard isGzip(rest) else {
          throw FileError(
            path: path,
            reason: "\(rest.count) bytes follow the end of the gzip data; fetch it again, or unpack it with gzip -d")
        }
        unsafe inflateReset(&stream)
      case Z_OK, Z_BUF_ERROR:
        guard consumed < packed.count || got == wanted else {
          throw FileError(path: path, reason: "the gzip data ends early; the file is truncated, fetch it again")
        }
      default:
        let reason = unsafe stream.msg.map { unsafe String(cString: $0) } ?? "error \(status)"
        throw FileError(path: path, reason: "the gzip data is corrupt (\(reason)); fetch it again")
      }
    }
  }
}
