import TestSupport
import Testing

@testable import Kobai

@Suite struct MemoryPlannerTests {
  private typealias Request = MemoryPlanner.Request

  /// The rule that a plan must keep: what is alive at the same time does not overlap.
  private func check(_ requests: [Request], _ plan: MemoryPlanner.Plan) {
    for i in requests.indices {
      #expect(plan.offsets[i] % 64 == 0)
      #expect(plan.offsets[i] + requests[i].bytes <= plan.bytes)
      for j in 0..<i {
        let together = requests[i].first <= requests[j].last && requests[j].first <= requests[i].last
        let apart =
          plan.offsets[i] + requests[i].bytes <= plan.offsets[j]
          || plan.offsets[j] + requests[j].bytes <= plan.offsets[i]
        #expect(!together || apart, "\(requests[i]) and \(requests[j]) overlap")
      }
    }
  }

  @Test func reusesWhatIsOver() {
    let requests = [
      Request(bytes: 100, first: 0, last: 1), Request(bytes: 100, first: 1, last: 2),
      Request(bytes: 100, first: 2, last: 3), Request(bytes: 100, first: 3, last: 4),
    ]
    let plan = MemoryPlanner.plan(requests)
    check(requests, plan)
    #expect(plan.bytes == 256, "two at a time, rounded up to 128 bytes each")
  }

  @Test func fillsGaps() {
    let requests = [
      Request(bytes: 64, first: 0, last: 9), Request(bytes: 640, first: 0, last: 3),
      Request(bytes: 320, first: 4, last: 9), Request(bytes: 320, first: 5, last: 9),
    ]
    let plan = MemoryPlanner.plan(requests)
    check(requests, plan)
    #expect(plan.bytes == 704)
  }

  @Test func nothingNeedsNothing() {
    #expect(MemoryPlanner.plan([]) == MemoryPlanner.Plan(offsets: [], bytes: 0))
  }

  @Test(arguments: 0..<50)
  func neverOverlaps(_ seed: Int) {
    var random = TestRandom(UInt64(seed))
    let requests = (0..<20).map { _ in
      let first = random.index(below: 30)
      return Request(bytes: random.index(below: 1000), first: first, last: first + random.index(below: 10))
    }
    let plan = MemoryPlanner.plan(requests)
    check(requests, plan)
    #expect(plan.bytes <= requests.reduce(0) { $0 + ($1.bytes + 63) / 64 * 64 })
  }
}
