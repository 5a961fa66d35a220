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
    guard packed.count >= 18 else {
      throw FileError(path: path, reason: "the gzip file ends early after \(packed.count) bytes; fetch it again")
    }
    // The last four bytes of a single member say how large it is, modulo 2³². A wrong value only costs time: the buffer
    // grows, and no file unpacks to more than 1,032 times its size.
    let stated = packed.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    var unpacked = [UInt8](repeating: 0, count: min(max(stated, 1 << 16), packed.count * 1032, limit))
    var stream = unsafe z_stream()
    guard unsafe inflateInit2_(&stream, 16 + MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw FileError(path: path, reason: "zlib cannot start; memory is short")
    }
    defer { unsafe inflateEnd(&stream) }
    var consumed = 0
    var produced = 0
    while true {
      if produced == unpacked.count {
        if produced == limit { return unpacked }
        unpacked += [UInt8](repeating: 0, count: min(unpacked.count, limit - unpacked.count))
      }
      let status = unsafe packed.withUnsafeBufferPointer { input in
        unsafe unpacked.withUnsafeMutableBufferPointer { output in
          unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress! + consumed)
          unsafe stream.avail_in = UInt32(clamping: input.count - consumed)
          unsafe stream.next_out = output.baseAddress! + produced
          unsafe stream.avail_out = UInt32(clamping: output.count - produced)
          let (had, room) = unsafe (stream.avail_in, stream.avail_out)
          let status = unsafe inflate(&stream, Z_NO_FLUSH)
          consumed += unsafe Int(had - stream.avail_in)
          produced += unsafe Int(room - stream.avail_out)
          return status
        }
      }
      switch status {
      case Z_STREAM_END:
        let rest = packed[consumed...]
        if rest.allSatisfy({ $0 == 0 }) {
          unpacked.removeLast(unpacked.count - produced)
          return unpacked
        }
        guard isGzip(rest) else {
          throw FileError(
            path: path,
            reason: "\(rest.count) bytes follow the end of the gzip data; fetch it again, or unpack it with gzip -d")
        }
        unsafe inflateReset(&stream)
      case Z_OK, Z_BUF_ERROR:
        guard consumed < packed.count || produced == unpacked.count else {
          throw FileError(path: path, reason: "the gzip data ends early; the file is truncated, fetch it again")
        }
      default:
        let reason = unsafe stream.msg.map { unsafe String(cString: $0) } ?? "error \(status)"
        throw FileError(path: path, reason: "the gzip data is corrupt (\(reason)); fetch it again")
      }
    }
  }
}
