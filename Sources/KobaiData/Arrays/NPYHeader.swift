import KobaiFiles

/// The beginning of a .npy file: magic, a version, and the literal of a Python dictionary that says what follows
/// (NEP 1, "A Simple File Format for NumPy Arrays").
struct NPYHeader {
  let type: NumberType
  let isSwapped: Bool
  let isFortranOrder: Bool
  let shape: [Int]
  /// The number of bytes before the numbers.
  let byteCount: Int
  /// The number of the numbers' bytes.
  let bodyCount: Int

  /// The longest header that is read. NumPy's own are below 200 bytes.
  static let longest = 1 << 16

  /// Reads the header that a file's bytes begin with.
  ///
  /// - Parameter path: names the file, or the member of an archive, in errors.
  init(_ bytes: RawSpan, path: String) throws(FileError) {
    func error(_ reason: String) -> FileError { FileError(path: path, reason: reason) }
    let start = [UInt8](bytes.extracting(0..<min(bytes.byteCount, Self.longest)))
    guard start.starts(with: [0x93] + "NUMPY".utf8) else {
      if let format = FileFormat.recognize(start) {
        throw error("is \(format.name), no NumPy array; save it with numpy.save")
      }
      throw error("is no NumPy array: it does not begin with its magic bytes; save it with numpy.save")
    }
    guard start.count >= 12 else { throw error("the array's header ends after \(start.count) bytes") }
    let version = start[6]
    guard (1...3).contains(version) else {
      throw error("is of version \(version) of NumPy's format; versions 1 to 3 are read")
    }
    let sizeBytes = version == 1 ? 2 : 4
    let length = start[8..<8 + sizeBytes].reversed().reduce(0) { $0 << 8 | Int($1) }
    byteCount = 8 + sizeBytes + length
    guard byteCount <= Self.longest else {
      throw error("the array's header claims \(length) bytes, more than \(Self.longest) are not read")
    }
    guard start.count >= byteCount else { throw error("the array's header ends after \(start.count) bytes") }
    guard let text = String(validating: start[(8 + sizeBytes)..<byteCount], as: UTF8.self),
      let fields = PythonLiteral.dictionary(text), case .text(let description) = fields["descr"],
      case .flag(let isFortranOrder) = fields["fortran_order"], case .numbers(let shape) = fields["shape"]
    else {
      throw error("the array's header does not say descr, fortran_order and shape as NumPy does")
    }
    guard let (type, isSwapped) = Self.type(description) else {
      let names = "bool, integers, and floats of 16, 32 and 64 bits are read"
      throw error("its elements are of type \(quoted(description)); \(names)")
    }
    var size = type.byteCount
    for extent in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw error("the header claims \(Self.name(shape)) numbers, more than a file holds") }
      size = product
    }
    (self.type, self.isSwapped, self.isFortranOrder, self.shape) = (type, isSwapped, isFortranOrder, shape)
    bodyCount = size
  }

  /// A shape in words: "60000×28×28".
  static func name(_ shape: [Int]) -> String {
    shape.isEmpty ? "1" : shape.prefix(8).map(String.init).joined(separator: "×") + (shape.count > 8 ? "×…" : "")
  }

  /// The type that NumPy calls so, such as "<f4", and whether its bytes lie in the other order than the machine's.
  private static func type(_ description: String) -> (NumberType, isSwapped: Bool)? {
    let names: [Substring: NumberType] = [
      "b1": .bool, "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64, "i1": .int8, "i2": .int16,
      "i4": .int32, "i8": .int64, "f2": .float16, "f4": .float32, "f8": .float64,
    ]
    let order = description.first
    guard let type = names[description.dropFirst()] else { return nil }
    switch order {
    case "|" where type.byteCount == 1, "=": return (type, false)
    case "<": return (type, 1.littleEndian != 1)
    case ">": return (type, 1.bigEndian != 1)
    default: return nil
    }
  }

  /// The bytes of a header for numbers as the machine holds them; the numbers behind it begin at a multiple of 64 bytes.
  static func bytes(type: NumberType, shape: [Int]) -> [UInt8] {
    let codes: [NumberType: String] = [
      .bool: "|b1", .uint8: "|u1", .int8: "|i1", .uint16: "u2", .int16: "i2", .uint32: "u4", .int32: "i4",
      .uint64: "u8", .int64: "i8", .float16: "f2", .float32: "f4", .float64: "f8",
    ]
    let code = codes[type] ?? ""
    let order = code.hasPrefix("|") ? "" : 1.littleEndian == 1 ? "<" : ">"
    let sizes = shape.map { "\($0)," }.joined(separator: " ")
    let tuple = shape.count > 1 ? String(sizes.dropLast()) : sizes
    var text = Array("{'descr': '\(order)\(code)', 'fortran_order': False, 'shape': (\(tuple)), }".utf8)
    text += [UInt8](repeating: UInt8(ascii: " "), count: 63 - (10 + text.count) % 64) + [UInt8(ascii: "\n")]
    let length = [UInt8(truncatingIfNeeded: text.count), UInt8(truncatingIfNeeded: text.count >> 8)]
    return [0x93] + "NUMPY".utf8 + [1, 0] + length + text
  }
}

/// As much of Python's literals as NumPy writes into headers: a dictionary of texts, of True and False, and of tuples of
/// whole numbers.
private enum PythonLiteral {
  case text(String)
  case flag(Bool)
  case numbers([Int])

  static func dictionary(_ text: String) -> [String: PythonLiteral]? {
    var rest = text[...]
    var fields: [String: PythonLiteral] = [:]
    func skip() { rest = rest.drop { $0.isWhitespace } }
    func take(_ word: String) -> Bool {
      skip()
      guard rest.hasPrefix(word) else { return false }
      rest = rest.dropFirst(word.count)
      return true
    }
    func string() -> String? {
      skip()
      guard let quote = rest.first, quote == "'" || quote == "\"", let end = rest.dropFirst().firstIndex(of: quote)
      else { return nil }
      defer { rest = rest[rest.index(after: end)...] }
      return String(rest.dropFirst()[..<end])
    }
    func tuple() -> [Int]? {
      var numbers: [Int] = []
      while !take(")") {
        skip()
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits), numbers.count < 64 else { return nil }
        numbers.append(number)
        rest = rest.dropFirst(digits.count)
        _ = take("L")  // Python 2 wrote long numbers so
        if !take(",") {
          guard take(")") else { return nil }
          return numbers
        }
      }
      return numbers
    }
    guard take("{") else { return nil }
    while !take("}") {
      guard let key = string(), take(":") else { return nil }
      if take("True") {
        fields[key] = .flag(true)
      } else if take("False") {
        fields[key] = .flag(false)
      } else if take("(") {
        guard let numbers = tuple() else { return nil }
        fields[key] = .numbers(numbers)
      } else if let value = string() {
        fields[key] = .text(value)
      } else {
        return nil
      }
      guard take(",") || rest.drop(while: \.isWhitespace).first == "}" else { return nil }
    }
    skip()
    return rest.isEmpty ? fields : nil
  }
}

extension [UInt8] {
  /// A copy of raw bytes.
  init(_ bytes: RawSpan) {
    self = unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
  }

  /// A copy of a span.
  init(_ elements: Span<UInt8>) {
    self = unsafe elements.withUnsafeBufferPointer { unsafe [UInt8]($0) }
  }
}
