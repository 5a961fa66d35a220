/// What can lie on the stack of a pickle of arrays.
enum PickleValue {
  case none
  case bool(Bool)
  case int(Int)
  case text(String)
  /// Also the strings of Python 2, which were bytes.
  case bytes(ArraySlice<UInt8>)
  case tuple([PickleValue], depth: Int)
  /// The name of something in Python, "numpy.ndarray". Nothing is ever called by it.
  case global(String)
  case type(PickledType)
  case array(PickledArray)
  case dictionary(PickledDictionary)

  /// Text, or the ASCII of Python 2.
  var string: String? {
    switch self {
    case .text(let text): text
    case .bytes(let bytes) where bytes.allSatisfy { $0 < 0x80 }: String(decoding: bytes, as: UTF8.self)
    default: nil
    }
  }

  var int: Int? { if case .int(let value) = self { value } else { nil } }
  var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  var elements: [PickleValue]? { if case .tuple(let elements, _) = self { elements } else { nil } }
  var depth: Int { if case .tuple(_, let depth) = self { depth } else { 0 } }
}

/// A numpy type of floating-point numbers: made by one instruction and told its byte order by a later one, hence shared.
final class PickledType {
  let size: Int  // in bytes: 4 or 8
  var isBigEndian = false
  init(size: Int) { self.size = size }
}

/// A numpy array: made empty by one instruction and filled by a later one.
final class PickledArray {
  var contents: Contents?

  struct Contents {
    let shape: [Int]
    let type: PickledType
    /// Whether the first axis is the nearest, as in Fortran.
    let isFortran: Bool
    let bytes: ArraySlice<UInt8>
  }
}

/// Arrays by name.
final class PickledDictionary {
  var arrays: [String: PickledArray] = [:]
}
