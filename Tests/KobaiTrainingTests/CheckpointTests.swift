import Foundation
import Kobai
import KobaiData
import KobaiFiles
import KobaiTraining
import TestSupport
import Testing

@Suite("Checkpoints")
struct CheckpointTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Stops a training of three epochs of five steps after each step in turn, goes on from there in a new trainer, and
  /// expects the weights of a training without a break.
  private func expectSameBits(_ training: SmallTraining, _ name: String) throws {
    let whole = try training.trainer()
    let expected = try whole.run()
    let digest = whole.network.weightsSHA256
    for stop in [1, 4, 5, 6, 14] where stop < expected.steps {
      let path = folder / "checkpoint.safetensors"
      let first = try training.trainer()
      let stopped = try first.run(onStep: { step in
        guard step.index + 1 == stop else { return }
        try Checkpoint.write(first, to: path)
        first.shouldStop = true
      })
      #expect(stopped.ending == .stopped)
      let second = try training.trainer()
      try Checkpoint(path).restore(second)
      #expect(second.progress.step == stop)
      let result = try second.run()
      #expect(second.network.weightsSHA256 == digest, "\(name), broken off after step \(stop)")
      #expect(result.ending == expected.ending && result.steps == expected.steps && result.samples == expected.samples)
    }
  }

  private let optimizers: [any Optimizer] = [
    SGD(learningRate: 0.05), Momentum(learningRate: 0.01), Nesterov(learningRate: 0.01), AdaGrad(), RMSProp(), Adam(),
    AdamW(), Muon(),
  ]

  @Test("a training goes on to the same bits, whatever the optimizer") func everyOptimizer() throws {
    for optimizer in optimizers {
      try expectSameBits(
        SmallTraining(
          architecture: MultiLayerNet(hidden: [12, 12], batchNorm: true, dropout: 0.3), images: 100, epochs: 3,
          optimizer: optimizer, schedule: .oneCycle(), augmentation: Augmentation()), "\(type(of: optimizer))")
    }
  }

  @Test("warm-up, clipping, averaged weights and patience go on as well") func everything() throws {
    try expectSameBits(
      SmallTraining(
        images: 100, epochs: 3, optimizer: Adam(learningRate: 0.01), schedule: .cosine, warmupSteps: 6, patience: 1,
        clipping: .norm(0.5), averageDecay: 0.8,
        validation: Batches(embedded.test, indices: (0..<60).map { $0 }, batchSize: 20)), "everything")
  }

  @Test("so do gradients that are added up, and parameters that are not trained") func accumulated() throws {
    try expectSameBits(
      SmallTraining(
        batch: 10, images: 95, epochs: 3, optimizer: Muon(), schedule: .cosine, accumulate: 2, frozen: "conv1",
        clipping: .norm(0.5)), "accumulated")
  }

  @Test("between two epochs, too") func betweenEpochs() throws {
    let training = SmallTraining(
      images: 100, epochs: 3, validation: Batches(embedded.test, indices: (0..<60).map { $0 }, batchSize: 20))
    let whole = try training.trainer()
    _ = try whole.run { epoch in
      if epoch.number == 2 { try Checkpoint.write(whole, notes: ["a": "ä \"b\""], to: folder / "c.safetensors") }
    }
    let second = try training.trainer()
    let checkpoint = try Checkpoint(folder / "c.safetensors")
    #expect(checkpoint.notes == ["a": "ä \"b\""])
    try checkpoint.restore(second)
    #expect(second.progress.epoch == 2 && second.progress.batch == 0)
    _ = try second.run()
    #expect(second.network.weightsSHA256 == whole.network.weightsSHA256)
  }

  @Test("a checkpoint loads as plain weights") func asWeights() throws {
    let trainer = try SmallTraining(images: 100).trainer()
    _ = try trainer.run()
    try Checkpoint.write(trainer, to: folder / "c.safetensors")
    let other = try SmallTraining(seed: 2).trainer().network
    try other.load(SafetensorsFile(folder / "c.safetensors"), ignoring: Checkpoint.isExtra)
    #expect(other.weightsSHA256 == trainer.network.weightsSHA256)
  }

  @Test("of a training that averages, the averages load as weights") func averages() throws {
    let trainer = try SmallTraining(images: 100, epochs: 2, averageDecay: 0.9).trainer()
    _ = try trainer.run(onStep: { step in
      if step.index == 9 { try Checkpoint.write(trainer, to: folder / "c.safetensors") }
    })  // which ends with the averages in place
    let other = try SmallTraining(seed: 2).trainer().network
    try other.load(SafetensorsFile(folder / "c.safetensors"), ignoring: Checkpoint.isExtra)
    #expect(other.weightsSHA256 != trainer.network.weightsSHA256)
    try Checkpoint.loadWeights(SafetensorsFile(folder / "c.safetensors"), into: other)
    #expect(other.weightsSHA256 == trainer.network.weightsSHA256)
  }

  @Test("a folder keeps the last ones and the best, and finds the newest") func keeps() throws {
    let path = folder / "checkpoints"
    let checkpoints = try CheckpointFolder(path, keeping: 2)
    let trainer = try SmallTraining(images: 100, epochs: 1).trainer()
    _ = try trainer.run(onStep: { try checkpoints.write(trainer, isBest: $0.index == 1) })
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: path).sorted() == [
        "best.safetensors", "step-000000004.safetensors", "step-000000005.safetensors",
      ])
    #expect(try CheckpointFolder.latest(in: path).progress.step == 5)
    #expect(try CheckpointFolder.latest(in: path + "/best.safetensors").progress.step == 2)
  }

  @Test("checkpoints of another training are refused, later ones of the same go for the new") func others()
    throws
  {
    let path = folder / "checkpoints"
    do {
      let checkpoints = try CheckpointFolder(path, keeping: 9)
      let trainer = try SmallTraining(images: 100, epochs: 1).trainer()
      _ = try trainer.run(onStep: { _ in try checkpoints.write(trainer) })
      let locked = #expect(throws: FileError.self) { try CheckpointFolder(path) }
      #expect(
        locked?.description
          == "\(path): another training (process \(getpid())) writes its checkpoints there; let it end or name another folder"
      )
    }
    let error = #expect(throws: FileError.self) { try CheckpointFolder(path) }
    #expect(error?.reason == "holds the checkpoints of another training; resume that or name a new folder")
    let first = try Checkpoint(path + "/step-000000001.safetensors")
    let again = try SmallTraining(images: 100, epochs: 1).trainer()
    try first.restore(again)
    let own = try CheckpointFolder(path, keeping: 2, from: first)
    #expect(own.replaced == (2...5).map { "step-00000000\($0).safetensors" })
    try own.write(again)
    #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["step-000000001.safetensors"])
    #expect(try CheckpointFolder.latest(in: path).progress.step == 1)
    #expect(try CheckpointFolder(folder / "new", from: first).replaced.isEmpty)
  }

  @Test("a damaged newest checkpoint is skipped for the newest that is intact") func broken() throws {
    let path = folder / "checkpoints"
    let checkpoints = try CheckpointFolder(path, keeping: 9)
    let trainer = try SmallTraining(images: 100, epochs: 1).trainer()
    _ = try trainer.run(onStep: { try checkpoints.write(trainer, isBest: $0.index == 0) })
    func name(_ step: Int) -> String { "\(path)/step-00000000\(step).safetensors" }
    var flipped = try readFile(name(4))
    flipped[flipped.count - 9] ^= 1
    try Data(flipped).write(to: URL(fileURLWithPath: name(4)))
    try Data().write(to: URL(fileURLWithPath: name(5)))
    var skipped: [String] = []
    #expect(try CheckpointFolder.latest(in: path) { skipped.append($0.description) }.progress.step == 3)
    #expect(
      skipped == [
        "\(name(5)): is no safetensors file: 0 bytes are too few",
        "\(name(4)): is damaged: its contents do not have the SHA-256 in its metadata (kobai.sha256); take another copy",
      ])
    #expect(throws: FileError.self) { try CheckpointFolder.latest(in: name(4)) }
    for step in 1...3 { try Data([1]).write(to: URL(fileURLWithPath: name(step))) }
    #expect(try CheckpointFolder.latest(in: path).progress.step == 1, "the best one is left")
    try Data().write(to: URL(fileURLWithPath: path + "/best.safetensors"))
    let none = #expect(throws: FileError.self) { try CheckpointFolder.latest(in: path) }
    #expect(none?.description == "\(path): none of its checkpoints is intact; start again in a new folder")
  }

  @Test("no flipped bit of a checkpoint goes unnoticed, unless all that it says is as it was") func flippedBits() throws
  {
    let training = SmallTraining(
      architecture: MultiLayerNet(hidden: [4]), images: 60, epochs: 2, patience: 1, averageDecay: 0.9,
      validation: Batches(embedded.test, indices: (0..<20).map { $0 }, batchSize: 20))
    let trainer = try training.trainer()
    _ = try trainer.run()
    try Checkpoint.write(
      trainer, notes: ["manifest": "{\"a\":1}"], metadata: ["model": "mlp"], to: folder / "c.safetensors")
    let bytes = try readFile(folder / "c.safetensors")
    let header = 8 + bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    var random = TestRandom(15)
    var harmless = 0
    for i in 0..<400 {
      let place = random.index(below: i % 2 == 0 ? header : bytes.count)  // the header is the smaller part
      var changed = bytes
      changed[place] ^= 1 << UInt8(random.index(below: 8))
      try folder.write(changed, to: "changed.safetensors")
      guard let read = try? Checkpoint(folder / "changed.safetensors") else { continue }
      harmless += 1
      #expect(read.notes == ["manifest": "{\"a\":1}"] && read.progress == trainer.progress, "byte \(place)")
      let restored = try training.trainer()
      try read.restore(restored)
      try Checkpoint.write(restored, notes: read.notes, metadata: ["model": "mlp"], to: folder / "again.safetensors")
      #expect(try readFile(folder / "again.safetensors") == bytes, "byte \(place)")
    }
    #expect(harmless < 20)
  }

  @Test("with more epochs a training at a constant rate ends with the bits of one that had them from the start")
  func longer() throws {
    for schedule in [Schedule.constant, .step(epochs: 1)] {
      #expect(!schedule.dependsOnLength)
      func training(_ epochs: Int) -> SmallTraining { SmallTraining(images: 100, epochs: epochs, schedule: schedule) }
      let short = try training(2).trainer()
      _ = try short.run()
      try Checkpoint.write(short, to: folder / "c.safetensors")
      let (resumed, whole) = try (training(3).trainer(), training(3).trainer())
      try Checkpoint(folder / "c.safetensors").restore(resumed)
      _ = try (resumed.run(), whole.run())
      #expect(resumed.network.weightsSHA256 == whole.network.weightsSHA256)
    }
    for schedule in [Schedule.cosine, .oneCycle(), .triangular()] { #expect(schedule.dependsOnLength) }
  }

  @Test("what is no checkpoint is refused in one line") func refusals() throws {
    func message(_ path: String) -> String? {
      #expect(throws: FileError.self) { try CheckpointFolder.latest(in: path) }?.description
    }
    #expect(message(folder / "none") == "\(folder / "none"): no such file or folder")
    #expect(message(folder.path) == "\(folder.path): holds no checkpoint (step-….safetensors)")
    let trainer = try SmallTraining().trainer()
    try trainer.network.save(to: folder / "weights.safetensors")
    #expect(
      message(folder / "weights.safetensors")
        == "\(folder / "weights.safetensors"): is no checkpoint, for it lacks kobai.progress")
    try Checkpoint.write(trainer, to: folder / "c.safetensors")
    let other = try SmallTraining(architecture: SimpleConvNet(filters: 5, hidden: 20)).trainer()
    let misfit = #expect(throws: FileError.self) { try Checkpoint(folder / "c.safetensors").restore(other) }
    #expect(misfit?.description.contains("conv1.weight is 4×1×5×5, not 5×1×5×5") == true)
    // Cut off after any number of bytes, it is refused.
    let bytes = try readFile(folder / "c.safetensors")
    for count in [0, 7, 8, 100, bytes.count / 2, bytes.count - 1] {
      try folder.write(Array(bytes[..<count]), to: "cut.safetensors")
      #expect(message(folder / "cut.safetensors")?.contains("is no safetensors file") == true)
    }
  }
}
