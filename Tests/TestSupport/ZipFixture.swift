import CZlib

/// Zip archives of stored or deflated members, as APPNOTE.TXT has them, independent of the code that reads them.
public enum ZipFixture {
  /// - Parameters:
  ///   - isDeflated: whether members are packed, by zlib.
  ///   - claimed: what the archive says that each member unpacks to; the truth unless given.
  public static func archive(
    _ members: [(name: String, bytes: [UInt8])], isDeflated: Bool = false, claiming claimed: Int? = nil
  ) -> [UInt8] {
    var archive: [UInt8] = []
    var directory: [UInt8] = []
    for (name, bytes) in members {
      let packed = isDeflated ? deflated(bytes) : bytes
      let sum = unsafe bytes.withUnsafeBufferPointer {
        unsafe UInt32(truncatingIfNeeded: crc32(0, $0.baseAddress, UInt32($0.count)))
      }
      let fields =
        UInt16(0).littleEndianBytes + UInt16(isDeflated ? 8 : 0).littleEndianBytes + UInt32(0).littleEndianBytes
        + sum.littleEndianBytes + UInt32(packed.count).littleEndianBytes
        + UInt32(claimed ?? bytes.count).littleEndianBytes + UInt16(name.utf8.count).littleEndianBytes
        + UInt16(0).littleEndianBytes
      directory +=
        [0x50, 0x4b, 1, 2, 20, 0, 20, 0] + fields + UInt16(0).littleEndianBytes + UInt16(0).littleEndianBytes
      directory += UInt16(0).littleEndianBytes + UInt32(0).littleEndianBytes + UInt32(archive.count).littleEndianBytes
      directory += name.utf8
      archive += [0x50, 0x4b, 3, 4, 20, 0] + fields + name.utf8 + packed
    }
    let count = UInt16(members.count).littleEndianBytes
    return archive + directory + [0x50, 0x4b, 5, 6, 0, 0, 0, 0] + count + count
      + UInt32(directory.count).littleEndianBytes + UInt32(archive.count).littleEndianBytes + [0, 0]
  }

  /// An archive of NumPy's, as numpy.savez writes it: bytes of that shape under each name.
  public static func npz(_ arrays: [(name: String, shape: [Int], bytes: [UInt8])]) -> [UInt8] {
    archive(
      arrays.map { name, shape, bytes in
        let sizes = shape.map { "\($0), " }.joined()
        let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (\(sizes)), }\n"
        let start = [0x93] + "NUMPY".utf8 + [1, 0] + UInt16(header.utf8.count).littleEndianBytes
        return ("\(name).npy", start + header.utf8 + bytes)
      })
  }

  private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
    // zlib's own format is two bytes, deflate, and a sum of four bytes (RFC 1950).
    var size = compressBound(UInt(bytes.count))
    var packed = [UInt8](repeating: 0, count: Int(size))
    unsafe compress(&packed, &size, bytes, UInt(bytes.count))
    return Array(packed[2..<Int(size) - 4])
  }
}
