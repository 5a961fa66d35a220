import Foundation
import Kobai
import KobaiFiles

/// The state of a training in a file: safetensors with the network's tensors under their own names, so that it loads as
/// weights wherever weights do, and with everything else that the rest of the training depends on.
public struct Checkpoint {
  /// Where it was read from.
  public let path: String
  /// How far the training was.
  public let progress: Trainer.Progress
  /// Texts by name that its writer wants to find again.
  public let notes: [String: String]
  private let file: SafetensorsFile
  private let numbers: [String: UInt64]  // the bits of the optimizer's numbers
  private let metrics: [String: String]  // what the metrics of the epoch under way have added up

  // How the names of the tensors and texts begin in the file.
  private enum Prefix: String, CaseIterable {
    case optimizer = "optimizer/"
    case average = "average/"
    case best = "best/"
    case notes = "kobai.notes."
  }
  private static let progressKey = "kobai.progress"
  private static let numbersKey = "kobai.optimizer"
  private static let metricsKey = "kobai.metrics"

  /// Whether a tensor of a checkpoint is none of the network's own.
  public static func isExtra(_ name: String) -> Bool {
    [Prefix.optimizer, .average, .best].contains { name.hasPrefix($0.rawValue) }
  }

  /// Takes the weights that a training would end with from a file of weights or a checkpoint: the averaged ones where it
  /// averages.
  ///
  /// - Parameters:
  ///   - file: the file.
  ///   - network: the network that is filled.
  ///   - allowed: what may not fit. Tensors that do not keep the values that they have.
  /// - Returns: what matched and what did not.
  /// - Throws: `FileError` that names the tensors which do not fit; the network is then as it was.
  @discardableResult
  public static func loadWeights(
    _ file: SafetensorsFile, into network: Network, allowing allowed: LoadReport.Misfits = []
  ) throws(FileError) -> LoadReport {
    let matched = Set(try network.check(file, allowing: allowed, ignoring: isExtra).matched)
    let averaged = network.namedTensors.filter {
      matched.contains($0.name) && file.entries[Prefix.average.rawValue + $0.name] != nil
    }
    try checkAverages(of: file, for: averaged.shapes)
    let report = try network.load(file, allowing: allowed, ignoring: isExtra)
    for (name, tensor) in averaged { try file.load(Prefix.average.rawValue + name, into: tensor) }
    return report
  }

  /// Checks that those weights fit a network, which need not be built for that.
  ///
  /// - Parameter tensors: the network's (`Network.Design.tensors`).
  /// - Returns: fills one of the network's tensors.
  package static func weights(
    of file: SafetensorsFile, for tensors: [NamedShape]
  ) throws(FileError) -> (NamedTensor) throws(FileError) -> Void {
    try file.check(for: tensors, ignoring: isExtra)
    try checkAverages(of: file, for: tensors)
    return { (target) throws(FileError) in
      let average = Prefix.average.rawValue + target.name
      try file.load(file.entries[average] == nil ? target.name : average, into: target.tensor)
    }
  }

  private static func checkAverages(of file: SafetensorsFile, for tensors: [NamedShape]) throws(FileError) {
    for (name, shape) in tensors {
      let average = file.entries[Prefix.average.rawValue + name]
      guard let average, average.shape.reduce(1, *) != shape.count else { continue }
      throw FileError(path: file.path, reason: "the average of \(name) has the shape \(average.shape)")
    }
  }

  /// Reads a checkpoint.
  ///
  /// - Throws: `FileError` where the file is no checkpoint, or damaged.
  public init(_ path: String) throws(FileError) {
    let file = try SafetensorsFile(path)
    func decoded<Value: Decodable>(_ key: String, as type: Value.Type) throws(FileError) -> Value {
      guard let text = file.metadata[key] else {
        throw FileError(path: path, reason: "is no checkpoint, for it lacks \(key)")
      }
      do { return try JSONDecoder().decode(type, from: Data(text.utf8)) } catch {
        throw FileError(path: path, reason: "is no checkpoint: its \(key) cannot be read")
      }
    }
    progress = try decoded(Self.progressKey, as: Trainer.Progress.self)
    numbers = try decoded(Self.numbersKey, as: [String: UInt64].self)
    metrics = file.metadata[Self.metricsKey] == nil ? [:] : try decoded(Self.metricsKey, as: [String: String].self)
    notes = Dictionary(
      uniqueKeysWithValues: file.metadata.compactMap { key, value in
        key.hasPrefix(Prefix.notes.rawValue) ? (String(key.dropFirst(Prefix.notes.rawValue.count)), value) : nil
      })
    (self.path, self.file) = (path, file)
  }

