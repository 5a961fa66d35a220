import Foundation
import TestSupport
import Testing

@testable import KobaiData

@Suite struct DecimalNumberTests {
  private func parsed(_ text: String) -> Float? {
    let bytes = Array(text.utf8)
    return DecimalNumber.float(bytes.span)
  }

  /// The nearest Float by the standard library, which asks strtof(3).
  private func expect(_ text: String) {
    let (got, wanted) = (parsed(text), Float(text))
    #expect(got?.bitPattern == wanted?.bitPattern, "\(text): \(String(describing: got))")
  }

  @Test("numbers as people and programs write them")
  func usual() {
    for text in [
      "0", "-0", "+7", "255", "12.", ".5", "-.5e1", "1e3", "1E-3", "3.14159265358979", "0.30000000000000004", "1e38",
      "16777217", "16777219", "9007199254740993", "123456789012345678901234567890", "0.00000000000000000000000000001",
      "3.4028235e38", "3.4028236e38", "1.17549435e-38", "1e-45", "7e-46", "1e-50", "1e400", "-1e400", "1e-400",
      "0.000000000000000000000000000000000000000000000000000000000001e60", "00000000000000000000000001",
      "8388608.5", "8388609.5", "16777216.999999999999999999999999999",
    ] { expect(text) }
    #expect(parsed("1e400") == .infinity)
  }

  @Test(
    "what is no number",
    arguments: ["", "-", ".", "e5", "1e", "1e+", "1 2", "1,5", "0x10", "nan", "inf", "1_0", "--1", "1.2.3", "٣"])
  func none(_ text: String) { #expect(parsed(text) == nil) }

  /// Halfway between two Floats, and beside it, is where a number that is rounded twice goes wrong.
  @Test("the nearest Float for random digits, powers, and around the middles of Floats")
  func random() {
    var random = TestRandom(17)
    for _ in 0..<40_000 {
      let digits = String(random.bits() % 1_000_000_000_000_000_000).prefix(Int(random.bits() % 18) + 1)
      expect("\(random.bits() % 2 == 0 ? "-" : "")\(digits)e\(Int(random.bits() % 70) - 45)")
      let point = digits.index(digits.startIndex, offsetBy: Int(random.bits() % UInt64(digits.count)))
      expect("\(digits[..<point]).\(digits[point...])")
    }
    for _ in 0..<20_000 {
      let value = Float(bitPattern: UInt32(truncatingIfNeeded: random.bits()) & 0x7fff_ffff)
      guard value.isFinite, value.nextUp.isFinite else { continue }
      let middle = (Double(value) + Double(value.nextUp)) / 2
      for double in [middle, middle.nextUp, middle.nextDown] { expect("\(double)") }
      expect(String(format: "%.40g", middle))
      expect("\(value)")
    }
  }
}
