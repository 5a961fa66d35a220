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
    try folder.write(header.utf8.count.littleEndianBytes + Array(header.utf8) + data, to: name)
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
    func bytes<Bits: FixedWidthInteger>(_ values: [Bits]) -> [UInt8] { values.flatMap(\.littleEndianBytes) }
    let data = bytes(halves) + bytes(brains) + bytes(doubles) + [Float(0.1)].littleEndianBytes
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
      ("{\"a\":\(entry("X7", "[1]", "[0,8]"))}", 4, "a ends at byte 8 of 4"),
      ("{\"a\":\(entry("F4", "[3]", "[0,2]"))}", 2, "a, 3 of F4, needs 12 bits and has 2"),
      ("{\"a\":\(entry("F6_E2M3", "[4]", "[0,4]"))}", 4, "a, 4 of F6_E2M3, needs 3 bytes and has 4"),
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
      ["conv1": Conv2D(filters: 2, kernel: 3), "norm1": BatchNorm(), "affine1": Affine(3)], seed: seed)
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
      ["conv1": Conv2D(filters: 3, kernel: 3), "fc": Affine(3)])
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

  @Test("integers where floats belong are refused; PyTorch's count of batches is skipped")
  func integers() throws {
    let network = try Network(input: [2], batch: 1, ["a": Affine(1)])
    let path = try file(
      """
      {"a.weight":{"dtype":"I32","shape":[1,2],"data_offsets":[0,8]},"a.bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},
      "n.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[12,20]}}
      """, [UInt8](repeating: 0, count: 20))
    let error = #expect(throws: FileError.self) { try network.load(from: path) }
    #expect(error?.description == "\(path): a.weight holds I32, not F32, F16, BF16 or F64")
  }

  @Test(
    "a tensor of any other type is in nobody's way unless the network needs it",
    arguments: [
      ("C64", 4, 32), ("F8_E4M3", 8, 8), ("F8_E5M2", 8, 8), ("F8_E8M0", 8, 8), ("F8_E4M3FNUZ", 8, 8),
      ("F8_E5M2FNUZ", 8, 8), ("F6_E2M3", 4, 3), ("F6_E3M2", 4, 3), ("F4", 2, 1), ("U16", 1, 2), ("I64", 1, 8),
      ("BOOL", 3, 3), ("F2_SOMEDAY", 3, 5),
    ])
  func otherTypes(_ type: String, _ count: Int, _ bytes: Int) throws {
    let network = try Network(input: [2], batch: 1, ["a": Affine(1)])
    func header(_ extra: String, _ bias: String, _ biasShape: Int, _ biasBytes: Int) -> String {
      """
      {"a.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},
      "a.bias":{"dtype":"\(bias)","shape":[\(biasShape)],"data_offsets":[8,\(8 + biasBytes)]}\(extra)}
      """
    }
    let extra = ",\"x\":{\"dtype\":\"\(type)\",\"shape\":[\(count)],\"data_offsets\":[12,\(12 + bytes)]}"
    let data: [UInt8] = [0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64] + [UInt8](repeating: 7, count: bytes)
    try network.load(from: try file(header(extra, "F32", 1, 4), data))
    #expect(network.namedTensors.map(\.tensor.elements) == [[1, 2], [3]])
    // The same type where a bias belongs; only one element fits, which most types can have.
    guard bytes % count == 0 else { return }
    let path = try file(header("", type, 1, bytes / count), Array(data[..<(8 + bytes / count)]))
    let error = #expect(throws: FileError.self) { try network.load(from: path) }
    #expect(error?.description == "\(path): a.bias holds \(type), not F32, F16, BF16 or F64")
  }

  @Test("a prefix before all names is named, and taken off") func prefixes() throws {
    let network = try network(seed: 1)
    let tensors = network.namedTensors.map { (name: "module.\($0.name)", tensor: $0.tensor) }
    try SafetensorsFile.write(tensors, to: folder / "p")
    let other = try self.network(seed: 2)
    let error = #expect(throws: FileError.self) { try other.load(from: folder / "p") }
    #expect(
      error?.reason == "does not fit the network: the names of its tensors begin with \"module.\"; strip that "
        + "(--strip-prefix module. of cnn-train)")
    try other.load(try SafetensorsFile(folder / "p").stripping(prefix: "module."))
    #expect(other.weightsSHA256 == network.weightsSHA256)
    let wrong = #expect(throws: FileError.self) { try SafetensorsFile(folder / "p").stripping(prefix: "net.") }
    #expect(
      wrong?.reason == "no tensor's name begins with \"net.\"; they are module.affine1.bias, module.affine1.weight, "
        + "module.conv1.bias, …")
    try SafetensorsFile.write(tensors + network.namedTensors, to: folder / "both")
    let twice = #expect(throws: FileError.self) { try SafetensorsFile(folder / "both").stripping(prefix: "module.") }
    #expect(twice?.reason == "without \"module.\", two tensors are called affine1.bias")
  }

  @Test("the layers of an anonymous Sequential are matched by their order, if all shapes agree") func order() throws {
    let network = try network(seed: 1)
    /// The network's tensors under the numbers of a Sequential, all behind a prefix.
    func numbered(_ numbers: [String: String]) -> [NamedTensor] {
      network.namedTensors.map { name, tensor in
        let layer = name.prefix { $0 != "." }
        return (numbers[String(layer)]! + name.dropFirst(layer.count), tensor)
      }
    }
    for prefix in ["", "module."] {
      let names = ["conv1": "\(prefix)2", "norm1": "\(prefix)3", "affine1": "\(prefix)10"]
      try SafetensorsFile.write(numbered(names), to: folder / "s")
      let other = try self.network(seed: 2)
      let match = try #require(try SafetensorsFile(folder / "s").matchingOrder(of: other.namedTensors))
      #expect(match.layers.map(\.0) == ["\(prefix)2", "\(prefix)3", "\(prefix)10"], "2 comes before 10")
      #expect(match.layers.map(\.1) == ["conv1", "norm1", "affine1"])
      try other.load(match.file)
      #expect(other.weightsSHA256 == network.weightsSHA256)
    }
    for names in [
      ["conv1": "3", "norm1": "2", "affine1": "10"], ["conv1": "a.0", "norm1": "a.1", "affine1": "b.2"],
      ["conv1": "conv", "norm1": "norm", "affine1": "fc"],
    ] {
      try SafetensorsFile.write(numbered(names), to: folder / "s")
      #expect(try SafetensorsFile(folder / "s").matchingOrder(of: network.namedTensors) == nil, "\(names)")
    }
    try network.save(to: folder / "own")
    #expect(try SafetensorsFile(folder / "own").matchingOrder(of: network.namedTensors) == nil)
  }

  @Test("files of other formats are named, with the way from there") func otherFormats() throws {
    for (name, bytes, reason) in [
      (
        "w.h5", [0x89] + Array("HDF\r\n\u{1a}\n".utf8),
        "is an HDF5 file, not safetensors; save its weights with safetensors.numpy.save_file, in PyTorch's shapes: "
          + "kernels of convolutions as w.transpose(3, 2, 0, 1), those of dense layers as w.T"
      ),
      (
        "w.safetensors", Array("version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 1735608\n".utf8),
        "is a Git LFS pointer, not safetensors; git lfs pull fetches the weights themselves, 1735608 bytes"
      ),
      ("w.gz", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0], "is a gzip file, not safetensors; unpack it with gunzip"),
      (
        "it's.pt", [0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19],
        "is a PyTorch file, not safetensors; convert it with python3 -c \"import torch; from safetensors.torch import "
          + "save_file; save_file(torch.load('FILE', map_location='cpu', weights_only=True), 'FILE.safetensors')\""
      ),
    ] {
      try folder.write(bytes, to: name)
      let error = #expect(throws: FileError.self) { try SafetensorsFile(folder / name) }
      #expect(error?.description == "\(folder / name): \(reason)")
    }
  }
}
