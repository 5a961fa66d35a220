import Foundation
import KobaiFiles
import KobaiPreconditions

/// A safetensors file, read and checked (https://huggingface.co/docs/safetensors): named tensors, and words about them. What
/// the book's Python saved is read as if it were one (``BookWeights``).
public struct SafetensorsFile: Sendable {
  /// One tensor: its type, its sizes, and where its bytes lie behind the header.
  public struct Entry: Sendable, Equatable {
    /// The format's name of the type, such as "F32".
    public let type: String
    /// The size along each axis.
    public let shape: [Int]
    /// The first byte of the tensor and the end of it, counted from the end of the header.
    public let offsets: Range<Int>
  }

  /// The path that it was read from.
  public let path: String
  /// The tensors by name.
  public internal(set) var entries: [String: Entry]
  /// The metadata: keys and values about the tensors.
  public let metadata: [String: String]
  private let contents: FileContents  // the tensors are read when they are asked for
  private let start: Int  // the offset of the first tensor

  /// The longest header that is read. The format's own implementation has the same limit.
  public static let longestHeader = 100_000_000

  /// Opens the file and checks everything that its header claims. Its tensors stay in it until they are asked for.
  ///
  /// - Throws: `FileError` with the first thing that is wrong; where the file is of another known format, with its name
  ///   and how to convert it.
  public init(_ path: String) throws(FileError) {
    let contents = try FileContents(path)
    if try contents.bytes(0..<min(contents.count, 1)) == [0x80], case let bytes = try contents.all(),
      FileFormat.recognize(bytes) == .pickle
    {
      self.init(try BookWeights(path, bytes))
    } else {
      try self.init(path, contents)
    }
  }

  /// Whether the metadata have a SHA-256 of the contents, by which damage is found when the file is read. Files that other software
  /// wrote have none.
  public var hasDigest: Bool { metadata[SafetensorsDigest.key] != nil }

  /// Whether a file begins as the format does: with the length of a header, and the brace of its JSON.
  package static func isLikely(_ path: String) throws(FileError) -> Bool {
    let beginning = try readBeginning(path, count: 9)
    let length = beginning.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return beginning.count == 9 && length <= longestHeader && beginning[8] == UInt8(ascii: "{")
  }

