/// Reads one kind of pickle, a dictionary of numpy arrays, and refuses every other.
///
/// A pickle can ask Python to call anything. This machine knows but three callables, all of which only describe an
/// array, and none of them is called: what they are given is checked and noted. Memory stays within a small multiple of
/// the file's size: values are parts of the file, all numbers of values are limited, and every array must have brought
/// its own bytes.
struct PickleReader {
  /// Values on the stack, values kept for later, arrays, and letters of a name: far more than any network needs.
  private static let (stackLimit, memoLimit, arrayLimit, nameLimit) = (1000, 10_000, 1000, 100)
  /// Tuples within tuples.
  private static let depthLimit = 4

  private let bytes: [UInt8]
  private var position = 0
  private var start = 0  // of the instruction at hand
  private var opcode = PickleOpcode.proto
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var decoded = 0  // bytes that were made of texts

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The arrays of a pickle, by name.
  static func arrays(_ bytes: [UInt8]) throws(PickleError) -> [String: PickledArray.Contents] {
    var reader = PickleReader(bytes)
    return try reader.run()
  }

  private mutating func run() throws(PickleError) -> [String: PickledArray.Contents] {
    guard bytes.first == PickleOpcode.proto.rawValue else { throw PickleError("it does not begin with PROTO") }
    repeat {
      start = position
      guard start < bytes.count else { throw PickleError("it ends at byte \(start) without STOP") }
      guard let opcode = PickleOpcode(rawValue: bytes[start]) else {
        throw PickleError("byte \(start) is 0x\(String(bytes[start], radix: 16)), which is no opcode")
      }
      self.opcode = opcode
      position += 1
      try step()
      guard max(stack.count, marks.count) <= Self.stackLimit, memo.count <= Self.memoLimit else {
        throw error("keeps more than \(Self.stackLimit) values on the stack or \(Self.memoLimit) in the memo")
      }
    } while opcode != .stop
    guard position == bytes.count else { throw PickleError("\(bytes.count - position) bytes follow its STOP") }
    guard stack.count == 1, marks.isEmpty, case .dictionary(let dictionary) = stack[0] else {
      throw PickleError("it is no dictionary of arrays")
    }
    var contents: [String: PickledArray.Contents] = [:]
    var claimed = 0
    for (name, array) in dictionary.arrays {
      contents[name] = array.contents
      claimed += array.contents?.bytes.count ?? 0
    }
    guard claimed <= bytes.count else {
      throw PickleError("its arrays share their bytes: they claim \(claimed), and the file has \(bytes.count)")
    }
    return contents
  }

  /// Carries out one instruction.
  private mutating func step() throws(PickleError) {
    switch opcode {
    case .proto:
      let version = try number(1)
      guard start == 0, (2...4).contains(version) else {
        throw error("asks for protocol \(version), not 2 to 4")
      }
    case .frame:
      let length = try number(8)
      guard length <= bytes.count - position else { throw error("announces \(length) bytes, more than follow") }
    case .stop: break
    case .mark: marks.append(stack.count)

    case .none: stack.append(.none)
    case .newtrue: stack.append(.bool(true))
    case .newfalse: stack.append(.bool(false))
    case .binint1: stack.append(.int(try number(1)))
    case .binint2: stack.append(.int(try number(2)))
    case .binint: stack.append(.int(Int(Int32(truncatingIfNeeded: try number(4)))))
    case .shortBinunicode: stack.append(.text(try text(number(1))))
    case .binunicode: stack.append(.text(try text(number(4))))
    case .shortBinbytes, .shortBinstring: stack.append(.bytes(try take(number(1))))
    case .binbytes, .binstring: stack.append(.bytes(try take(number(4))))
    case .binbytes8: stack.append(.bytes(try take(number(8))))

    case .emptyTuple: try pushTuple([])
    case .tuple1: try pushTuple(pop(1))
    case .tuple2: try pushTuple(pop(2))
    case .tuple3: try pushTuple(pop(3))
    case .tuple: try pushTuple(popToMark())
    case .emptyDict: stack.append(.dictionary(PickledDictionary()))
    case .setitem: try setItems(pop(2))
    case .setitems: try setItems(popToMark())

    case .binput: memo[try number(1)] = try top()
    case .longBinput: memo[try number(4)] = try top()
    case .memoize: memo[memo.count] = try top()
    case .binget: try recall(number(1))
    case .longBinget: try recall(number(4))

    case .global: try pushGlobal(line(), line())
    case .stackGlobal:
      let names = try pop(2)
      guard let module = names[0].string, let name = names[1].string else { throw error("needs two names") }
      try pushGlobal(module, name)
    case .reduce:
      let pair = try pop(2)
      guard case .global(let name) = pair[0], let arguments = pair[1].elements,
        let value = Self.made(by: name, arguments)
      else { throw error("makes no array of what lies on the stack") }
      if case .bytes(let made) = value {
        decoded += made.count
        guard decoded <= bytes.count else { throw error("decodes more bytes than the file has") }
      }
      stack.append(value)
    case .build:
      let pair = try pop(2)
      guard let state = pair[1].elements, Self.build(pair[0], state) else {
        throw error("fills no array or type with what lies on the stack")
      }
      stack.append(pair[0])

    default: throw error("has no place in a dictionary of arrays")
    }
  }

