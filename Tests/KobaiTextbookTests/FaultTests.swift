import KobaiFiles
import TestSupport
import Testing

@testable import KobaiTextbookCommand

/// Each call of the system fails in turn while figures are written.
@Suite("Files of the textbook, whichever call of the system fails", .enabled(if: Fault.isAvailable)) struct FaultTests {
  @Test("figures are added to those that were there before, of which none is lost") func figures() throws {
    let folder = try TemporaryFolder()
    let runs = try expectWholeFiles(
      in: folder, reset: { try folder.write(Array("{\"a\":{\"b\":[1]}}".utf8), to: "figures.json") },
      write: {
        try FiguresFile(folder: folder.path).write(adding: ["c": ["d": [2]]])
      })
    #expect(runs > 60)
  }
}
