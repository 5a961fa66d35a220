import Testing

/// Expects every element to be within `tolerance` (of its own, where a function is given) of what it should be.
public func expectClose(
  _ actual: [Float], _ expected: [Double], tolerance: (Int) -> Double, _ what: @autoclosure () -> String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.count == expected.count else {
    Issue.record("\(what()): \(actual.count) elements, not \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  for i in actual.indices where !(abs(Double(actual[i]) - expected[i]) <= tolerance(i)) {
    Issue.record(
      "\(what()): element \(i) is \(actual[i]), not \(expected[i]) ± \(tolerance(i))", sourceLocation: sourceLocation)
    return
  }
}

/// The same with one tolerance for all.
public func expectClose(
  _ actual: [Float], _ expected: [Double], tolerance: Double, _ what: @autoclosure () -> String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  expectClose(actual, expected, tolerance: { _ in tolerance }, what(), sourceLocation: sourceLocation)
}

/// Expects the same bits.
public func expectSameBits(
  _ actual: [Float], _ expected: [Float], _ what: @autoclosure () -> String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.count == expected.count else {
    Issue.record("\(what()): \(actual.count) elements, not \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  for i in actual.indices where actual[i].bitPattern != expected[i].bitPattern {
    Issue.record("\(what()): element \(i) is \(actual[i]), not \(expected[i])", sourceLocation: sourceLocation)
    return
  }
}

extension [Float] {
  public var doubles: [Double] { map(Double.init) }
}
