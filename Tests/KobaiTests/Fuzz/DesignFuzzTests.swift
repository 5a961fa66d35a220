import DesignFuzzing
import TestSupport
import Testing

@testable import Kobai

/// Random designs over all layers and merges: each is refused by one clear error, or keeps every promise.
///
/// A failure names the design's seed; `KOBAI_FUZZ_SEED=<seed> KOBAI_FUZZ_DESIGNS=1` tries that one again.
@Suite struct DesignFuzzTests {
  @Test func designsAreRefusedClearlyOrKeepTheirPromises() throws {
    let folder = try TemporaryFolder()
    var (built, compared, checks) = (0, 0, 0)
    let run = FuzzRun(count: 120)
    for seed in run.seeds {
      run.announce(seed, "designs")
      let check = DesignCheck(FuzzedDesign(seed: seed), folder)
      do {
        guard let network = try check.build() else { continue }
        built += 1
        try check.variantsAgree(with: network)
        try check.frozenIsNear()
        try check.comesBackFromItsFile()
        let gradients = try check.agreesWithDifferences()
        compared += gradients > 0 ? 1 : 0
        checks += gradients
      } catch { check.fail("\(error)") }
    }
    // A generator that draws only misfits, and a comparison that skips everything, would pass otherwise.
    #expect(run.seeds.count < 50 || built * 10 > run.seeds.count * 7, "\(built) networks of \(run.seeds.count) designs")
    #expect(run.seeds.count < 50 || built < run.seeds.count, "no design was refused")
    #expect(run.seeds.count < 50 || compared * 10 > built * 7, "\(compared) of \(built) networks were compared")
    #expect(run.seeds.count < 50 || checks > 15 * compared, "\(checks) checks of \(compared) networks")
  }
}
