import Foundation
import KobaiFiles
import TestSupport
import Testing

@testable import KobaiData

/// What is kept to be read again is checked when it is read, and what others may have written is not read.
@Suite struct CacheTrustTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func table() throws -> Table {
    try Table(
      contentsOf: folder / "t.csv", target: .value("y"),
      storage: TableStorage(memoryLimit: 0, cache: folder / "cache/tables"))
  }

  private func makeTable() throws {
    let text = "x,y\n" + (0..<200).map { "\($0),\($0 * 7 % 11)\n" }.joined()
    try folder.write(Array(text.utf8), to: "t.csv")
  }

  /// The file of the cache.
  private func rows() throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder / "cache/tables")
    return try folder / "cache/tables/\(#require(names.first { $0.hasSuffix(".rows") }))"
  }

  @Test("every flipped bit of a file of the cache is found, and the file is made again")
  func flippedBits() throws {
    try makeTable()
    let expected = try Loaded(table())
    let whole = try readFile(rows())
    var random = TestRandom(6)
    for i in 0..<200 {
      // Numbers and description; behind them the digest, a length and a magic number.
      let place = i % 2 == 0 ? random.index(below: whole.count) : whole.count - 1 - random.index(below: 400)
      var changed = whole
      changed[place] ^= 1 << UInt8(random.index(below: 8))
      try Data(changed).write(to: URL(fileURLWithPath: rows()))
      #expect(try Loaded(table()) == expected, "byte \(place)")
      #expect(try readFile(rows()) == whole, "byte \(place)")
    }
  }

  private struct Count: CachedContents { var byteCount: Int? }

  @Test("what is made of a file that changes meanwhile is not kept") func changesMeanwhile() throws {
    try folder.write([1, 2, 3], to: "source")
    let file = try CacheFile<Count>(
      folder: folder / "cache", kind: "copy", request: "a copy", sources: [folder / "source"])
    func make(_ meanwhile: () throws -> Void) throws -> Int? {
      try file.make(reserving: 3) { writer throws(FileError) in
        try writer.write([1, 2, 3])
        do { try meanwhile() } catch { Issue.record(error) }
        return Count(byteCount: 3)
      }.contents.byteCount
    }
    let error = #expect(throws: FileError.self) { try make { try folder.write([4, 5, 6, 7], to: "source") } }
    #expect(error?.description == "\(folder / "source"): was changed while it was read; read it again")
    #expect(try file.find() == nil)
    try folder.write([1, 2, 3], to: "source")
    let again = try CacheFile<Count>(
      folder: folder / "cache", kind: "copy", request: "a copy", sources: [folder / "source"])
    #expect(
      try again.findOrMake(reserving: 3) { writer throws(FileError) in
        try writer.write([1, 2, 3])
        return Count(byteCount: 3)
      }.contents.byteCount == 3)
    #expect(try again.find() != nil)
  }

  @Test("what is made for the cache is nobody else's")
  func isPrivate() throws {
    try makeTable()
    _ = try table()
    for name in ["cache", "cache/tables"] {
      let mode = try FileManager.default.attributesOfItem(atPath: folder / name)[.posixPermissions] as? Int
      #expect(mode == 0o700, "\(name)")
    }
  }

  @Test("a folder or a file that others may write is refused, with the way out", arguments: [0o770, 0o707])
  func writableByOthers(_ mode: Int) throws {
    try makeTable()
    _ = try table()
    let file = try rows()
    func refusal(_ place: String, _ mode: Int) throws -> String? {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: place)
      defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: place) }
      return #expect(throws: FileError.self) { try table() }?.description
    }
    func line(_ place: String) -> String {
      "\(place): may be written by other users (mode \(String(mode, radix: 8))); take that from them with chmod go-w, "
        + "or name another cache with XDG_CACHE_HOME"
    }
    #expect(try refusal(folder / "cache/tables", mode) == line(folder / "cache/tables"))
    #expect(try refusal(file, mode) == line(file))
    try FileManager.default.removeItem(atPath: file)
    #expect(try refusal(folder / "cache/tables", mode) == line(folder / "cache/tables"), "nothing is put there, either")
    #expect(try table().count == 200)
  }

  @Test("one that belongs to another user is refused", .enabled(if: geteuid() == 0, "only root can give files away"))
  func anotherOwner() throws {
    try makeTable()
    _ = try table()
    let file = try rows()
    #expect(unsafe chown(file, 12_345, 0) == 0)
    let error = #expect(throws: FileError.self) { try table() }
    #expect(
      error?.description
        == "\(file): belongs to another user (uid 12345), who may change what is read from it; name another cache with "
        + "XDG_CACHE_HOME")
  }
}
