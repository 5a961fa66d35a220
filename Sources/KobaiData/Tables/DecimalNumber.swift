/// Reads decimal numbers out of text, each as the Float that is nearest to it, as strtof(3) does, but without asking for a
/// locale and mostly in a few nanoseconds.
enum DecimalNumber {
  /// The number that the bytes are: an optional sign, digits with or without a point, and an optional exponent.
  ///
  /// - Returns: nil where they are something else; an infinity where the number is beyond what a Float holds.
  static func float(_ text: Span<UInt8>) -> Float? {
    let end = text.count
    var i = 0
    let isNegative = end > 0 && text[0] == UInt8(ascii: "-")
    if end > 0, isNegative || text[0] == UInt8(ascii: "+") { i = 1 }

    var digits: UInt64 = 0  // the first 19 significant ones, which a UInt64 holds
    var (significant, exponent, dropped) = (0, 0, 0)
    let first = i
    while i < end, let digit = digit(text[i]) {
      if significant < 19 {
        digits = digits &* 10 &+ digit
        if digits != 0 { significant += 1 }
      } else {
        (exponent, dropped) = (exponent + 1, dropped + 1)
      }
      i += 1
    }
    var count = i - first
    if i < end, text[i] == UInt8(ascii: ".") {
      i += 1
      let point = i
      while i < end, let digit = digit(text[i]) {
        if significant < 19 {
          digits = digits &* 10 &+ digit
          exponent -= 1
          if digits != 0 { significant += 1 }
        } else {
          dropped += 1
        }
        i += 1
      }
      count += i - point
    }
    guard count > 0 else { return nil }
    if i < end, text[i] | 0x20 == UInt8(ascii: "e") {
      i += 1
      let isDivided = i < end && text[i] == UInt8(ascii: "-")
      if i < end, isDivided || text[i] == UInt8(ascii: "+") { i += 1 }
      let power = i
      var written = 0
      while i < end, let digit = digit(text[i]) {
        written = min(written * 10 + Int(digit), 1 << 40)
        i += 1
      }
      guard i > power else { return nil }
      exponent += isDivided ? -written : written
    }
    guard i == end else { return nil }
    let magnitude = magnitude(digits, exponent, isWhole: dropped == 0) ?? slow(text)
    return isNegative ? -magnitude : magnitude
  }

  /// digits · 10^exponent as the nearest Float; nil where that takes more care.
  ///
  /// - Parameter isWhole: whether these are all of the digits.
  private static func magnitude(_ digits: UInt64, _ exponent: Int, isWhole: Bool) -> Float? {
    if digits == 0 { return 0 }
    if exponent == 0 && isWhole { return Float(digits) }
    guard exponent >= -22, exponent <= 22 else { return nil }
    // Powers of ten up to 22 are exact as Doubles. So the product has three roundings at most, or is off by two of its last
    // places. Rounding it to a Float is right unless it lies that near to the middle of two Floats, where its last 29 bits
    // are 1 and zeros; eight places are on the safe side.
    let power = powersOfTen[abs(exponent)]
    let value = exponent < 0 ? Double(digits) / power : Double(digits) * power
    guard value > 0x1p-125, value < 0x1p127 else { return nil }
    let fromMiddle = Int(value.bitPattern & 0x1fff_ffff) - 0x1000_0000
    return abs(fromMiddle) > 8 ? Float(value) : nil
  }

  /// The magnitude of a number that is known to be one, by the standard library.
  private static func slow(_ text: Span<UInt8>) -> Float {
    let characters = text.indices.map { text[$0] }
    return abs(Float(String(decoding: characters, as: UTF8.self)) ?? .infinity)
  }

  @inline(__always)
  private static func digit(_ byte: UInt8) -> UInt64? {
    let digit = byte &- UInt8(ascii: "0")
    return digit < 10 ? UInt64(digit) : nil
  }

  private static let powersOfTen: InlineArray<23, Double> = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]
}
