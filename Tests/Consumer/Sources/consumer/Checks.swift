/// Prints what was checked and remembers whether all of it held.
struct Checks {
  private(set) var failures = 0

  mutating func check(_ holds: Bool, _ words: String) {
    print(holds ? "ok    " : "FAILED", words)
    if !holds { failures += 1 }
  }

  /// Each value within `tolerance` of the expected one.
  mutating func check(_ values: [Float], near expected: [Double], tolerance: Double = 1e-5, _ words: String) {
    let worst = zip(values, expected).map { abs(Double($0) - $1) }.max() ?? 0
    check(values.count == expected.count && worst <= tolerance, "\(words): off by at most \(worst)")
  }
}

/// Numbers between −1 and 1 that are the same everywhere, none of them closer to 0 than 0.005.
func sample(_ count: Int, from first: Int = 1) -> [Float] {
  (0..<count).map { Float(((first + $0) * 7919) % 200 - 100) / 100 + 0.005 }
}
