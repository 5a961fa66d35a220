import KobaiFiles
import KobaiKernels

/// Where numbers lie: in memory, or in a mapped file, which may be larger than the memory.
enum NumberStorage: Sendable {
  case bytes([UInt8])
  case words([UInt32])
  case floats([Float])
  case mapped(MappedFile)

  var bytes: RawSpan {
    @_lifetime(borrow self) get {
      switch self {
      case .bytes(let array): return unsafe _overrideLifetime(array.span.bytes, borrowing: self)
      case .words(let array): return unsafe _overrideLifetime(array.span.bytes, borrowing: self)
      case .floats(let array): return unsafe _overrideLifetime(array.span.bytes, borrowing: self)
      case .mapped(let file): return unsafe _overrideLifetime(file.bytes, borrowing: self)
      }
    }
  }

  /// A whole file, mapped where it is a large one. Smaller ones are read: a file that is mapped must not be cut short by others.
  static func file(_ path: String, memoryLimit: Int) throws(FileError) -> NumberStorage {
    guard let (size, _) = try fileStamp(path), size > memoryLimit else { return .bytes(try readFile(path)) }
    return .mapped(try MappedFile(path))
  }
}

/// Rows of numbers of one type, as they lie in memory or in a file. Those that are asked for become Float or Int32.
struct NumberRows: Sendable {
  let storage: NumberStorage
  let type: NumberType
  /// Whether the bytes of a number lie in the other order than the machine's.
  let isSwapped: Bool
  /// The byte at which the first row begins.
  let start: Int
  /// The number of bytes from the beginning of one row to that of the next.
  let rowStride: Int
  /// How many rows there are.
  let count: Int
  /// How many numbers a row has.
  let width: Int
  /// Where the numbers of a row lie, in bytes from its beginning; nil where one follows the other.
  let offsets: [Int]?

  init(
    _ storage: NumberStorage, _ type: NumberType, count: Int, width: Int, isSwapped: Bool = false, start: Int = 0,
    rowStride: Int? = nil, offsets: [Int]? = nil
  ) {
    (self.storage, self.type, self.isSwapped, self.start) = (storage, type, isSwapped, start)
    (self.count, self.width, self.offsets) = (count, width, offsets)
    self.rowStride = rowStride ?? width * type.byteCount
  }

  /// Fills `out` (index.count, width) with rows, each number rounded to the nearest Float.
  func load(_ index: Span<Int32>, into out: inout MutableSpan<Float>, _ argument: String) throws(KernelError) {
    guard out.count == index.count * width else {
      throw .count(kernel: "samples", argument: argument, needed: index.count * width, given: out.count)
    }
    for i in index.indices { copy(try row(index[i]), into: &out, at: i * width) }
  }

  /// All numbers, row by row.
  var floats: [Float] {
    var floats = [Float](repeating: 0, count: count * width)
    var out = floats.mutableSpan
    for i in 0..<count { copy(start + i * rowStride, into: &out, at: i * width) }
    return floats
  }

  /// Copies the row whose bytes begin at `row` to the elements of `out` from `first` on.
  private func copy(_ row: Int, into out: inout MutableSpan<Float>, at first: Int) {
    let (bytes, size) = (storage.bytes, type.byteCount)
    if let offsets {
      for j in 0..<width { out[first + j] = bytes.float(at: row + offsets[j], as: type, isSwapped: isSwapped) }
    } else if type == .float32 && !isSwapped {
      let source = bytes.extracting(row..<row + 4 * width)
      unsafe out.withUnsafeMutableBufferPointer { target in
        let target = unsafe UnsafeMutableRawBufferPointer(
          UnsafeMutableBufferPointer(rebasing: target[first..<first + width]))
        unsafe source.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
      }
    } else {
      for j in 0..<width { out[first + j] = bytes.float(at: row + size * j, as: type, isSwapped: isSwapped) }
    }
  }

  /// The first number that is infinite or none, by its row and its place in it; nil where all are finite.
  var firstNotFinite: (row: Int, place: Int)? {
    guard !type.isInteger else { return nil }
    let bytes = storage.bytes
    for i in 0..<count {
      for j in 0..<width
      where !bytes.float(at: start + i * rowStride + offset(j), as: type, isSwapped: isSwapped).isFinite {
        return (i, j)
      }
    }
    return nil
  }

  /// Fills `out` (index.count, width) with rows of whole numbers.
  func load(_ index: Span<Int32>, into out: inout MutableSpan<Int32>) throws(KernelError) {
    guard out.count == index.count * width else {
      throw .count(kernel: "samples", argument: "classes", needed: index.count * width, given: out.count)
    }
    let bytes = storage.bytes
    for i in index.indices {
      let row = try self.row(index[i])
      for j in 0..<width {
        let number = bytes.whole(at: row + offset(j), as: type, isSwapped: isSwapped)
        out[i * width + j] = Int32(clamping: number ?? -1)
      }
    }
  }

  /// The number in a row, at a place of it, as a Float.
  func float(_ row: Int, _ place: Int) -> Float {
    storage.bytes.float(at: start + row * rowStride + offset(place), as: type, isSwapped: isSwapped)
  }

  /// The same as a whole number; nil where it is none.
  func whole(_ row: Int, _ place: Int) -> Int? {
    storage.bytes.whole(at: start + row * rowStride + offset(place), as: type, isSwapped: isSwapped)
  }

  private func offset(_ place: Int) -> Int { offsets?[place] ?? place * type.byteCount }

  private func row(_ index: Int32) throws(KernelError) -> Int {
    guard index >= 0, Int(index) < count else {
      throw .invalid(kernel: "samples", reason: "index \(index) is not in 0 ..< \(count)")
    }
    return start + Int(index) * rowStride
  }
}
