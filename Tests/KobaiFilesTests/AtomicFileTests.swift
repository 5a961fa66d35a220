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

  @Test("where a link points though nothing is there, the file is made; the link stays", arguments: [true, false])
  func makesTheFileOfALink(_ isRelative: Bool) throws {
    let folder = try TemporaryFolder()
    let files = FileManager.default
    try files.createDirectory(atPath: folder / "deep", withIntermediateDirectories: true)
    let end = isRelative ? "deep/end" : folder / "deep/end"
    try files.createSymbolicLink(atPath: folder / "link", withDestinationPath: "second")
    try files.createSymbolicLink(atPath: folder / "second", withDestinationPath: end)
    try AtomicFile.write([2], to: folder / "link")
    #expect(try readFile(folder / "deep/end") == [2])
    #expect(try files.destinationOfSymbolicLink(atPath: folder / "link") == "second")
    #expect(try files.destinationOfSymbolicLink(atPath: folder / "second") == end)
    try files.createSymbolicLink(atPath: folder / "loop", withDestinationPath: "loop")
    let loop = #expect(throws: FileError.self) { try AtomicFile(folder / "loop") }
    #expect(loop?.description == "\(folder / "loop"): cannot be written: Too many levels of symbolic links")
    try files.createSymbolicLink(atPath: folder / "astray", withDestinationPath: "no/such")
    let astray = #expect(throws: FileError.self) { try AtomicFile(folder / "astray") }
    #expect(astray?.description == "\(folder / "astray"): cannot be written: No such file or directory")
  }

  @Test("what was reserved and not used is given back", arguments: [0, 5, 300_000]) func reserves(_ count: Int) throws {
    let folder = try TemporaryFolder()
    let file = try AtomicFile(folder / "file")
    try file.reserve(200_000)
    try file.write([UInt8](repeating: 7, count: count))
    try file.commit()
    #expect(try readFile(folder / "file") == [UInt8](repeating: 7, count: count))
    var status = stat()
    #expect(unsafe stat(folder / "file", &status) == 0 && Int(status.st_blocks) * 512 < count + 65_536)
    try AtomicFile("/dev/null").reserve(1 << 40)  // devices have no room to keep
    let large = try AtomicFile(folder / "large")
    let error = #expect(throws: FileError.self) { try large.reserve(1 << 60) }
    #expect(error?.reason.hasPrefix("cannot be written: ") == true)
  }

  @Test(
    "the folder is on the disk as well; one that cannot be synchronized is no failure, a broken disk is",
    .enabled(if: Fault.isAvailable)) func synchronizesTheFolder() throws
  {
    let folder = try TemporaryFolder()
    for failure in [EINVAL, ENOTSUP] {
      let call = try Fault.error(failure).inject(at: 2, of: "fsync") {
        try AtomicFile.write([1], to: folder / "file")
      }
      #expect(call == "fsync" && Fault.count(of: "fsync") == 2)
    }
    let error = #expect(throws: FileError.self) {
      _ = try Fault.error(EIO).inject(at: 2, of: "fsync") { try AtomicFile.write([2], to: folder / "file") }
    }
    #expect(error?.description == "\(folder / "file"): cannot be written: Input/output error")
    #expect(try readFile(folder / "file") == [2] && folder.contents() == ["file"])
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
