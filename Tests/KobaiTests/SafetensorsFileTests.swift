import Foundation
import Kobai
import KobaiFiles
import TestSupport
import Testing

@Suite("Reading safetensors")
struct SafetensorsFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A file with the given header, as text, and so many bytes behind it.
  private func file(_ header: String, _ data: [UInt8] = [], name: String = "x.safetensors") throws -> String {
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
    try folder.write(length + Array(header.utf8) + data, to: name)
    return folder / name
  }

  private func problem(_ header: String, bytes: Int = 0) throws -> String? {
    let path = try file(header, [UInt8](repeating: 0, count: bytes))
    let error = #expect(throws: FileError.self) { try SafetensorsFile(path) }
    return error?.description.replacing("\(path): is no safetensors file: ", with: "")
  }

  @Test("all four floating-point types come back exactly; doubles are rounded")
  func types() throws {
    let halves: [UInt16] = [0x3c00, 0xc000, 0x0001, 0x8000, 0x7bff, 0x7c00, 0x3555]
    let expected: [Float] = [1, -2, 0x1p-24, -0.0, 65504, .infinity, 0.333251953125]
    let brains: [UInt16] = [0x3f80, 0xc000, 0x7f7f]
    let doubles = [1 + 0x1p-40, -0.1].map(\.bitPattern)
    func bytes<Bits: FixedWidthInteger>(_ values: [Bits]) -> [UInt8] {
      values.flatMap { value in
        (0..<MemoryLayout<Bits>.size).map { UInt8(truncatingIfNeeded: value >> (8 * Bits($0))) }
      }
    }
    let data = bytes(halves) + bytes(brains) + bytes(doubles) + bytes([Float(0.1).bitPattern])
    let path = try file(
      """
      {"__metadata__":{"format":"pt"},"h":{"dtype":"F16","shape":[7],"data_offsets":[0,14]},
      "b":{"dtype":"BF16","shape":[3,1],"data_offsets":[14,20]},
      "d":{"dtype":"F64","shape":[2],"data_offsets":[20,36]},
      "f":{"dtype":"F32","shape":[],"data_offsets":[36,40]}}
      """, data)
    let read = try SafetensorsFile(path)
    #expect(read.metadata == ["format": "pt"])
    expectSameBits(try read.floats("h"), expected, "F16")
    expectSameBits(try read.floats("b"), [1, -2, Float(bitPattern: 0x7f7f_0000)], "BF16")
    expectSameBits(try read.floats("d"), [1, -0.1], "F64")
    expectSameBits(try read.floats("f"), [0.1], "F32")
    #expect(read.entries["b"]?.shape == [3, 1])
    let missing = #expect(throws: FileError.self) { try read.floats("g") }
    #expect(missing?.description == "\(path): has no tensor g")
  }

  @Test("a digest in the metadata guards all that a file says, in whatever order it says it")
  func digest() throws {
    let tensors = [("b", Tensor([2], [1, 2])), ("a", Tensor([1], [3]))]
    try SafetensorsFile.write(tensors, metadata: ["model": "mlp"], to: folder / "w")
    let digest = try #require(try SafetensorsFile(folder / "w").metadata["kobai.sha256"])
    // The same as other software writes it: another order, another layout. sha256sum of the lines below and of the bytes
    // 00004040 0000803f 00000040 gives the digest.
    func other(_ word: String, _ digest: String, _ last: UInt8 = 0x40) throws -> String {
      try file(
        """
        {"a": {"dtype":"F32", "shape":[1], "data_offsets":[0,4]}, "b":{"shape":[2],"dtype":"F32","data_offsets":[4,12]},
         "__metadata__":{"kobai.sha256":"\(digest)","model":"\(word)"}}
        """, [0, 0, 0x40, 0x40, 0, 0, 0x80, 0x3f, 0, 0, 0, last])
    }
    let lines = "\"model\":\"mlp\"\n\"a\":F32[1]\n\"b\":F32[2]\n"
    #expect(digest == SHA256.hexDigest(of: Array(lines.utf8) + [0, 0, 0x40, 0x40, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]))
    #expect(try SafetensorsFile(other("mlp", digest)).floats("b") == [1, 2])
    for (word, digest, last) in [
      ("mlq", digest, 0x40), ("mlp", String(digest.reversed()), 0x40), ("mlp", digest, 0x41),
    ] {
      let path = try other(word, digest, UInt8(last))
      let error = #expect(throws: FileError.self) { try SafetensorsFile(path) }
      #expect(
        error?.description
          == "\(path): is damaged: its contents do not have the SHA-256 in its metadata (kobai.sha256); take another copy"
      )
    }
  }

  @Test("headers that lie are refused with the reason")
  func headers() throws {
    func entry(_ type: String, _ shape: String, _ offsets: String) -> String {
      "{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
    }
    let cases: [(header: String, bytes: Int, problem: String)] = [
      ("{\"a\":\(entry("F32", "[2]", "[0,8]"))}", 4, "a ends at byte 8 of 4"),
      ("{\"a\":\(entry("F32", "[2]", "[0,4]"))}", 4, "a, 2 of F32, needs 8 bytes and has 4"),
      (
        "{\"a\":\(entry("F32", "[2]", "[0,8]")),\"b\":\(entry("F32", "[2]", "[4,12]"))}", 12, "a and b overlap"
      ),
      (
        "{\"a\":\(entry("F32", "[1]", "[0,4]")),\"b\":\(entry("F32", "[1]", "[8,12]"))}", 12,
        "bytes 4 to 8 belong to no tensor"
      ),
      ("{\"a\":\(entry("F32", "[1]", "[0,4]"))}", 6, "bytes 4 to 6 belong to no tensor"),
      ("{\"a\":\(entry("X7", "[1]", "[0,4]"))}", 4, "a has the unknown type X7"),
      ("{\"a\":\(entry("F32", "[-1]", "[0,4]"))}", 4, "a has the shape -1"),
      (
        "{\"a\":\(entry("F32", "[4611686018427387904,4]", "[0,4]"))}", 4,
        "a has the shape 4611686018427387904×4"
      ),
    ]
    for (header, bytes, expected) in cases { #expect(try problem(header, bytes: bytes) == expected) }
    for header in ["", "[]", "{\"a\":3}", "{\"a\":\(entry("F32", "[1]", "[4,0]"))}", "{\"a\":{\"dtype\":\"F32\"}}"] {
      #expect(try problem(header, bytes: 4)?.hasPrefix("its header is not the JSON of one (") == true, "\(header)")
    }
  }

  @Test("files that are too short, and headers that are too long")
  func lengths() throws {
    func problem(_ bytes: [UInt8]) throws -> String? {
      try folder.write(bytes, to: "short")
      return #expect(throws: FileError.self) { try SafetensorsFile(folder / "short") }?.reason
    }
    #expect(try problem([1, 2, 3]) == "is no safetensors file: 3 bytes are too few")
    #expect(
      try problem([100, 0, 0, 0, 0, 0, 0, 0, 1, 2])
        == "is no safetensors file: its header claims 100 bytes, but the file ends after 2")
    #expect(
      try problem([UInt8](repeating: 255, count: 8))
        == "is no safetensors file: its header claims 18446744073709551615 bytes, more than 100 MB")
  }

  private func network(seed: UInt64) throws -> Network {
    try Network(
      input: [1, 6, 6], batch: 2,
      ["conv1": Conv2D(filters: 2, kernel: 3), "norm1": BatchNorm(), "affine1": Affine(3)] as Sequential, seed: seed)
  }

  @Test("a network takes back what it saved, bit for bit")
  func roundTrip() throws {
    let (one, other) = (try network(seed: 1), try network(seed: 2))
    #expect(one.weightsSHA256 != other.weightsSHA256)
    try one.save(to: folder / "a.safetensors")
    try other.load(from: folder / "a.safetensors")
    #expect(one.weightsSHA256 == other.weightsSHA256)
  }

  @Test("every tensor that does not fit is named, and the network stays as it was")
  func misfits() throws {
    let network = try network(seed: 1)
    let before = network.weightsSHA256
    let other = try Network(
      input: [1, 6, 6], batch: 2,
      ["conv1": Conv2D(filters: 3, kernel: 3), "fc": Affine(3)] as Sequential)
    try other.save(to: folder / "b.safetensors")
    let error = #expect(throws: FileError.self) { try network.load(from: folder / "b.safetensors") }
    #expect(
      error?.description
        == "\(folder / "b.safetensors"): does not fit the network: conv1.weight is 3×1×3×3, not 2×1×3×3; "
        + "conv1.bias is 3, not 2; norm1.weight is missing; norm1.bias is missing; affine1.weight is missing; "
        + "affine1.bias is missing; norm1.running_mean is missing; norm1.running_var is missing; fc.bias is unknown; "
        + "fc.weight is unknown")
    #expect(network.weightsSHA256 == before)
  }

  @Test("integers where floats belong are refused; PyTorch's count of batches is passed over")
  func integers() throws {
    let network = try Network(input: [2], batch: 1, ["a": Affine(1)] as Sequential)
    let path = try file(
      """
      {"a.weight":{"dtype":"I32","shape":[1,2],"data_offsets":[0,8]},"a.bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},
      "n.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[12,20]}}
      """, [UInt8](repeating: 0, count: 20))
    let error = #expect(throws: FileError.self) { try network.load(from: path) }
    #expect(error?.description == "\(path): a.weight holds I32, not F32, F16, BF16 or F64")
  }
}
