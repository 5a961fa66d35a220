import KobaiFiles
import TestSupport
import Testing

@testable import Kobai

/// What a file promises is compared with what it holds before any memory is taken for it.
@Suite struct BoundedFilesTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// A description of 2⁴⁴ weights, which no machine has the memory for.
  private static let huge = """
    {"version": 1, "inputs": [{"name": "x", "shape": [1, 4096, 4096]}],
     "nodes": [{"name": "affine", "type": "Affine", "fields": {"outputs": 1048576}}]}
    """

  @Test("a network is described and its tensors are not there: named, and nothing is built")
  func promised() throws {
    let path = folder / "huge"
    try SafetensorsFile.write([("affine.bias", Tensor([1]))], metadata: [Network.descriptionKey: Self.huge], to: path)
    let line =
      "\(path): does not fit the network: affine.bias is 1, not 1048576; affine.weight is missing"
    var error = #expect(throws: FileError.self) { try Network(contentsOf: path, batch: 1) }
    #expect(error?.description == line)
    error = #expect(throws: FileError.self) { try FrozenNetwork(contentsOf: path) }
    #expect(error?.description == line)
  }

  @Test("where a network would need more memory than there is, all of it is named at once")
  func tooLarge() throws {
    let graph = try NetworkDescription(json: Self.huge).graph()
    let error = #expect(throws: BuildError.self) { try Network(graph, batch: 1) }
    #expect(
      error?.description
        == "network: its weights, gradients and values need more memory than a process can address; build it for smaller "
        + "batches, or with less layers")
    let other = #expect(throws: BuildError.self) {
      try Network(input: [1, 1024, 1024], batch: 1 << 12, ["conv": Conv2D(filters: 1 << 8, kernel: 3)])
    }
    let reason = try #require(other?.reason)
    #expect(
      reason.contains(
        /^its weights, gradients and values need [0-9]+ MiB of memory, (and [0-9]+ are available|which there are not); build/
      ),
      "\(reason)")
  }

  @Test("a design knows the tensors that its network will have, in their order")
  func tensors() throws {
    for architecture in [LeNet5() as any Part, ResNet9(), SimpleConvNet(), DeepConvNet()] {
      let graph = Graph(of: architecture, input: [1, 32, 32])
      let blueprint = try Network.Blueprint(graph, batch: 2)
      let network = try Network(blueprint)
      let tensors = network.namedTensors.shapes
      #expect(blueprint.design.tensors.map(\.name) == tensors.map(\.name))
      #expect(blueprint.design.tensors.map(\.shape) == tensors.map(\.shape))
      let bytes = 4 * tensors.reduce(0) { $0 + $1.shape.count }
      #expect(blueprint.memory.weights >= bytes && blueprint.memory.weights < bytes + 128 * tensors.count)
      #expect(blueprint.memory.total > 2 * bytes)
    }
  }

  @Test("of 200 flipped bits of a file of weights, each is refused, or has changed nothing that is loaded")
  func flippedBits() throws {
    let layers: Sequential = ["affine1": Affine(4), "norm": BatchNorm(), "affine2": Affine(2)]
    let network = try Network(input: [6], batch: 1, layers, seed: 3)
    try network.save(to: folder / "w", metadata: ["model": "mlp", "classes": "2"])
    let bytes = try readFile(folder / "w")
    let header = 8 + bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    let metadata = try SafetensorsFile(folder / "w").metadata
    let digest = try #require(metadata["kobai.sha256"])
    // Where the digest's own name is hit, nothing is compared with it: the file is one without.
    func words(_ metadata: [String: String]) -> [String: String] { metadata.filter { $0.value != digest } }
    var random = TestRandom(18)
    var refused = 0
    for i in 0..<200 {
      let place = random.index(below: i % 2 == 0 ? header : bytes.count)
      var changed = bytes
      changed[place] ^= 1 << UInt8(random.index(below: 8))
      try folder.write(changed, to: "changed")
      do {
        let file = try SafetensorsFile(folder / "changed")
        let other = try Network(input: [6], batch: 1, layers, seed: 4)
        try other.load(file)
        #expect(
          other.weightsSHA256 == network.weightsSHA256 && words(file.metadata) == words(metadata), "byte \(place)")
      } catch let error as FileError {
        refused += 1
        #expect(!error.description.contains("\n"), "byte \(place)")
      }
    }
    #expect(refused >= 190, "\(refused)")
  }
}
