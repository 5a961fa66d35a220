import DesignFuzzing
import Kobai
import KobaiONNX
import TestSupport
import Testing

/// A network of every layer comes back from everything that it can be saved as.
@Suite struct NetworkOfEveryLayerTests {
  private let folder: TemporaryFolder
  private let network: Network
  private let inputs: [Tensor]
  private let outputs: [[Float]]

  init() throws {
    folder = try TemporaryFolder()
    network = try Network(.everyLayer, batch: 3, seed: 6)
    var random = TestRandom(4)
    let image = Tensor([3, 4, 12, 10], random.floats(3 * 480))
    let words = Tensor([3, 5], (0..<15).map { _ in Float(random.index(below: 7)) })
    inputs = [image, words]
    try network.forward(inputs, .training(step: 0))  // moves running statistics
    try network.forward(inputs, .inference)
    outputs = [network.outputValue(0).elements, network.outputValue(1).elements]
  }

  private func expectSame(_ copy: Network, _ way: String) throws {
    try copy.forward(inputs, .inference)
    for (i, y) in outputs.enumerated() { expectSameBits(copy.outputValue(i).elements, y, "\(way), output \(i)") }
    #expect(copy.weightsSHA256 == network.weightsSHA256, "\(way)")
    #expect(copy.outputs.map(\.name) == ["shares", "code"] && copy.inputs.map(\.name) == ["image", "words"], "\(way)")
  }

  /// Who adds a layer to the registry adds it to the network here.
  @Test func itHasEveryLayerThatKobaiHas() throws {
    let names = Set(network.design.nodes.map { "\(type(of: $0.spec))" })
    #expect(names.sorted() == NodeRegistry.standard.names)
    #expect(outputs.allSatisfy { Set($0).count > 3 }, "outputs that say something")
  }

  @Test func itComesBackFromItsFile() throws {
    try network.save(to: folder / "network.safetensors")
    let loaded = try Network(contentsOf: folder / "network.safetensors", batch: 3)
    #expect(loaded.summary == network.summary)
    try expectSame(loaded, "saved")
  }

  @Test func itComesBackFromItsFileThroughONNX() throws {
    try network.save(to: folder / "network.safetensors")
    let loaded = try Network(contentsOf: folder / "network.safetensors", batch: 3)
    try loaded.saveONNX(to: folder / "network.onnx")
    let imported = try Network(contentsOfONNX: folder / "network.onnx", batch: 3)
    try expectSame(imported, "saved, exported")
    try imported.save(to: folder / "imported.safetensors")
    try expectSame(Network(contentsOf: folder / "imported.safetensors", batch: 3), "saved, exported, saved again")
  }
}