  private func error(_ reason: String) -> PickleError {
    PickleError("its opcode \(opcode.name) at byte \(start) \(reason)")
  }

  // MARK: what follows an opcode

  private mutating func take(_ count: Int) throws(PickleError) -> ArraySlice<UInt8> {
    guard count <= bytes.count - position else {
      throw PickleError("it ends at byte \(bytes.count) within opcode \(opcode.name)")
    }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// A number of so many bytes, the lowest first.
  private mutating func number(_ count: Int) throws(PickleError) -> Int {
    let value = try take(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int(clamping: value)  // too large for a file either way
  }

  private mutating func text(_ count: Int) throws(PickleError) -> String {
    guard let text = String(validating: try take(count), as: UTF8.self) else { throw error("holds no UTF-8") }
    return text
  }

  private mutating func line() throws(PickleError) -> String {
    let rest = bytes[position...]
    guard let end = rest.firstIndex(of: 0x0a) else {
      throw PickleError("it ends at byte \(bytes.count) within opcode \(opcode.name)")
    }
    defer { position = end + 1 }
    return String(decoding: rest[..<end], as: UTF8.self)
  }

  // MARK: the stack

  private func top() throws(PickleError) -> PickleValue {
    guard let value = stack.last, stack.count > marks.last ?? 0 else { throw error("finds the stack empty") }
    return value
  }

  private mutating func pop(_ count: Int) throws(PickleError) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw error("finds too little on the stack") }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(PickleError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw error("finds no MARK") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private mutating func pushTuple(_ elements: [PickleValue]) throws(PickleError) {
    let depth = 1 + (elements.map(\.depth).max() ?? 0)
    guard depth <= Self.depthLimit else { throw error("nests more than \(Self.depthLimit) tuples") }
    stack.append(.tuple(elements, depth: depth))
  }

  private mutating func recall(_ index: Int) throws(PickleError) {
    guard let value = memo[index] else { throw error("recalls \(index), which was not kept") }
    stack.append(value)
  }

  private mutating func setItems(_ items: [PickleValue]) throws(PickleError) {
    guard case .dictionary(let dictionary) = try top(), items.count % 2 == 0 else {
      throw error("finds no dictionary to fill")
    }
    for i in stride(from: 0, to: items.count, by: 2) {
      guard let name = items[i].string, name.count <= Self.nameLimit, case .array(let array) = items[i + 1],
        array.contents != nil
      else { throw error("puts something else than arrays by name into a dictionary") }
      dictionary.arrays[name] = array
    }
    guard dictionary.arrays.count <= Self.arrayLimit else { throw error("makes more than \(Self.arrayLimit) arrays") }
  }

  private mutating func pushGlobal(_ module: String, _ name: String) throws(PickleError) {
    let global = "\(module).\(name)"
    guard Self.isKnown(global) else {
      throw error("asks for \(global.prefix(Self.nameLimit).debugDescription), and only numpy's arrays are taken")
    }
    stack.append(.global(global))
  }
}

/// Why a pickle is refused.
struct PickleError: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}
