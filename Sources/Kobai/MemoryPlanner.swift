/// Gives tensors that are not alive at the same time the same memory.
struct MemoryPlanner {
  /// Memory that is needed from step `first` to step `last`, both included.
  struct Request {
    var bytes: Int
    var first: Int
    var last: Int
  }

  /// Where each request lies, and how much memory they need together.
  struct Plan: Equatable {
    var offsets: [Int]
    var bytes: Int
  }

  /// The largest requests are placed first, each into the lowest gap among those alive with it (the greedy-by-size
  /// strategy of Pisarchyk & Lee, "Efficient memory management for deep neural net inference", 2020).
  static func plan(_ requests: [Request], alignment: Int = 64) -> Plan {
    var plan = Plan(offsets: [Int](repeating: 0, count: requests.count), bytes: 0)
    let bySize = requests.indices.sorted {
      (requests[$0].bytes, requests[$1].first, $1) > (requests[$1].bytes, requests[$0].first, $0)
    }
    var placed: [Int] = []  // by offset
    for i in bySize {
      let request = requests[i]
      let size = (request.bytes + alignment - 1) / alignment * alignment
      var offset = 0
      for other in placed where requests[other].first <= request.last && request.first <= requests[other].last {
        if offset + size <= plan.offsets[other] { break }
        offset = max(offset, plan.offsets[other] + (requests[other].bytes + alignment - 1) / alignment * alignment)
      }
      plan.offsets[i] = offset
      plan.bytes = max(plan.bytes, offset + size)
      placed.append(i)
      placed.sort { plan.offsets[$0] < plan.offsets[$1] }
    }
    return plan
  }
}
