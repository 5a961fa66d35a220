import Foundation
import KobaiFiles
import TestSupport
import Testing

/// Each call of the system fails in turn, in each way in which it can.
@Suite("Files, whichever call of the system fails", .enabled(if: Fault.isAvailable)) struct FaultTests {
  private let folder: TemporaryFolder
  private let old = [UInt8](repeating: 1, count: 3000)
  private let new = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 * 31 >> 3) }

  init() throws { folder = try TemporaryFolder() }

  private func write(_ name: String) throws {
    let file = try AtomicFile(folder / name)
    try file.reserve(100_000)
    try file.write(Array(new[..<30_000]))
    try file.write(Array(new[30_000...]))
    try file.commit()
  }

  @Test("a file that is replaced is the old or the new one, with a name from the start or without one")
  func atomicFile() throws {
    for lacking in ["nothing", "access"] {
      try Fault.withSystem(lacking: lacking) {
        let replaced = try expectWholeFiles(
          in: folder, reset: { try folder.write(old, to: "x") }, write: { try write("x") })
        let created = try expectWholeFiles(in: folder, reset: {}, write: { try write("x") })
        #expect(replaced > 60 && created > 60)
      }
    }
  }

  @Test("one at the end of a link, too; the link stays") func link() throws {
    let files = FileManager.default
    for hasTarget in [true, false] {
      try expectWholeFiles(
        in: folder,
        reset: {
          if hasTarget { try folder.write(old, to: "target") }
          try files.createSymbolicLink(atPath: folder / "link", withDestinationPath: "target")
        },
        write: {
          try write("link")
          _ = try FileContents(folder / "target")  // else there would be a file at the link's place
        })
    }
  }

  @Test("who may not read the old file may at no time read the new one") func permissions() throws {
    try withEveryFault(
      reset: {
        try folder.empty()
        try folder.write(old, to: "x")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder / "x")
      }, { try write("x") },
      check: { run in
        for name in try folder.contents() {
          let mode = try FileManager.default.attributesOfItem(atPath: folder / name)[.posixPermissions] as? Int
          #expect(mode == 0o600, "\(run): \(name)")
        }
      })
  }

  @Test("a device that is closed in vain says so") func device() throws {
    var runs = 0
    try withEveryFault(
      reset: {}, { try AtomicFile.write([1, 2], to: "/dev/null") },
      check: { run in
        runs += 1
        #expect((run.error == nil) == run.fault.isHarmless, "\(run)")
        if let words = run.fault.words, let error = run.error {
          #expect("\(error)" == "/dev/null: cannot be written: \(words)")
        }
      })
    #expect(runs > 15)
  }

  @Test("a file of records holds whole records, and goes on after what could not be written") func records() throws {
    let records = (0..<4).map { [UInt8](repeating: UInt8($0), count: 1000) + [UInt8(ascii: "\n")] }
    func isWhole(_ name: String, _ bytes: [UInt8]) -> Bool {
      let parts = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      return parts.last?.isEmpty == true && parts.dropLast().allSatisfy { records.contains($0 + [UInt8(ascii: "\n")]) }
    }
    // A process that ends within a write leaves what the system had written of it.
    let faults = Fault.all.filter { !$0.isEnd }
    for isNew in [true, false] {
      try expectWholeFiles(
        in: folder, faults, isWhole: isWhole, reset: { try folder.write(old, to: "taken") },
        write: {
          let file = try isNew ? RecordFile(creating: folder / "taken") : RecordFile(folder / "taken")
          if !isNew { try file.empty() }
          var failure: (any Error)?
          for record in records { do { try file.append(record) } catch { failure = error } }
          try file.synchronize()
          if let failure { throw failure }
        })
    }
  }

  @Test("half a record that cannot be taken back at once is taken back before the next") func tornRecord() throws {
    let file = try RecordFile(folder / "log")
    try file.append([1, 1])
    try Fault.withSystem(lacking: "ftruncate") {
      let error = #expect(throws: FileError.self) {
        _ = try Fault.fullDisk.inject(at: 1) { try file.append([2, 2, 2, 2]) }
      }
      #expect(error?.description == "\(folder / "log"): cannot be written: No space left on device")
      let torn = try readFile(folder / "log")
      #expect(torn == [1, 1, 2, 2])
      // As long as it cannot be cut, nothing is put behind it.
      #expect(throws: FileError.self) { _ = try Fault.short.inject(at: 9) { try file.append([3, 3]) } }
    }
    try file.append([4, 4])
    #expect(try readFile(folder / "log") == [1, 1, 4, 4])
  }

  @Test("a folder is made whole, or an error says why not") func folders() throws {
    try withEveryFault(
      reset: { try folder.empty() }, { try createFolder(folder / "a/b") },
      check: { run in
        run.expectOneLine(about: folder)
        let isThere = try isFolder(folder / "a/b")
        #expect(run.error != nil || isThere || run.fault.isEnd, "\(run)")
      })
    let error = #expect(throws: FileError.self) {
      _ = try Fault.error(ENOSPC).inject(at: 2, of: "mkdir") { try createFolder(folder / "c/d") }
    }
    #expect(error?.description == "\(folder / "c/d"): no folder can be made there: No space left on device")
  }

  @Test("what is read is all of it, or an error says why not") func readers() throws {
    try folder.write(new, to: "x")
    for name in ["a", "b", "c"] { try folder.write([1], to: "list/\(name)") }
    #expect(try readFile(folder / "x") == new && readBeginning(folder / "x", count: 5000) == Array(new[..<5000]))
    try expectSameOrOneLine(in: folder) { try readFile(folder / "x") }
    try expectSameOrOneLine(in: folder) { try readBeginning(folder / "x", count: 5000) }
    try expectSameOrOneLine(in: folder) { try FileContents(folder / "x").bytes(5..<60_000) }
    try expectSameOrOneLine(in: folder) { try MappedFile(folder / "x").count }
    try expectSameOrOneLine(in: folder) { try listFolder(folder / "list").sorted() }
    try expectSameOrOneLine(in: folder) { try fileStamp(folder / "x")?.size }
    // A folder that this user may not list is none; that a disk fails is an error.
    var listed: [String]?
    let call = try Fault.error(EACCES).inject(at: 1) { listed = try listFolderIfAny(folder / "list") }
    #expect(call == "opendir" && listed == [])
    for (fault, n) in [(Fault.error(EIO), 1), (.error(EIO), 2), (.error(EIO), 4), (.error(EMFILE), 1)] {
      #expect(throws: FileError.self, "\(fault) \(n)") {
        _ = try fault.inject(at: n) { _ = try listFolderIfAny(folder / "list") }
      }
    }
  }

  @Test("a lock is given back, whatever fails; a file system without locks is used without them") func locks() throws {
    var isDone = false
    try withEveryFault(
      reset: {
        isDone = false
        try withFileLock(folder / "lock") {}  // would wait for ever if it were still taken
      }, { try withFileLock(folder / "lock") { isDone = true } },
      check: { run in
        run.expectOneLine(about: folder)
        #expect(run.error != nil || isDone || run.fault.isEnd, "\(run)")
      })
    #expect(try Fault.error(ENOLCK).inject(at: 1, of: "flock") { try withFileLock(folder / "lock") {} } == "flock")
  }

  @Test("a folder that is removed is gone, or an error says what is left") func removed() throws {
    try withEveryFault(
      reset: {
        try folder.empty()
        for name in ["a", "b"] { try folder.write([1], to: "gone/\(name)") }
      }, { try removeFolder(folder / "gone") },
      check: { run in
        run.expectOneLine(about: folder)
        let left = try folder.contents()
        #expect(run.fault.isEnd || left.isEmpty == (run.error == nil), "\(run)")
      })
    try removeFile(folder / "never there")
  }
}
