/// The types of numbers that files hold, by their names in NumPy and PyTorch.
public enum NumberType: String, Sendable, CaseIterable {
  /// True and false, a byte each, which count as 1 and 0.
  case bool
  /// Whole numbers without a sign.
  case uint8, uint16, uint32, uint64
  /// Whole numbers of two's complement.
  case int8, int16, int32, int64
  /// Binary floating point (IEEE 754).
  case float16, float32, float64

  /// The size of a number in bytes.
  public var byteCount: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .uint16, .int16, .float16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    }
  }

  /// Whether its numbers are whole.
  public var isInteger: Bool {
    switch self {
    case .float16, .float32, .float64: false
    default: true
    }
  }
}

extension RawSpan {
  /// The number of this type whose bytes begin at `offset`; bytes in the other order than the machine's are swapped.
  @inline(__always)
  func integer<Number: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, as type: Number.Type, isSwapped: Bool
  ) -> Number {
    let number = unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: Number.self)
    return isSwapped ? number.byteSwapped : number
  }

  /// The number at `offset` as a Float, rounded to the nearest one.
  @inline(__always)
  func float(at offset: Int, as type: NumberType, isSwapped: Bool) -> Float {
    switch type {
    case .bool: integer(at: offset, as: UInt8.self, isSwapped: false) == 0 ? 0 : 1
    case .uint8: Float(integer(at: offset, as: UInt8.self, isSwapped: false))
    case .int8: Float(integer(at: offset, as: Int8.self, isSwapped: false))
    case .uint16: Float(integer(at: offset, as: UInt16.self, isSwapped: isSwapped))
    case .int16: Float(integer(at: offset, as: Int16.self, isSwapped: isSwapped))
    case .uint32: Float(integer(at: offset, as: UInt32.self, isSwapped: isSwapped))
    case .int32: Float(integer(at: offset, as: Int32.self, isSwapped: isSwapped))
    case .uint64: Float(integer(at: offset, as: UInt64.self, isSwapped: isSwapped))
    case .int64: Float(integer(at: offset, as: Int64.self, isSwapped: isSwapped))
    case .float16: Float(halfBits: integer(at: offset, as: UInt16.self, isSwapped: isSwapped))
    case .float32: Float(bitPattern: integer(at: offset, as: UInt32.self, isSwapped: isSwapped))
    case .float64: Float(Double(bitPattern: integer(at: offset, as: UInt64.self, isSwapped: isSwapped)))
    }
  }

  /// The whole number at `offset`; nil where it is none, or none that an Int holds.
  func whole(at offset: Int, as type: NumberType, isSwapped: Bool) -> Int? {
    switch type {
    case .uint64: Int(exactly: integer(at: offset, as: UInt64.self, isSwapped: isSwapped))
    case .int64: Int(integer(at: offset, as: Int64.self, isSwapped: isSwapped))
    case .float64: Int(exactly: Double(bitPattern: integer(at: offset, as: UInt64.self, isSwapped: isSwapped)))
    case .uint32: Int(integer(at: offset, as: UInt32.self, isSwapped: isSwapped))
    case .int32: Int(integer(at: offset, as: Int32.self, isSwapped: isSwapped))
    default: Int(exactly: float(at: offset, as: type, isSwapped: isSwapped))
    }
  }
}

extension Float {
  /// The number of a half-precision pattern. `Float16` would do, but Macs with Intel's processors have none.
  fileprivate init(halfBits bits: UInt16) {
    let (exponent, fraction) = (UInt32(bits >> 10 & 0x1f), UInt32(bits & 0x3ff))
    let magnitude: Float =
      switch exponent {
      case 0: Float(fraction) * 0x1p-24
      case 0x1f: Float(bitPattern: 0x7f80_0000 | fraction << 13)
      default: Float(bitPattern: (exponent + 112) << 23 | fraction << 13)
      }
    self = bits >> 15 == 0 ? magnitude : -magnitude
  }
}
