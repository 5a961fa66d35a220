import Foundation
import KobaiFiles
import TestSupport
import Testing

@Suite struct FileContentsTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func pieces(_ contents: FileContents, _ range: Range<Int>) throws -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    try contents.forEachPiece(of: range) { span in pieces.append(unsafe span.withUnsafeBytes { unsafe Array($0) }) }
    return pieces
  }

  @Test("what is asked for is read, and no more at once than a megabyte")
  func parts() throws {
    let bytes = (0..<(1 << 20) + 5).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 >> 8) }
    try folder.write(bytes, to: "x")
    for contents in [try FileContents(folder / "x"), FileContents(bytes, path: "memory")] {
      #expect(contents.count == bytes.count)
      #expect(try contents.bytes(3..<9) == Array(bytes[3..<9]) && contents.bytes(7..<7) == [])
      #expect(try contents.all() == bytes)
      #expect(try pieces(contents, 2..<bytes.count) == [Array(bytes[2..<(1 << 20) + 2]), Array(bytes.suffix(3))])
    }
  }

  @Test("a file that is replaced stays what it was, one that is cut says so")
  func changed() throws {
    try folder.write([1, 2, 3], to: "x")
    let contents = try FileContents(folder / "x")
    try AtomicFile.write([9], to: folder / "x")
    #expect(try contents.all() == [1, 2, 3])
    let cut = try FileContents(folder / "x")
    try #require(FileHandle(forWritingAtPath: folder / "x")).truncate(atOffset: 0)
    let error = #expect(throws: FileError.self) { try cut.all() }
    #expect(error?.description == "\(folder / "x"): ends after 0 of 1 bytes; it was cut while it was read")
  }

  @Test("a file of more bytes than may be read is refused with both numbers") func limit() throws {
    try folder.write([1, 2, 3, 4, 5], to: "x")
    #expect(try readFile(folder / "x", limit: 5) == [1, 2, 3, 4, 5])
    #expect(throws: FileError(path: folder / "x", reason: "has 5 bytes; more than 4 are not read")) {
      try readFile(folder / "x", limit: 4)
    }
    #expect(throws: FileError(path: "/dev/zero", reason: "has no end within 70000 bytes; more are not read")) {
      try readFile("/dev/zero", limit: 70_000)
    }
  }

  @Test("a file of a time that is far from today is one like others") func distantTimes() throws {
    try folder.write([1, 2], to: "x")
    for seconds in [10_000_000_000, -10_000_000_000] {
      var times = [timespec](repeating: timespec(tv_sec: seconds, tv_nsec: 0), count: 2)
      try #require(unsafe utimensat(AT_FDCWD, folder / "x", &times, 0) == 0)
      #expect(try readFile(folder / "x") == [1, 2])
    }
  }

  @Test("what is no file is read, or refused, at once")
  func others() throws {
    #expect(try FileContents("/dev/null").all() == [])
    #expect(throws: FileError(path: folder.path, reason: "is a directory")) { try FileContents(folder.path) }
    #expect(throws: FileError.self) { try FileContents(folder / "none") }
  }
}
