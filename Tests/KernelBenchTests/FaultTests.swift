import KobaiReport
import TestSupport
import Testing

@testable import kernel_bench

/// Each call of the system fails in turn while results are written.
@Suite("Results of kernel-bench, whichever call of the system fails", .enabled(if: Fault.isAvailable))
struct FaultTests {
  @Test("they are the old or the new ones") func results() throws {
    let folder = try TemporaryFolder()
    let options = try BenchOptions.parse(["--json", folder / "r.json"])
    try expectWholeFiles(
      in: folder, reset: { try folder.write([1, 2], to: "r.json") },
      write: {
        try options.finish([], plot: Figure("", []))
      })
  }
}
