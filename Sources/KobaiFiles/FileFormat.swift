/// The format of a file, for an error that names what the file is instead of what was expected.
public enum FileFormat: Sendable, Equatable {
  /// A file that `torch.save` writes: a zip archive with a pickle in it, or, before PyTorch 1.6, a pickle.
  case pytorch
  /// Python objects, which can be anything.
  case pickle
  /// Arrays of NumPy: a single one, or several in a zip archive.
  case npy, npz
  /// HDF5, which holds Keras' weights, among others.
  case hdf5
  /// A model of Keras 3.
  case keras
  /// A model as protocol buffers (https://onnx.ai).
  case onnx
  /// A model of TensorFlow Lite.
  case tflite
  /// A model of llama.cpp.
  case gguf
  /// The few lines that Git keeps of a large file, which lies elsewhere.
  case lfsPointer
  /// What a server sends instead of a file that is not there.
  case webPage
  /// JSON, as far as text that begins with a brace is.
  case json
  /// Compressed files and archives.
  case gzip, xz, bzip2, zstd, zip

  /// The name with its article: "a PyTorch file".
  public var name: String {
    switch self {
    case .pytorch: "a PyTorch file"
    case .pickle: "a Python pickle"
    case .npy: "a NumPy array"
    case .npz: "a NumPy archive"
    case .hdf5: "an HDF5 file"
    case .keras: "a Keras model"
    case .onnx: "an ONNX model"
    case .tflite: "a TensorFlow Lite model"
    case .gguf: "a GGUF model"
    case .lfsPointer: "a Git LFS pointer"
    case .webPage: "a web page"
    case .json: "a JSON file"
    case .gzip: "a gzip file"
    case .xz: "an xz file"
    case .bzip2: "a bzip2 file"
    case .zstd: "a Zstandard file"
    case .zip: "a zip archive"
    }
  }

  /// The command that unpacks packed files; nil for other formats.
  public var unpacker: String? {
    switch self {
    case .gzip: "gunzip"
    case .xz: "unxz"
    case .bzip2: "bunzip2"
    case .zstd: "unzstd"
    case .zip: "unzip"
    default: nil
    }
  }

  /// The size of the largest ONNX file that the format allows.
  package static let largestONNX = Int(Int32.max)

  /// The format of a file with these bytes; nil for all others. What a file begins with suffices for most.
  public static func recognize(_ bytes: [UInt8]) -> FileFormat? {
    func begins(_ text: String, at offset: Int = 0) -> Bool { bytes.dropFirst(offset).starts(with: text.utf8) }
    func begins(_ magic: UInt8...) -> Bool { bytes.starts(with: magic) }
    if begins("PK\u{3}\u{4}") { return archive(bytes) }
    // The number that torch.save pickled before anything else: 0x1950a86a20f9469cfc6c.
    if begins(0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19) { return .pytorch }
    if begins(0x80), bytes.count > 3, (2...5).contains(bytes[1]), bytes[2] != 0, bytes.last == UInt8(ascii: ".") {
      return .pickle
    }
    if begins(0x93), begins("NUMPY", at: 1) { return .npy }
    if begins(0x89), begins("HDF\r\n\u{1a}\n", at: 1) { return .hdf5 }
    if begins("TFL3", at: 4) { return .tflite }
    if begins("GGUF") { return .gguf }
    if begins("version https://git-lfs.github.com/") { return .lfsPointer }
    if begins(0x1f, 0x8b) { return .gzip }
    if begins(0xfd), begins("7zXZ", at: 1) { return .xz }
    if begins("BZh") { return .bzip2 }
    if begins(0x28, 0xb5, 0x2f, 0xfd) { return .zstd }
    let text = bytes.prefix(64).drop { [0x20, 0x09, 0x0a, 0x0d].contains($0) }.prefix(9)
    let word = String(decoding: text, as: UTF8.self).lowercased()
    if word.hasPrefix("<!doctype") || word.hasPrefix("<html") { return .webPage }
    if word.hasPrefix("{"), !bytes.prefix(8).contains(0) { return .json }
    return isONNX(bytes) ? .onnx : nil
  }

  /// The format of a zip archive, by the names in its central directory (APPNOTE.TXT, 4.3.12).
  private static func archive(_ bytes: [UInt8]) -> FileFormat {
    func number(_ offset: Int, _ size: Int) -> Int {
      bytes[offset..<offset + size].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    // Its end lies in the last bytes, before a comment of 64 KiB at most.
    let ends = stride(from: bytes.count - 22, through: max(0, bytes.count - 22 - 0xffff), by: -1)
    guard let end = ends.first(where: { number($0, 4) == 0x0605_4b50 }) else { return .zip }
    var offset = number(end + 16, 4)
    while offset + 46 <= bytes.count, number(offset, 4) == 0x0201_4b50 {
      let length = number(offset + 28, 2)
      let name = String(decoding: bytes[(offset + 46)...].prefix(length), as: UTF8.self)
      if name == "data.pkl" || name.hasSuffix("/data.pkl") { return .pytorch }
      if name == "model.weights.h5" { return .keras }
      if name.hasSuffix(".npy") { return .npz }
      offset += 46 + length + number(offset + 30, 2) + number(offset + 32, 2)
    }
    return .zip
  }

  /// Whether the bytes are fields of ONNX's ModelProto, one after the other to the end: its version first, and among them
  /// a graph, which is number 7.
  private static func isONNX(_ bytes: [UInt8]) -> Bool {
    guard bytes.first == 0x08 else { return false }
    var offset = 0
    func varint() -> Int? {
      var value = 0
      for shift in stride(from: 0, to: 63, by: 7) where offset < bytes.count {
        let byte = Int(bytes[offset])
        offset += 1
        value |= (byte & 0x7f) << shift
        if byte < 0x80 { return value }
      }
      return nil
    }
    var hasGraph = false
    while offset < bytes.count {
      guard let key = varint(), key >> 3 > 0, let value = varint() else { return false }
      hasGraph = hasGraph || key == 7 << 3 | 2
      switch key & 7 {
      case 0: break
      case 2 where value <= bytes.count - offset: offset += value
      default: return false
      }
    }
    return hasGraph
  }
}
