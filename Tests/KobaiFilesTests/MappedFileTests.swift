import Foundation
import KobaiFiles
import TestSupport
import Testing

@Suite struct MappedFileTests {
  @Test func holdsTheBytes() throws {
    let folder = try TemporaryFolder()
    let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try folder.write(bytes, to: "x")
    let file = try MappedFile(folder / "x")
    #expect(file.count == 10_000)
    #expect(copy(file) == bytes)
    try AtomicFile.write([1], to: folder / "x")
    #expect(copy(file) == bytes, "the old file as it was")
  }

  private func copy(_ file: MappedFile) -> [UInt8] {
    let elements = file.elements
    var copy: [UInt8] = []
    for i in elements.indices { copy.append(elements[i]) }
    return copy
  }

  @Test func saysWhatCannotBeMapped() throws {
    let folder = try TemporaryFolder()
    try folder.write([], to: "empty")
    #expect(try MappedFile(folder / "empty").count == 0)
    func failure(_ path: String) -> String? {
      #expect(throws: FileError.self) { try MappedFile(path) }?.reason
    }
    #expect(failure(folder / "none") == "cannot be read: No such file or directory")
    #expect(failure(folder.path) == "is a directory")
    #expect(failure("/dev/null") == "is no regular file; copy it into one")
  }
}
