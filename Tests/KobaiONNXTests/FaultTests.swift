import Kobai
import KobaiONNX
import TestSupport
import Testing

/// Each call of the system fails in turn while a network is exported.
@Suite("ONNX files, whichever call of the system fails", .enabled(if: Fault.isAvailable)) struct FaultTests {
  @Test("the file is the old or the new one") func export() throws {
    let folder = try TemporaryFolder()
    let network = try Network(input: [1, 4, 4], batch: 1, MultiLayerNet(hidden: [3]))
    try expectWholeFiles(
      in: folder, reset: { try folder.write([1, 2], to: "n.onnx") },
      write: {
        try network.saveONNX(to: folder / "n.onnx")
      })
  }
}