  /// Writes the state of a training.
  ///
  /// - Parameters:
  ///   - trainer: the training, between two steps.
  ///   - notes: texts by name for whoever reads it with ``init(_:)``.
  ///   - metadata: what the file says of the network to whoever reads it as weights.
  ///   - path: the file; one that is there is replaced.
  /// - Throws: `FileError`; a checkpoint of that name that was there before stays whole.
  public static func write(
    _ trainer: Trainer, notes: [String: String] = [:], metadata: [String: String] = [:], to path: String
  ) throws {
    try write(trainer, notes: notes, metadata: metadata, to: [path])
  }

  /// Writes the same state into several files.
  static func write(
    _ trainer: Trainer, notes: [String: String], metadata: [String: String], to paths: [String]
  ) throws {
    let optimizer = trainer.optimizer.state(for: trainer.network.parameters)
    func prefixed(_ prefix: Prefix, _ tensors: [NamedTensor]) -> [NamedTensor] {
      tensors.map { (prefix.rawValue + $0.name, $0.tensor) }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    func json(_ value: some Encodable) throws -> String { String(decoding: try encoder.encode(value), as: UTF8.self) }
    var metadata = trainer.network.describing(metadata)
    metadata[progressKey] = try json(trainer.progress)
    metadata[numbersKey] = try json(optimizer.scalars.mapValues(\.bitPattern))
    if trainer.progress.batch > 0 { metadata[metricsKey] = try json(trainer.scores.state()) }
    for (key, value) in notes { metadata[Prefix.notes.rawValue + key] = value }
    try SafetensorsFile.write(
      trainer.network.namedTensors + prefixed(.optimizer, optimizer.tensors)
        + prefixed(.average, trainer.average?.tensors ?? []) + prefixed(.best, trainer.best?.tensors ?? []),
      metadata: metadata, to: paths.map { try AtomicFile($0) })
  }

  /// Whether the file has a SHA-256 of its contents, by which damage is found when it is read.
  public var hasDigest: Bool { file.hasDigest }

  /// Checks that the weights are those of a network, which need not be built for that.
  ///
  /// - Parameter tensors: the network's (`Network.Design.tensors`).
  /// - Throws: `FileError` that names the tensors which do not fit.
  package func check(for tensors: [NamedShape]) throws(FileError) {
    try file.check(for: tensors, ignoring: Self.isExtra)
  }

  /// Brings a trainer to the state in which the checkpoint was written.
  ///
  /// - Throws: `FileError` that names the tensors which do not fit, or what of the progress is impossible.
  public func restore(_ trainer: Trainer) throws {
    if let problem = trainer.problem(of: progress) {
      throw FileError(path: path, reason: "does not fit the training: its \(problem)")
    }
    try trainer.network.load(file, ignoring: Self.isExtra)
    func tensors(_ prefix: Prefix) throws -> [NamedTensor] {
      try file.entries.filter { $0.key.hasPrefix(prefix.rawValue) }.map { name, entry in
        guard entry.shape.count <= 4 else { throw FileError(path: path, reason: "\(name) has too many axes") }
        return (String(name.dropFirst(prefix.rawValue.count)), Tensor(Shape(entry.shape), try file.floats(name)))
      }
    }
    let best = try tensors(.best)
    if trainer.best != nil, progress.bestEpoch > 0, best.isEmpty {
      throw FileError(
        path: path, reason: "does not fit the training: it was written without patience, and has no best weights")
    }
    do {
      try trainer.optimizer.load(
        state: OptimizerState(tensors: tensors(.optimizer), scalars: numbers.mapValues { Double(bitPattern: $0) }),
        for: trainer.network.parameters)
      try trainer.average?.load(tensors(.average))
      try trainer.best?.load(best, step: progress.step)
    } catch let error as BuildError {
      throw FileError(path: path, reason: "does not fit the training: \(error)")
    }
    do {
      try trainer.resume(progress, metrics)
    } catch is DecodingError {
      throw FileError(path: path, reason: "is no checkpoint: its \(Self.metricsKey) cannot be read")
    }
  }
}
