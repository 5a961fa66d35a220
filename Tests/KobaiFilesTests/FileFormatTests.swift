import KobaiFiles
import TestSupport
import Testing

@Suite("What a file is") struct FileFormatTests {
  /// A zip archive with empty files of these names: their entries in the central directory, and its end.
  private func zip(_ names: String...) -> [UInt8] {
    let start: [UInt8] = [0x50, 0x4b, 3, 4]
    var directory: [UInt8] = []
    for name in names {
      directory += [0x50, 0x4b, 1, 2] + [UInt8](repeating: 0, count: 24)
      directory += UInt16(name.utf8.count).littleEndianBytes + [UInt8](repeating: 0, count: 16) + Array(name.utf8)
    }
    let end: [UInt8] = [0x50, 0x4b, 5, 6] + [UInt8](repeating: 0, count: 8)
    return start + directory + end + UInt32(directory.count).littleEndianBytes + UInt32(start.count).littleEndianBytes
      + [0, 0]
  }

  @Test("formats are known by what their files begin with, archives by what is in them")
  func formats() {
    let onnx: [UInt8] = [8, 7, 0x12, 2, 0x70, 0x74, 0x3a, 3, 1, 2, 3, 0x42, 2, 0x10, 13]
    let cases: [([UInt8], FileFormat?)] = [
      (zip("archive/data.pkl", "archive/data/0"), .pytorch), (zip("a.npy", "b.npy"), .npz), (zip("a.txt"), .zip),
      (zip("metadata.json", "model.weights.h5"), .keras), ([0x50, 0x4b, 3, 4], .zip),
      ([0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e], .pytorch),
      ([0x80, 4, 0x95, 0, 0x2e], .pickle), ([0x93] + Array("NUMPY\u{1}".utf8), .npy),
      ([0x89] + Array("HDF\r\n\u{1a}\n".utf8), .hdf5), (Array("abcdTFL3".utf8), .tflite), (Array("GGUF".utf8), .gguf),
      (Array("version https://git-lfs.github.com/spec/v1\n".utf8), .lfsPointer), ([0x1f, 0x8b, 8], .gzip),
      (Array("  \n<!DOCTYPE html>".utf8), .webPage), (Array("<HTML>".utf8), .webPage),
      (Array("{ \"a\": 1 }".utf8), .json), (onnx, .onnx), (Array(onnx.dropLast()), nil),
      ([8, 7, 0x12, 2, 0x70, 0x74, 0x42, 2, 0x10, 13], nil),  // the same without a graph
      ([], nil), ([0, 0, 8, 3], nil), ([8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8), nil),
      ([0x7b, 0, 0, 0, 0, 0, 0, 0, 0x7b], nil),
    ]
    for (bytes, format) in cases { #expect(FileFormat.recognize(bytes) == format, "\(bytes.prefix(16))") }
  }
}
