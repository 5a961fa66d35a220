import Foundation
import KobaiFiles
import TestSupport
import Testing

@Suite struct AtomicFileTests {
  @Test func replacesTheOldFileAtOnce() throws {
    let folder = try TemporaryFolder()
    let path = folder / "weights"
    try AtomicFile.write([1, 2, 3], to: path)
    let file = try AtomicFile(path)
    try file.write([9, 9])
    #expect(try readFile(path) == [1, 2, 3], "the old file stays until the new one is whole")
    try file.commit()
    #expect(try readFile(path) == [9, 9])
    #expect(try folder.contents() == ["weights"])
  }

  @Test func leavesNothingBehindWhenGivenUp() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write([1], to: folder / "kept")
    do {
      let file = try AtomicFile(folder / "kept")
      try file.write([2])
    }
    #expect(try readFile(folder / "kept") == [1])
    #expect(try folder.contents() == ["kept"])
  }

  @Test func keepsALinkPointingWhereItPoints() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write([1], to: folder / "target")
    try FileManager.default.createSymbolicLink(atPath: folder / "link", withDestinationPath: folder / "target")
    try AtomicFile.write([2], to: folder / "link")
    #expect(try readFile(folder / "target") == [2])
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder / "link") == folder / "target")
  }

  @Test(arguments: [0o600, 0o664]) func keepsPermissions(_ mode: Int) throws {
    let folder = try TemporaryFolder()
    try folder.write([1], to: "file")
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder / "file")
    try AtomicFile.write([2], to: folder / "file")
    #expect(try FileManager.default.attributesOfItem(atPath: folder / "file")[.posixPermissions] as? Int == mode)
  }

  @Test func writesToDevicesDirectly() throws {
    try AtomicFile.write([1, 2], to: "/dev/null")
    var status = stat()
    #expect(unsafe stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
  }

  @Test func saysWhyItCannotWrite() throws {
    let folder = try TemporaryFolder()
    let directory = #expect(throws: FileError.self) { try AtomicFile(folder.path) }
    #expect(directory?.description == "\(folder.path): is a directory; name a file in it")
    let missing = #expect(throws: FileError.self) { try AtomicFile(folder / "no/such") }
    #expect(missing?.description == "\(folder / "no/such"): cannot be written: No such file or directory")
    let unreadable = #expect(throws: FileError.self) { try readFile(folder / "none") }
    #expect(unreadable?.description == "\(folder / "none"): cannot be read: No such file or directory")
    let notAFile = #expect(throws: FileError.self) { try readFile(folder.path) }
    #expect(notAFile?.description == "\(folder.path): is a directory")
  }

  @Test(arguments: [0, 1, 65_535, 65_536, 200_000])
  func readsBackWhatWasWritten(_ count: Int) throws {
    let folder = try TemporaryFolder()
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 31 >> 3) }
    try AtomicFile.write(bytes, to: folder / "file")
    #expect(try readFile(folder / "file") == bytes)
  }
}
