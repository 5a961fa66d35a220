import Foundation
import Kobai
import KobaiData
import KobaiFiles
import KobaiInference
import Synchronization
import TestSupport
import Testing

/// A model that is replaced while others predict.
@Suite struct ReloadableModelTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private var path: String { folder / "model.safetensors" }

  /// A network all of whose outputs are `value`.
  private func save(_ value: Float) throws {
    let network = try Network(input: [6], batch: 1, ["affine1": Affine(40), "affine2": Affine(3)])
    for parameter in network.parameters.all { parameter.value.fill(0) }
    network.parameters.all.last?.value.fill(value)
    try network.save(to: path, metadata: ModelCard(input: [6], task: .regression).metadata)
  }

  @Test func whoPredictsMeanwhileGetsTheOldOrTheNewModelAndNothingElse() throws {
    try save(0)
    let served = try ReloadableModel(contentsOf: path, kernels: Kernels(threads: 1))
    // Threads of their own, so that they predict all the time.
    let seen = Seen()
    for _ in 0..<8 {
      Thread.detachNewThread {
        while !seen.isOver { seen.insert((try? served.current.predict([1, 2, 3, 4, 5, 6]).values) ?? []) }
      }
    }
    defer { seen.end() }
    for version in 1...20 {
      let before = seen.count
      // Asleep, not awaiting: other tests would have their turns first, and the eight predict all the while.
      for _ in 0..<1000 where seen.count < before + 8 { Thread.sleep(forTimeInterval: 0.001) }
      try save(Float(version))
      try served.reload()
      #expect(try served.current.predict([0, 0, 0, 0, 0, 0]).values == [Float](repeating: Float(version), count: 3))
    }
    let possible = Set((0...20).map { [Float](repeating: Float($0), count: 3) })
    #expect(seen.values.isSubset(of: possible) && seen.values.count > 1, "\(seen.values)")
  }

  @Test func aDamagedFileLeavesTheOldModelServing() throws {
    try save(1)
    let served = try ReloadableModel(contentsOf: path)
    #expect(try served.reloadIfModified() == false)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[bytes.count - 3] ^= 0x40
    try bytes.write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: FileError.self) { try served.reloadIfModified() }
    #expect(
      error?.description
        == "\(path): is damaged: its contents do not have the SHA-256 in its metadata (kobai.sha256); take another copy"
    )
    #expect(try served.reloadIfModified() == false, "it is tried again only when it has changed")
    #expect(throws: FileError.self) { try served.reload() }
    #expect(try served.current.predict([0, 0, 0, 0, 0, 0]).values == [1, 1, 1])
    try save(2)
    #expect(try served.reloadIfModified())
    #expect(try served.current.predict([0, 0, 0, 0, 0, 0]).values == [2, 2, 2])
    try FileManager.default.removeItem(atPath: path)
    #expect(try served.reloadIfModified() == false, "a file that is gone leaves the model as it is")
  }

  /// Who waited for its turn to load the old file must not undo that another one was loaded meanwhile. The other one is large:
  /// while it is loaded, the old one is seen to be new, and waits.
  @Test func anotherFileStaysThatWasLoadedMeanwhile() throws {
    let other = folder / "other.safetensors"
    let large = try Network(input: [6], batch: 1, ["affine1": Affine(400_000), "affine2": Affine(3)])
    try large.save(to: other, metadata: ModelCard(input: [6], task: .regression).metadata)
    for round in 0..<10 {
      try save(1)
      let served = try ReloadableModel(contentsOf: path)
      try save(Float(3 + round))
      let loader = Thread { try? served.reload(contentsOf: other) }
      loader.start()
      Thread.sleep(forTimeInterval: 0.005)
      _ = try? served.reloadIfModified()
      while !loader.isFinished { Thread.sleep(forTimeInterval: 0.0005) }
      #expect(try served.current.predict([0, 0, 0, 0, 0, 0]).values == [0, 0, 0], "the biases of the other one")
    }
  }

  @Test func aFileIsWatched() async throws {
    try save(1)
    let served = try ReloadableModel(contentsOf: path)
    let failures = Flag()
    let watcher = Task {
      await served.watch(every: .milliseconds(5)) { _ in failures.set() }
    }
    try Data("nonsense".utf8).write(to: URL(fileURLWithPath: path))
    for _ in 0..<400 where !failures.isSet { try await Task.sleep(for: .milliseconds(5)) }
    #expect(failures.isSet)
    try save(3)
    func isNew() throws -> Bool { try served.current.predict([0, 0, 0, 0, 0, 0]).values == [3, 3, 3] }
    for _ in 0..<400 where try !isNew() { try await Task.sleep(for: .milliseconds(5)) }
    #expect(try isNew())
    watcher.cancel()
    await watcher.value
  }
}

/// What threads have predicted.
private final class Seen: Sendable {
  private let state = Mutex((values: Set<[Float]>(), count: 0, isOver: false))
  var values: Set<[Float]> { state.withLock { $0.values } }
  var count: Int { state.withLock { $0.count } }
  var isOver: Bool { state.withLock { $0.isOver } }
  func end() { state.withLock { $0.isOver = true } }
  func insert(_ values: [Float]) {
    state.withLock {
      $0.values.insert(values)
      $0.count += 1
    }
  }
}

/// What one task tells another.
private final class Flag: Sendable {
  private let value = Mutex(false)
  var isSet: Bool { value.withLock { $0 } }
  func set() { value.withLock { $0 = true } }
}
