import Foundation
import Kobai
import KobaiData
import KobaiFiles
import KobaiTraining

/// What has to be known of a network to use it: what its inputs are and how they are prepared, and what its outputs mean. It
/// travels in the metadata of the file that the weights are saved to.
///
/// ```swift
/// let card = ModelCard(input: [1, 28, 28], classNames: ClassNames(count: 10), normalization: .mnist)
/// try network.save(to: "digits.safetensors", metadata: card.metadata)
/// let model = try Model(contentsOf: "digits.safetensors")
/// ```
public struct ModelCard: Sendable, Equatable {
  /// How the images stood that a network was trained on.
  public enum Orientation: String, Sendable, CaseIterable {
    /// As they are seen.
    case upright
    /// Rows as columns, as EMNIST's are stored.
    case transposed
  }

  /// The shape of one sample.
  public var input: Shape
  /// What the network does with it. Outputs of a classification or of labels are logits, or probabilities where the last layer is
  /// `Softmax` or `Sigmoid`.
  public var task: LearningTask.Kind
  /// The names of the classes or labels, one for each output; nil for other tasks.
  public var classNames: ClassNames?
  /// How the inputs were normalised; nil where nobody has said it, and they are taken as they are, bytes as 0 ... 1.
  public var normalization: Normalization?
  /// How the images stood; nil where nobody has said it, and they are taken as upright.
  public var orientation: Orientation?
  /// How the rows of a table became inputs; nil where inputs are no rows of a table.
  public var encoding: TableEncoding?

  /// A card of a network that classifies.
  ///
  /// - Parameters:
  ///   - input: the shape of one sample.
  ///   - classNames: the names of the outputs.
  ///   - normalization: how the inputs were normalised.
  ///   - orientation: how the images stood.
  public init(
    input: Shape, classNames: ClassNames, normalization: Normalization? = .unit, orientation: Orientation? = .upright
  ) {
    self.init(
      input: input, task: .classification, classNames: classNames, normalization: normalization,
      orientation: orientation)
  }

  /// A card of a network for any task.
  ///
  /// - Parameters:
  ///   - input: the shape of one sample.
  ///   - task: what the network does.
  ///   - classNames: the names of classes or labels.
  ///   - normalization: how the inputs were normalised.
  ///   - orientation: how the images stood.
  ///   - encoding: how the rows of a table became inputs.
  public init(
    input: Shape, task: LearningTask.Kind, classNames: ClassNames? = nil, normalization: Normalization? = .unit,
    orientation: Orientation? = .upright, encoding: TableEncoding? = nil
  ) {
    (self.input, self.task, self.classNames) = (input, task, classNames)
    (self.normalization, self.orientation, self.encoding) = (normalization, orientation, encoding)
  }
}

// The metadata of files. Those of `cnn-train` had all of it but the task from the beginning.
extension ModelCard {
  private enum Key {
    static let task = "task"
    static let input = "input"
    static let classes = "classes"
    static let names = "class_names"
    static let normalization = "normalization"
    static let orientation = "orientation"
    static let encoding = "encoding"
  }

  /// What ``init(metadata:input:outputs:path:)`` reads again. Names that are numbers are left out.
  public var metadata: [String: String] {
    var words = [
      Key.input: input.description, Key.normalization: normalization?.text, Key.orientation: orientation?.rawValue,
    ]
    if task != .classification { words[Key.task] = task.rawValue }
    if let encoding {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      words[Key.encoding] = (try? encoder.encode(encoding)).map { String(decoding: $0, as: UTF8.self) }
    }
    if let classNames {
      words[Key.classes] = "\(classNames.count)"
      if !classNames.areNumbers {
        words[Key.names] = (try? JSONEncoder().encode(classNames.names)).map { String(decoding: $0, as: UTF8.self) }
      }
    }
    return words.compactMapValues(\.self)
  }

  /// What a file's metadata say about the network in it, and what they leave open as it is usual: a network that makes a list of
  /// numbers classifies.
  ///
  /// - Parameters:
  ///   - metadata: the file's keys and values.
  ///   - input: the shape of one sample of the network's input.
  ///   - outputs: the shape of one sample of its output.
  ///   - path: the path of the file, for errors.
  /// - Throws: `FileError` for what cannot be understood.
  public init(metadata: [String: String], input: Shape, outputs: Shape, path: String) throws(FileError) {
    func value<Value>(
      _ key: String, _ expected: String, _ parse: (String) -> Value?
    ) throws(FileError) -> Value? {
      guard let text = metadata[key] else { return nil }
      guard let value = parse(text) else {
        throw FileError(path: path, reason: "its \(key) \"\(text)\" is neither \(expected)")
      }
      return value
    }
    func listed(_ words: [String]) -> String {
      words.dropLast().joined(separator: ", ") + " nor " + words[words.count - 1]
    }
    let usual: LearningTask.Kind = outputs.rank == 1 ? .classification : .reconstruction
    let task = try value(Key.task, listed(LearningTask.Kind.allCases.map(\.rawValue)), LearningTask.Kind.init) ?? usual
    let names =
      task == .classification || task == .multiLabel
      ? try Self.classNames(metadata, count: outputs.count, path: path) : nil
    let normalization = try value(Key.normalization, Normalization.forms, Normalization.init(text:))
    self.init(
      input: input, task: task, classNames: names, normalization: normalization,
      orientation: metadata[Key.orientation].flatMap(Orientation.init),
      encoding: try Self.encoding(metadata, input: input, path: path))
  }

  private static func encoding(
    _ metadata: [String: String], input: Shape, path: String
  ) throws(FileError) -> TableEncoding? {
    guard let text = metadata[Key.encoding] else { return nil }
    guard let encoding = try? JSONDecoder().decode(TableEncoding.self, from: Data(text.utf8)),
      encoding.width == input.count
    else {
      throw FileError(
        path: path, reason: "its \(Key.encoding) is none of a table with \(input.count) inputs; save the network again")
    }
    return encoding
  }

  private static func classNames(
    _ metadata: [String: String], count: Int, path: String
  ) throws(FileError) -> ClassNames {
    guard let text = metadata[Key.names] else { return ClassNames(count: count) }
    guard let list = try? JSONDecoder().decode([String].self, from: Data(text.utf8)), list.count == count,
      let names = try? ClassNames(list)
    else {
      throw FileError(
        path: path, reason: "its \(Key.names) are no list of \(count) names; name them with --class-names")
    }
    return names
  }
}
