import KobaiFiles
import KobaiKernels
import KobaiPreconditions

/// An array of NumPy: numbers of any type and shape. Those of a large .npy file, or of a large archive that is not
/// compressed, stay in the file, which is mapped, so that they may be larger than the memory.
public struct NumPyArray: Sendable {
  /// The lengths of its axes; empty for a single number.
  public let shape: [Int]
  /// The type of its numbers.
  public let type: NumberType
  /// What errors call it: the file, or the file and the member of the archive.
  public let name: String
  let storage: NumberStorage
  let start: Int
  let isSwapped: Bool
  let isFortranOrder: Bool

  /// The array in a .npy file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - memoryLimit: the size in bytes up to which it is read; larger ones are mapped, and must not be cut short by others then.
  /// - Throws: `FileError` where it is damaged, or its elements are no numbers.
  public init(contentsOf path: String, memoryLimit: Int = 1 << 30) throws(FileError) {
    let storage = try NumberStorage.file(path, memoryLimit: memoryLimit)
    try self.init(storage, from: 0, to: storage.bytes.byteCount, name: path)
  }

  /// The array in some bytes of a file.
  init(_ storage: NumberStorage, from first: Int, to end: Int, name: String) throws(FileError) {
    let header = try NPYHeader(storage.bytes.extracting(first..<end), path: name)
    let held = end - first - header.byteCount
    guard held == header.bodyCount else {
      let claim = "\(NPYHeader.name(header.shape)) numbers of \(header.type.byteCount) bytes"
      throw FileError(path: name, reason: "the header claims \(claim), the file holds \(held) bytes")
    }
    (shape, type, self.name, self.storage) = (header.shape, header.type, name, storage)
    (start, isSwapped, isFortranOrder) = (first + header.byteCount, header.isSwapped, header.isFortranOrder)
  }

  /// An array of numbers in memory, the last axis running fastest.
  public init(_ numbers: [Float], shape: [Int]) {
    require(
      numbers.count == shape.reduce(1, *|), "\(numbers.count) numbers do not make an array of shape \(shape)")
    (self.shape, type, name, storage, start) = (shape, .float32, "array", .floats(numbers), 0)
    (isSwapped, isFortranOrder) = (false, false)
  }

  /// The number of its numbers.
  public var count: Int { shape.reduce(1, *) }

  /// All numbers, the last axis running fastest, each rounded to the nearest Float.
  public var floats: [Float] { rows(at: 0).floats }

  /// Writes the array as a .npy file, the last axis running fastest, in the machine's order of bytes. A file that is there
  /// already is replaced at once, or stays as it is.
  public func write(to path: String) throws(FileError) {
    let file = try AtomicFile(path)
    try file.write(NPYHeader.bytes(type: isPlain ? type : .float32, shape: shape))
    if isPlain {
      try file.write(storage.bytes.extracting(start..<start + count * type.byteCount))
    } else {
      let floats = floats
      try unsafe file.write(floats.span.bytes)
    }
    try file.commit()
  }

  /// Whether its bytes are what a file of this machine holds.
  private var isPlain: Bool { !isSwapped && (!isFortranOrder || shape.count < 2) }

  /// The array as rows: one for each place on the first axes, with all of the others in it.
  ///
  /// - Parameter axis: how many axes count the rows; with 0, the array is a single row.
  func rows(at axis: Int = 1) -> NumberRows {
    let (outer, inner) = (shape.prefix(axis), shape.dropFirst(axis))
    // Beside an axis without elements, the others may be of any length.
    let (count, width) = shape.contains(0) ? (0, 0) : (outer.reduce(1, *), inner.reduce(1, *))
    guard isFortranOrder, shape.count > 1, axis <= 1 else {
      return NumberRows(storage, type, count: count, width: width, isSwapped: isSwapped, start: start)
    }
    // The first axis runs fastest: a row's numbers lie apart by multiples of the lengths before theirs.
    var strides = [Int](repeating: type.byteCount, count: shape.count)
    for i in 1..<shape.count { strides[i] = strides[i - 1] * shape[i - 1] }
    var offsets = [0]
    for (length, stride) in zip(inner, strides.dropFirst(axis)) {
      offsets = offsets.flatMap { first in (0..<length).map { first + $0 * stride } }
    }
    return NumberRows(
      storage, type, count: count, width: width, isSwapped: isSwapped, start: start, rowStride: strides[0],
      offsets: offsets)
  }
}
