import KobaiFiles
import TestSupport
import Testing

@testable import KobaiTensorBoard

/// Each call of the system fails in turn while events are written.
@Suite("Event files, whichever call of the system fails", .enabled(if: Fault.isAvailable)) struct FaultTests {
  @Test("whole records are in the file, or there is none") func events() throws {
    let folder = try TemporaryFolder()
    var isOpen = false
    let runs = try withEveryFault(
      reset: {
        try folder.empty()
        isOpen = false
      },
      {
        let writer = try EventWriter(directory: folder / "runs")
        isOpen = true
        var failure: (any Error)?
        for step in 0..<3 {
          do { try writer.addScalar("loss", 0.5, step: step) } catch { failure = error }
        }
        try writer.flush()
        if let failure { throw failure }
      },
      check: { run in
        run.expectOneLine(about: folder)
        let files = try folder.files()
        guard !run.fault.isEnd else { return }
        #expect(files.count == (isOpen ? 1 : 0), "\(run)")
        for name in files.keys {
          let steps = try readEvents(folder / name).dropFirst().map(\.step)
          #expect(run.error != nil || steps == [0, 1, 2], "\(run)")
        }
      })
    #expect(runs > 40)
  }
}
