import Foundation
import Kobai
import KobaiFiles
import TestSupport
import Testing

@Suite struct WeightsTests {
  private struct Entry: Decodable, Equatable {
    let dtype: String
    let shape: [Int]
    let offsets: [Int]
    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  @Test func writesSafetensors() throws {
    let folder = try TemporaryFolder()
    let network = try Network(
      input: [1, 6, 6], batch: 1,
      ["conv1": Conv2D(filters: 2, kernel: 3), "norm1": BatchNorm(), "affine1": Affine(3)], seed: 1)
    let path = folder / "model.safetensors"
    try network.save(to: path, metadata: ["format": "pt", "odd": "a \"quoted\" \\ word\n"])
    let bytes = try readFile(path)
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(length % 8 == 0)
    let json = Data(bytes[8..<8 + length])
    let object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
    var metadata = try #require(object["__metadata__"] as? [String: String])
    #expect(metadata.removeValue(forKey: "kobai.sha256")?.count == 64)
    #expect(metadata.removeValue(forKey: "kobai.network")?.hasPrefix("{") == true)
    #expect(metadata == ["format": "pt", "odd": "a \"quoted\" \\ word\n"])
    let names = [
      "conv1.weight", "conv1.bias", "norm1.weight", "norm1.bias", "affine1.weight", "affine1.bias",
      "norm1.running_mean", "norm1.running_var",
    ]
    #expect(Set(object.keys) == Set(names + ["__metadata__"]))
    let shapes: [String: [Int]] = [
      "conv1.weight": [2, 1, 3, 3], "conv1.bias": [2], "norm1.weight": [2], "norm1.bias": [2],
      "affine1.weight": [3, 32], "affine1.bias": [3], "norm1.running_mean": [2], "norm1.running_var": [2],
    ]
    var end = 0
    for (name, tensor) in network.namedTensors {
      let entry = try JSONDecoder().decode(
        Entry.self, from: JSONSerialization.data(withJSONObject: try #require(object[name])))
      #expect(entry == Entry(dtype: "F32", shape: shapes[name] ?? [], offsets: [end, end + 4 * tensor.count]))
      let start = 8 + length + end
      let values = (0..<tensor.count).map { i in
        Float(bitPattern: bytes[start + 4 * i..<start + 4 * i + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
      }
      expectSameBits(values, tensor.elements, name)
      end += 4 * tensor.count
    }
    #expect(bytes.count == 8 + length + end)
    #expect(
      bytes.count
        == network.savedSize(metadata: ["format": "pt", "odd": "a \"quoted\" \\ word\n"]))
  }

  @Test func namesThePathItCannotWrite() throws {
    let network = try Network(input: [2], batch: 1, ["a": Affine(1)])
    let error = #expect(throws: FileError.self) { try network.save(to: "/no/such/folder/model.safetensors") }
    #expect(error?.description == "/no/such/folder/model.safetensors: cannot be written: No such file or directory")
  }
}
