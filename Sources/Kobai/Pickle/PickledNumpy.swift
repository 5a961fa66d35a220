// What numpy writes into pickles for an array: the name of a function that makes an empty one, and then its state; the
// same for its type (numpy/_core/src/multiarray/methods.c, array_reduce; descriptor.c, arraydescr_reduce).

extension PickleReader {
  private static let reconstruct = ["numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct"]

  /// Whether a name is one that numpy's arrays need.
  static func isKnown(_ global: String) -> Bool {
    reconstruct.contains(global) || ["numpy.ndarray", "numpy.dtype", "_codecs.encode"].contains(global)
  }

  /// What a function of that name would make of the arguments; nil where they are not those that numpy writes.
  static func made(by name: String, _ arguments: [PickleValue]) -> PickleValue? {
    if reconstruct.contains(name) {
      // _reconstruct(ndarray, (0,), b'b')
      guard arguments.count == 3, case .global("numpy.ndarray") = arguments[0], arguments[1].elements?.count == 1,
        arguments[2].string == "b"
      else { return nil }
      return .array(PickledArray())
    }
    switch (name, arguments.first?.string, arguments.count) {
    case ("numpy.dtype", "f4", 3): return .type(PickledType(size: 4))
    case ("numpy.dtype", "f8", 3): return .type(PickledType(size: 8))
    case ("_codecs.encode", let text?, 2) where arguments[1].string == "latin1":
      // Protocol 2 has no bytes: every byte is the character of its number.
      let bytes = text.unicodeScalars.map { UInt8(exactly: $0.value) }
      return bytes.contains(nil) ? nil : .bytes(bytes.compactMap(\.self)[...])
    default: return nil
    }
  }

  /// Fills an array or a type with its state; false where that is not one that numpy writes.
  static func build(_ value: PickleValue, _ state: [PickleValue]) -> Bool {
    switch value {
    case .type(let type):
      // (3, '<', None, None, None, -1, -1, 0)
      guard state.count >= 2, let order = state[1].string, ["<", ">"].contains(order) else { return false }
      type.isBigEndian = order == ">"
      return true
    case .array(let array):
      // (1, shape, type, whether Fortran's order, bytes)
      guard array.contents == nil, state.count == 5, let axes = state[1].elements, case .type(let type) = state[2],
        let isFortran = state[3].bool, case .bytes(let bytes) = state[4]
      else { return false }
      let shape = axes.compactMap(\.int)
      var size = type.size
      for length in shape {
        let (product, overflow) = size.multipliedReportingOverflow(by: length)
        guard length > 0, !overflow else { return false }
        size = product
      }
      guard shape.count == axes.count, size == bytes.count else { return false }
      array.contents = .init(shape: shape, type: type, isFortran: isFortran, bytes: bytes)
      return true
    default: return false
    }
  }
}

extension PickledArray.Contents {
  /// The elements, row by row.
  var elements: [Double] {
    let size = type.size
    let values = stride(from: bytes.startIndex, to: bytes.endIndex, by: size).map { start in
      let own = bytes[start..<start + size]
      let bits = (type.isBigEndian ? Array(own) : own.reversed()).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return size == 4 ? Double(Float(bitPattern: UInt32(bits))) : Double(bitPattern: bits)
    }
    guard isFortran, shape.count > 1 else { return values }
    // Row by row, the last axis is the nearest; as the file has them, the first is.
    var strides = [1]
    for length in shape.dropLast() { strides.append(strides[strides.count - 1] * length) }
    return values.indices.map { index in
      var (rest, offset) = (index, 0)
      for axis in shape.indices.reversed() {
        offset += rest % shape[axis] * strides[axis]
        rest /= shape[axis]
      }
      return values[offset]
    }
  }
}
