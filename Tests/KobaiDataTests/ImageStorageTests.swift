import Foundation
import KobaiData
import KobaiFiles
import KobaiKernels
import TestSupport
import Testing

/// Pixels that are too many for memory are the same bytes in the same order: in the file itself, or in one of the cache.
@Suite struct ImageStorageTests {
  private let cache: TemporaryFolder
  init() throws { cache = try TemporaryFolder() }

  private var mapped: ImageStorage { ImageStorage(memoryLimit: 0, cache: cache / "images") }

  private func cached() -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: cache / "images")) ?? []
    return names.filter { !$0.hasSuffix(".lock") }.sorted()
  }

  /// Two batches of an epoch, as a training has them.
  private func batches(_ set: ImageSet) throws -> [Float] {
    let kernels = Kernels(threads: 1)
    let batches = Batches(set, batchSize: 2, normalization: .mnist)
    batches.startEpoch(3, on: kernels)
    var inputs = [Float](repeating: 0, count: 4 * set.pixelsPerImage)
    try batches.loadInputs(0..<4, into: inputs.mutableSpan, on: kernels)
    return inputs
  }

  private func expectSame(_ other: Dataset, _ memory: Dataset, _ what: String) throws {
    #expect(other.sha256 == memory.sha256 && other.classNames == memory.classNames, "\(what)")
    #expect(try batches(other.train) == batches(memory.train), "\(what)")
  }

  @Test("an IDX file is mapped where it lies; nothing is copied")
  func plain() throws {
    let folder = try IDXFixture.folder()
    let memory = try Dataset.load(folder: folder.path)
    try expectSame(.load(folder: folder.path, storage: mapped), memory, "plain")
    #expect(cached().isEmpty)
    let images = try ImageSet.load(images: folder / IDXFixture.names[0], storage: mapped)
    #expect(images.count == 6 && bytes(of: images) == bytes(of: memory.train))
  }

  @Test("a gzipped one is unpacked into the cache, once")
  func gzipped() throws {
    let folder = try IDXFixture.folder()
    let memory = try Dataset.load(folder: folder.path)
    for name in IDXFixture.names { try IDXFixture.gzip(folder / name) }
    try expectSame(.load(folder: folder.path, storage: mapped), memory, "gzipped")
    let made = cached()
    #expect(made.count == 2 && made.allSatisfy { $0.hasSuffix(".unpacked") })
    try expectSame(.load(folder: folder.path, storage: mapped), memory, "from the cache")
    #expect(cached() == made)
    // Another file of that name: its own images.
    let other = IDXFile.images(6, height: 4, width: 5, [UInt8](repeating: 7, count: 120))
    try FileManager.default.removeItem(atPath: folder / "\(IDXFixture.names[0]).gz")
    try folder.write(other, to: IDXFixture.names[0])
    try IDXFixture.gzip(folder / IDXFixture.names[0])
    #expect(try bytes(of: Dataset.load(folder: folder.path, storage: mapped).train).allSatisfy { $0 == 7 })
  }

  @Test("images that lie on their side are turned into the cache")
  func transposed() throws {
    let folder = try IDXFixture.folder(IDXFixture.names.map { "emnist-digits-\($0)" })
    let memory = try Dataset.load(folder: folder.path)
    #expect(memory.storage.isTransposed && memory.train.size == Size2D(5, 4))
    for _ in 0..<2 { try expectSame(.load(folder: folder.path, storage: mapped), memory, "transposed") }
    #expect(cached().count == 2)
  }

  @Test("CIFAR's images go into the cache without the labels between them", arguments: [CIFARLabels.fine, .coarse])
  func cifar(_ labels: CIFARLabels) throws {
    for isHundred in [false, true] {
      let folder = try TemporaryFolder()
      try isHundred ? CIFARFixture.hundred(in: folder) : CIFARFixture.ten(in: folder)
      let memory = try Dataset.load(cifar: folder.path, labels: labels)
      for _ in 0..<2 {
        let data = try Dataset.load(cifar: folder.path, labels: labels, storage: mapped)
        #expect(data.sha256 == memory.sha256 && data.classNames == memory.classNames)
        #expect(data.train.labels == memory.train.labels)
      }
    }
    #expect(cached().count == 4)
  }

  @Test("damaged files are told as in memory, and leave nothing in the cache")
  func damaged() throws {
    func failure(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return "nothing"
    }
    let folder = try IDXFixture.folder()
    let path = folder / IDXFixture.names[0]
    let load = { _ = try Dataset.load(folder: folder.path, storage: self.mapped) }
    for count in [0, 3, 15, 16, 100, 135, 137] {
      let whole = IDXFixture.images(6) + [1]
      try folder.write(Array(whole[..<count]), to: IDXFixture.names[0])
      let expected = failure { _ = try Dataset.load(folder: folder.path) }
      #expect(failure(load) == expected && expected != "nothing" && !expected.contains("\n"), "\(count) bytes")
    }
    try folder.write(Array(IDXFixture.images(6).dropLast()), to: IDXFixture.names[0])
    #expect(failure(load) == "\(path): the header claims 6×4×5 bytes, the file holds 119")
    try IDXFixture.gzip(path)
    #expect(failure(load) == "\(path).gz: the header claims 6×4×5 bytes, the file holds 119")
    try FileManager.default.removeItem(atPath: "\(path).gz")
    let packed = try IDXFixture.gzipped(IDXFixture.images(6))
    try folder.write(packed.dropLast(20), to: "\(IDXFixture.names[0]).gz")
    #expect(failure(load) == "\(path).gz: the gzip data ends early; the file is truncated, fetch it again")

    let colours = try TemporaryFolder()
    try CIFARFixture.ten(in: colours)
    try colours.write(CIFARFixture.record([9], 0) + CIFARFixture.record([10], 0), to: "data_batch_3.bin")
    let cifar = { _ = try Dataset.load(cifar: colours.path, storage: self.mapped) }
    #expect(failure(cifar) == "\(colours / "data_batch_3.bin"): label 10 of image 2; classes go from 0 to 9")
    try colours.write(Array(CIFARFixture.record([1], 0).dropLast()), to: "data_batch_3.bin")
    #expect(
      failure(cifar) == "\(colours / "data_batch_3.bin"): 3072 bytes are no records of 3073, as CIFAR-10's are; "
        + "take another copy")
    #expect(cached().isEmpty)
  }
}
