import CZlib
import KobaiFiles

/// Reads zip archives (APPNOTE.TXT 6.3), as far as numpy.savez writes them: members that are stored or deflated, also of
/// more than 4 GiB (Zip64).
struct ZipArchive {
  /// A file in the archive.
  struct Member {
    let name: String
    /// Where its bytes lie in the archive.
    let bytes: Range<Int>
    /// Whether they are deflated (method 8) rather than stored (method 0).
    let isDeflated: Bool
    /// How many bytes it says that it unpacks to.
    let size: Int
    let checksum: UInt32
  }

  let path: String
  let storage: NumberStorage
  let members: [Member]

  /// The most members that are listed.
  private static let mostMembers = 10_000

  /// Reads the directory of an archive.
  ///
  /// - Parameter memoryLimit: the size in bytes up to which the file is read; larger ones are mapped.
  init(_ path: String, memoryLimit: Int) throws(FileError) {
    func error(_ reason: String) -> FileError { FileError(path: path, reason: reason) }
    let storage = try NumberStorage.file(path, memoryLimit: memoryLimit)
    let bytes = storage.bytes
    let directory = try ZipDirectory(bytes, path: path)
    guard directory.count <= Self.mostMembers else {
      throw error("the archive claims \(directory.count) members; more than \(Self.mostMembers) are not read")
    }
    var members: [Member] = []
    var entry = directory.start
    for _ in 0..<directory.count {
      guard entry + 46 <= bytes.byteCount, bytes.little(entry, 4) == 0x0201_4b50 else {
        throw error("the archive's directory is damaged at byte \(entry); take another copy")
      }
      let (flags, method) = (bytes.little(entry + 8, 2), bytes.little(entry + 10, 2))
      let lengths = (bytes.little(entry + 28, 2), bytes.little(entry + 30, 2), bytes.little(entry + 32, 2))
      let end = entry + 46 + lengths.0 + lengths.1 + lengths.2
      guard end <= bytes.byteCount else {
        throw error("the archive's directory is damaged at byte \(entry); take another copy")
      }
      let name = String(decoding: [UInt8](bytes.extracting(entry + 46..<entry + 46 + lengths.0)), as: UTF8.self)
      var sizes = [bytes.little(entry + 24, 4), bytes.little(entry + 20, 4), bytes.little(entry + 42, 4)]
      Self.replaceBy64Bits(&sizes, bytes, entry + 46 + lengths.0..<entry + 46 + lengths.0 + lengths.1)
      let (size, packed, header) = (sizes[0], sizes[1], sizes[2])
      guard flags & 1 == 0, method == 0 || method == 8 else {
        let how = flags & 1 == 1 ? "encrypted" : "packed by method \(method)"
        throw error("its member \(quoted(name)) is \(how); save it with numpy.savez or numpy.savez_compressed")
      }
      guard header >= 0, header <= bytes.byteCount - 30, bytes.little(header, 4) == 0x0403_4b50 else {
        throw error("its member \(quoted(name)) does not begin where the archive says; take another copy")
      }
      // The local header repeats the name, and has extra fields of its own.
      let first = header + 30 + bytes.little(header + 26, 2) + bytes.little(header + 28, 2)
      guard packed >= 0, size >= 0, first <= bytes.byteCount, packed <= bytes.byteCount - first else {
        throw error("its member \(quoted(name)) goes beyond the end of the file; take another copy")
      }
      // Deflate packs 1,032 bytes into one at best (zlib's "Technical Details").
      guard method == 8 ? size / 1032 <= packed : size == packed else {
        throw error("its member \(quoted(name)) claims \(size) bytes out of \(packed); take another copy")
      }
      members.append(
        Member(
          name: name, bytes: first..<first + packed, isDeflated: method == 8, size: size,
          checksum: UInt32(bytes.little(entry + 16, 4))))
      entry = end
    }
    (self.path, self.storage, self.members) = (path, storage, members)
  }

  /// Sizes that are all ones stand in an extra field as 64 bits, in this order (4.5.3).
  private static func replaceBy64Bits(_ sizes: inout [Int], _ bytes: RawSpan, _ extra: Range<Int>) {
    var field = extra.lowerBound
    while field + 4 <= extra.upperBound {
      let end = field + 4 + bytes.little(field + 2, 2)
      if bytes.little(field, 2) == 1 {
        var place = field + 4
        for i in sizes.indices where sizes[i] == 0xffff_ffff && place + 8 <= min(end, extra.upperBound) {
          sizes[i] = bytes.little(place, 8)
          place += 8
        }
      }
      field = end
    }
  }