  private init(_ path: String, _ contents: FileContents) throws(FileError) {
    func invalid(_ reason: String) -> FileError {
      guard let bytes = try? contents.all(), let format = FileFormat.recognize(bytes) else {
        return FileError(path: path, reason: "is no safetensors file: \(reason)")
      }
      return FileError(
        path: path, reason: "is \(format.name), not safetensors; \(format.conversionToSafetensors(path, bytes))")
    }
    self.contents = contents
    guard contents.count >= 8 else { throw invalid("\(contents.count) bytes are too few") }
    let length = try contents.bytes(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= Self.longestHeader else { throw invalid("its header claims \(length) bytes, more than 100 MB") }
    guard length <= contents.count - 8 else {
      throw invalid("its header claims \(length) bytes, but the file ends after \(contents.count - 8)")
    }
    start = 8 + Int(length)
    let json = try contents.bytes(8..<start)
    let header: Header
    do {
      header = try JSONDecoder().decode(Header.self, from: Data(json))
    } catch {
      throw invalid("its header is not the JSON of one (\(Self.reason(error)))")
    }
    (self.path, metadata, entries) = (path, header.metadata, header.entries)
    if let problem = Self.problem(in: entries, bytes: contents.count - start) { throw invalid(problem) }
    if let promised = metadata[SafetensorsDigest.key], try digest() != promised {
      throw FileError(
        path: path,
        reason: "is damaged: its contents do not have the SHA-256 in its metadata (\(SafetensorsDigest.key)); "
          + "take another copy")
    }
  }

  /// The file that the book's weights would be, under Kobai's names.
  private init(_ weights: BookWeights) {
    var (bytes, entries) = ([UInt8](), [String: Entry]())
    for (name, tensor) in weights.tensors {
      let first = bytes.count
      for value in tensor.elements { unsafe withUnsafeBytes(of: value.bitPattern.littleEndian) { unsafe bytes += $0 } }
      entries[name] = Entry(type: "F32", shape: tensor.shape.array, offsets: first..<bytes.count)
    }
    (path, self.entries, metadata, start) = (weights.path, entries, [:], 0)
    contents = FileContents(bytes, path: weights.path)
  }

  /// The ``SafetensorsDigest`` of the contents.
  private func digest() throws(FileError) -> String {
    let tensors = entries.sorted { $0.key < $1.key }
    var digest = SafetensorsDigest(
      metadata: metadata, tensors.map { (name: $0.key, type: $0.value.type, shape: $0.value.shape) })
    for (_, entry) in tensors {
      try contents.forEachPiece(of: range(of: entry)) { digest.update($0) }
    }
    return digest.finish()
  }

  /// Where a tensor's bytes lie in the file.
  private func range(of entry: Entry) -> Range<Int> {
    start + entry.offsets.lowerBound..<start + entry.offsets.upperBound
  }

  /// The elements of a tensor as floats. F16, BF16 and F32 are exact; F64 is rounded.
  ///
  /// - Throws: `FileError` where there is no such tensor, or where it holds something else.
  public func floats(_ name: String) throws(FileError) -> [Float] {
    guard let entry = entries[name] else { throw FileError(path: path, reason: "has no tensor \(name)") }
    let bytes = try contents.bytes(range(of: entry))
    func values<Bits: FixedWidthInteger>(_: Bits.Type, _ value: (Bits) -> Float) -> [Float] {
      unsafe bytes.withUnsafeBytes { raw in
        stride(from: 0, to: raw.count, by: MemoryLayout<Bits>.size).map {
          unsafe value(Bits(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: Bits.self)))
        }
      }
    }
    switch entry.type {
    case "F32": return values(UInt32.self) { Float(bitPattern: $0) }
    case "F64": return values(UInt64.self) { Float(Double(bitPattern: $0)) }
    case "BF16": return values(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case "F16": return values(UInt16.self) { Self.float(half: $0) }
    default:
      throw FileError(path: path, reason: "\(name) holds \(entry.type), not F32, F16, BF16 or F64")
    }
  }

  /// Fills a tensor of the network with the file's of that name, which has as many elements.
  ///
  /// - Throws: what ``floats(_:)`` throws.
  package func load(_ name: String, into tensor: Tensor) throws(FileError) {
    guard let entry = entries[name], entry.type == "F32", 1.littleEndian == 1 else {
      return tensor.copy(from: Tensor(tensor.shape, try floats(name)))
    }
    require(entry.offsets.count == 4 * tensor.count, "\(name) does not fit a \(tensor.shape) tensor")
    var target = tensor.mutableSpan
    try unsafe target.withUnsafeMutableBytes { (bytes) throws(FileError) in
      try unsafe contents.read(into: bytes, from: range(of: entry).lowerBound)
    }
  }

  /// Writes tensors as F32, and the SHA-256 of all that is written into the metadata. The file that was there stays whole
  /// until the new one is complete.
  public static func write(
    _ tensors: [NamedTensor], metadata: [String: String] = [:], to path: String
  ) throws(FileError) {
    try write(tensors, metadata: metadata, to: AtomicFile(path))
  }

  /// The same into a file that is open already, and puts it in place.
  public static func write(
    _ tensors: [NamedTensor], metadata: [String: String] = [:], to file: AtomicFile
  ) throws(FileError) {
    try write(tensors, metadata: metadata, to: [file])
  }

  /// The same into several files. They are hashed once: that takes longer than writing them.
  package static func write(
    _ tensors: [NamedTensor], metadata: [String: String], to files: [AtomicFile]
  ) throws(FileError) {
    let ordered = tensors.sorted { $0.name < $1.name }
    var digest = SafetensorsDigest(
      metadata: metadata, ordered.map { (name: $0.name, type: "F32", shape: $0.tensor.shape.array) })
    for (_, tensor) in ordered { unsafe digest.update(tensor.span.bytes) }
    let header = header(tensors, metadata, digest: digest.finish())
    if let file = files.first, header.count - 8 > longestHeader {
      throw FileError(
        path: file.path,
        reason: "cannot be written: its names and words take \(header.count - 8) bytes, more than 100 MB")
    }
    for file in files {
      try file.write(header)
      for (_, tensor) in tensors { try unsafe file.write(tensor.span.bytes) }
      try file.commit()
    }
  }

  /// How many bytes a file with these tensors and words has.
  public static func size(of tensors: [NamedTensor], metadata: [String: String] = [:]) -> Int {
    tensors.reduce(header(tensors, metadata, digest: SafetensorsDigest.placeholder).count) {
      $0 + $1.tensor.count * MemoryLayout<Float>.stride
    }
  }

  private static func header(_ tensors: [NamedTensor], _ metadata: [String: String], digest: String) -> [UInt8] {
    let words = metadata.merging([SafetensorsDigest.key: digest]) { _, new in new }
    return SafetensorsHeader(tensors.map { ($0.name, $0.tensor.shape) }, metadata: words).bytes
  }

  /// "30×1×5×5"
  static func text(_ shape: [Int]) -> String {
    shape.isEmpty ? "a single number" : shape.map(String.init).joined(separator: "×")
  }

  /// The half-precision value with these bits (IEEE 754 binary16).
  package static func float(half bits: UInt16) -> Float {
    let (sign, exponent, fraction) = (UInt32(bits >> 15) << 31, UInt32(bits >> 10 & 31), UInt32(bits & 1023))
    switch exponent {
    case 0: return (sign == 0 ? 1 : -1) * Float(fraction) * 0x1p-24  // zero and subnormal numbers
    case 31: return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }

  private static func reason(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    let context: DecodingError.Context
    switch error {
    case .dataCorrupted(let at), .keyNotFound(_, let at), .typeMismatch(_, let at), .valueNotFound(_, let at):
      context = at
    @unknown default: return "\(error)"
    }
    let path = context.codingPath.map(\.stringValue).joined(separator: ".")
    return path.isEmpty ? context.debugDescription : "\(path): \(context.debugDescription)"
  }
}
