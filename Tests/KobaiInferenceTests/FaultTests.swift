import Foundation
import Kobai
import KobaiFiles
import KobaiInference
import TestSupport
import Testing

/// Each call of the system fails in turn while a saved model is read.
@Suite("Saved models, whichever call of the system fails", .enabled(if: Fault.isAvailable)) struct FaultTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private var path: String { folder / "model.safetensors" }

  private func save(_ seed: UInt64) throws {
    let network = try Network(input: [6], batch: 1, ["affine1": Affine(3)], seed: seed)
    try network.save(to: path, metadata: ModelCard(input: [6], task: .regression).metadata)
  }

  @Test("a model is read whole, or an error says why not") func loading() throws {
    try save(1)
    try expectSameOrOneLine(in: folder) {
      try Model(contentsOf: path, kernels: Kernels(threads: 1)).predict([1, 2, 3, 4, 5, 6]).values
    }
  }

  @Test("one that the system cannot read for a moment is taken a moment later") func reloading() throws {
    try save(1)
    let served = try ReloadableModel(contentsOf: path, kernels: Kernels(threads: 1))
    let old = try served.current.predict([1, 2, 3, 4, 5, 6]).values
    try save(2)
    for fault in [Fault.error(EMFILE), .error(EIO)] {
      let error = #expect(throws: FileError.self) {
        _ = try fault.inject(at: 1, of: "open") { try served.reloadIfModified() }
      }
      #expect(error?.description == "\(path): cannot be read: \(fault)")
      #expect(try served.current.predict([1, 2, 3, 4, 5, 6]).values == old)
    }
    #expect(try served.reloadIfModified())
    #expect(try served.current.predict([1, 2, 3, 4, 5, 6]).values != old)
  }
}