  /// The unpacked bytes of a member, or as many as are wanted of them; all of them are checked against their checksum.
  func unpack(_ member: Member, first count: Int? = nil) throws(FileError) -> [UInt8] {
    let wanted = min(count ?? member.size, member.size)
    let packed = storage.bytes.extracting(member.bytes)
    let unpacked = member.isDeflated ? try inflate(packed, wanted, member) : [UInt8](packed.extracting(0..<wanted))
    if wanted == member.size { try unsafe check(unpacked.span.bytes, member) }
    return unpacked
  }

  /// Compares bytes with the member's checksum.
  func check(_ bytes: RawSpan, _ member: Member) throws(FileError) {
    let sum = unsafe bytes.withUnsafeBytes { buffer in
      unsafe crc32_z(0, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), buffer.count)
    }
    guard UInt32(truncatingIfNeeded: sum) == member.checksum else {
      throw FileError(
        path: path, reason: "its member \(quoted(member.name)) does not have its checksum; take another copy")
    }
  }

  private func inflate(_ packed: RawSpan, _ wanted: Int, _ member: Member) throws(FileError) -> [UInt8] {
    var unpacked = [UInt8](repeating: 0, count: wanted)
    var stream = unsafe z_stream()
    guard unsafe inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw FileError(path: path, reason: "zlib cannot start; memory is short")
    }
    defer { unsafe inflateEnd(&stream) }
    var (consumed, produced, status) = (0, 0, Z_OK)
    while status == Z_OK && produced < wanted {
      status = unsafe packed.withUnsafeBytes { input in
        unsafe unpacked.withUnsafeMutableBufferPointer { output in
          let bytes = unsafe input.baseAddress?.assumingMemoryBound(to: UInt8.self)
          unsafe stream.next_in = bytes.map { unsafe UnsafeMutablePointer(mutating: $0 + consumed) }
          unsafe stream.avail_in = UInt32(clamping: input.count - consumed)
          unsafe stream.next_out = output.baseAddress.map { unsafe $0 + produced }
          unsafe stream.avail_out = UInt32(clamping: output.count - produced)
          let (had, room) = unsafe (stream.avail_in, stream.avail_out)
          let status = unsafe CZlib.inflate(&stream, Z_NO_FLUSH)
          consumed += unsafe Int(had - stream.avail_in)
          produced += unsafe Int(room - stream.avail_out)
          return status
        }
      }
    }
    guard produced == wanted else {
      throw FileError(path: path, reason: "its member \(quoted(member.name)) cannot be inflated; take another copy")
    }
    return unpacked
  }
}

/// Where a zip archive's directory is (4.3.16), also of more than 65,535 members or behind 4 GiB (4.3.14).
private struct ZipDirectory {
  let start: Int
  let count: Int

  init(_ bytes: RawSpan, path: String) throws(FileError) {
    let last = bytes.byteCount - 22
    // Behind the end stands a comment of 64 KiB at most.
    let ends = stride(from: last, through: max(0, last - 0xffff), by: -1)
    guard let end = ends.first(where: { bytes.little($0, 4) == 0x0605_4b50 }) else {
      throw FileError(
        path: path, reason: "the archive has no directory at its end; the file is truncated, take another copy")
    }
    var (count, start) = (bytes.little(end + 10, 2), bytes.little(end + 16, 4))
    if count == 0xffff || start == 0xffff_ffff, end >= 20, bytes.little(end - 20, 4) == 0x0706_4b50 {
      let end64 = bytes.little(end - 12, 8)
      if end64 >= 0, end64 <= bytes.byteCount - 56, bytes.little(end64, 4) == 0x0606_4b50 {
        (count, start) = (bytes.little(end64 + 32, 8), bytes.little(end64 + 48, 8))
      }
    }
    guard start >= 0, start <= end, count >= 0 else {
      throw FileError(path: path, reason: "the archive's directory is damaged at byte \(end); take another copy")
    }
    (self.start, self.count) = (start, count)
  }
}

extension RawSpan {
  /// A little-endian number of so many bytes; negative where eight of them have the highest bit.
  fileprivate func little(_ offset: Int, _ size: Int) -> Int {
    var number = 0
    for i in (0..<size).reversed() {
      number = number << 8 | Int(unsafe unsafeLoad(fromByteOffset: offset + i, as: UInt8.self))
    }
    return number
  }
}
