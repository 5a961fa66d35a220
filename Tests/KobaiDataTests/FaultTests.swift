import Foundation
import KobaiFiles
import TestSupport
import Testing

@testable import KobaiData

/// Each call of the system fails in turn, in each way in which it can, while data are read, cached and fetched.
@Suite("Data, whichever call of the system fails", .enabled(if: Fault.isAvailable)) struct FaultTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test("what is unpacked or decoded into the cache is there whole or not at all") func cache() throws {
    let packed = try IDXFixture.gzipped(IDXFixture.images(6))
    let table = Array(("x,y\n" + (0..<20).map { "\($0),\($0 % 3)\n" }.joined()).utf8)
    func reset() throws {
      for (name, bytes) in [("images.gz", packed), ("t.csv", table)] {
        try folder.write(bytes, to: name)
        // What is made of a file says when that was changed.
        try FileManager.default.setAttributes(
          [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: folder / name)
      }
    }
    func images() throws {
      _ = try ImageSet.load(
        images: folder / "images.gz", storage: ImageStorage(memoryLimit: 0, cache: folder / "cache"))
    }
    func rows() throws {
      _ = try Table(
        contentsOf: folder / "t.csv", target: .classes("y"),
        storage: TableStorage(memoryLimit: 0, cache: folder / "cache"))
    }
    for read in [images, rows] {
      #expect(try expectWholeFiles(in: folder, reset: reset, write: read) > 100)
    }
  }

  @Test("an array is the old or the new one") func array() throws {
    let array = NumPyArray([1, 2, 3, 4, 5, 6], shape: [2, 3])
    try expectWholeFiles(
      in: folder, reset: { try folder.write([1], to: "a.npy") },
      write: {
        try array.write(to: folder / "a.npy")
      })
  }

  @Test("of files that were fetched each is whole or not there") func download() throws {
    let names = ["a.gz", "b.gz"]
    let download = MNISTDownload(
      folder: URL(fileURLWithPath: folder / "mnist"), mirrors: [], files: names.map { .init(name: $0, sha256: "") })
    try expectWholeFiles(
      in: folder, reset: { try folder.write([9], to: "mnist/a.gz") },
      write: {
        try download.install([[1, 2, 3], [4, 5]])
      })
  }

  @Test("a set is recognised and read whole, or an error says why not") func sets() throws {
    let idx = try IDXFixture.folder()
    try folder.write([0], to: "other/notes.txt")
    for (name, bytes) in try idx.files() { try folder.write(bytes, to: "idx/\(name)") }
    try folder.write(Array("a\nb\nc\n".utf8), to: "names.txt")
    try expectSameOrOneLine(in: folder) { try Dataset.load(folder: folder / "idx").sha256 }
    try expectSameOrOneLine(in: folder) { try DataKind.recognize(folder / "idx") }
    try expectSameOrOneLine(in: folder) { try ClassNames(typed: folder / "names.txt").names }
  }
}
