/// Random test data, the same in every run (SplitMix64).
public struct TestRandom {
  private var state: UInt64

  public init(_ seed: UInt64) { state = seed }

  public mutating func bits() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }

  /// Uniform in -1 ..< 1, with all bits of a float in use.
  public mutating func float() -> Float { Float(Int64(bitPattern: bits()) >> 40) * 0x1p-23 }

  public mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in float() } }

  public mutating func index(below bound: Int) -> Int { Int(bits() % UInt64(bound)) }

  /// Floats that all differ by at least `gap`, in random order: no ties for a maximum, and small steps keep the order.
  public mutating func distinctFloats(_ count: Int, gap: Float) -> [Float] {
    var values = (0..<count).map { (Float($0) - Float(count) / 2) * gap }
    for i in stride(from: count - 1, to: 0, by: -1) { values.swapAt(i, index(below: i + 1)) }
    return values
  }
}
