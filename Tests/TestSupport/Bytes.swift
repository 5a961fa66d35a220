extension FixedWidthInteger {
  /// The integer's bytes, the lowest first.
  public var littleEndianBytes: [UInt8] {
    (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> (8 * Self($0))) }
  }

  /// The integer's bytes, the highest first.
  public var bigEndianBytes: [UInt8] { littleEndianBytes.reversed() }
}

extension [Float] {
  /// The elements' bits as they lie in files, one after the other.
  public var littleEndianBytes: [UInt8] { flatMap(\.bitPattern.littleEndianBytes) }
}
