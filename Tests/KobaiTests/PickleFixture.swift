/// Pickles, byte by byte.
enum Pickle {
  static func file(_ protocol: UInt8 = 3, _ parts: [UInt8]...) -> [UInt8] {
    [0x80, `protocol`] + parts.flatMap(\.self) + op(".")
  }

  static func op(_ letters: String) -> [UInt8] { Array(letters.utf8) }

  static func text(_ text: String) -> [UInt8] { op("X") + little(text.utf8.count, 4) + Array(text.utf8) }

  static func bytes(_ bytes: [UInt8]) -> [UInt8] { op("B") + little(bytes.count, 4) + bytes }

  static func int(_ value: Int) -> [UInt8] { op("J") + little(value, 4) }

  static func global(_ module: String, _ name: String) -> [UInt8] { op("c\(module)\n\(name)\n") }

  static func tuple(_ elements: [UInt8]...) -> [UInt8] { op("(") + elements.flatMap(\.self) + op("t") }

  static func little(_ value: Int, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// An array that has not been filled.
  static let reconstructed =
    global("numpy.core.multiarray", "_reconstruct")
    + tuple(global("numpy", "ndarray"), tuple(int(0)), bytes(op("b"))) + op("R")

  static func type(_ name: String = "f4", order: String = "<") -> [UInt8] {
    let none = op("N")
    return global("numpy", "dtype") + tuple(text(name), int(0), int(1)) + op("R")
      + tuple(int(3), text(order), none, none, none, int(-1), int(-1), int(0)) + op("b")
  }

  static func array(
    _ shape: [Int], _ data: [UInt8], type: [UInt8] = type(), isFortran: Bool = false
  ) -> [UInt8] {
    reconstructed
      + tuple(
        int(1), op("(") + shape.flatMap(int) + op("t"), type, [isFortran ? 0x88 : 0x89], bytes(data))
      + op("b")
  }

  static func floats(_ values: [Float]) -> [UInt8] { values.flatMap { little(Int($0.bitPattern), 4) } }

  static func array(_ shape: [Int], _ values: [Float], isFortran: Bool = false) -> [UInt8] {
    array(shape, floats(values), isFortran: isFortran)
  }

  static func dictionary(_ entries: [(String, [UInt8])]) -> [UInt8] {
    op("}(") + entries.flatMap { text($0.0) + $0.1 } + op("u")
  }

  /// An affine layer of two inputs and three outputs.
  static let affine = file(
    3, dictionary([("W1", array([2, 3], [1, 2, 3, 4, 5, 6])), ("b1", array([3], [7, 8, 9]))]))
}
