import KobaiScratch
import Testing

/// Expects elements within `tolerance` of the largest one that should be there, or of 1.
func expectClose(
  _ actual: NDArray, _ expected: NDArray, _ tolerance: Double, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.shape == expected.shape, "\(what)", sourceLocation: sourceLocation)
  guard actual.shape == expected.shape else { return }
  let scale = max(1, abs(expected).max())
  let difference = abs(actual - expected).max()
  #expect(difference <= tolerance * scale, "\(what): differs by \(difference)", sourceLocation: sourceLocation)
}

/// What a process wrote to standard error before it ended.
func words(_ result: ExitTest.Result?) -> String {
  String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}
