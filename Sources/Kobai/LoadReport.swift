/// Which tensors of a file are a network's, and which are not.
public struct LoadReport: Sendable, Equatable, CustomStringConvertible {
  /// What may be wrong with a file that is loaded in part.
  public struct Misfits: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// The file lacks tensors of the network.
    public static let missing = Misfits(rawValue: 1)
    /// The file has tensors that the network lacks.
    public static let unknown = Misfits(rawValue: 2)
    /// Tensors of the same name have other shapes.
    public static let otherShapes = Misfits(rawValue: 4)
  }

  /// A tensor with another shape in the file than in the network.
  public struct OtherShape: Sendable, Equatable {
    /// What both call it.
    public let name: String
    /// Its sizes in the file.
    public let file: [Int]
    /// Its sizes in the network.
    public let network: [Int]
  }

  /// The names of the tensors that were loaded, in the network's order.
  public let matched: [String]
  /// The names of the network's tensors that the file lacks.
  public let missing: [String]
  /// The names of the file's tensors that the network lacks, in alphabetical order.
  public let unknown: [String]
  /// The tensors with other shapes.
  public let otherShapes: [OtherShape]

  init(of file: SafetensorsFile, for wanted: [NamedShape], ignoring ignored: (String) -> Bool) {
    let known = Set(wanted.map(\.name))
    let present = wanted.filter { file.entries[$0.name] != nil }
    let others = present.compactMap { name, needed -> OtherShape? in
      guard let shape = file.entries[name]?.shape, shape != needed.array else { return nil }
      return OtherShape(name: name, file: shape, network: needed.array)
    }
    matched = present.map(\.name).filter { name in !others.contains { $0.name == name } }
    missing = wanted.map(\.name).filter { file.entries[$0] == nil }
    unknown = file.entries.filter { name, entry in
      !known.contains(name) && SafetensorsFile.isFloatingPoint(entry.type) && !ignored(name)
    }.keys.sorted()
    otherShapes = others
  }

  /// Whether every tensor matched.
  public var isComplete: Bool { misfits(otherThan: []).isEmpty }

  /// What does not fit, each in words, but for what is allowed.
  func misfits(otherThan allowed: Misfits) -> [String] {
    let shapes = otherShapes.map {
      "\($0.name) is \(SafetensorsFile.text($0.file)), not \(SafetensorsFile.text($0.network))"
    }
    return (allowed.contains(.otherShapes) ? [] : shapes)
      + (allowed.contains(.missing) ? [] : missing.map { "\($0) is missing" })
      + (allowed.contains(.unknown) ? [] : unknown.map { "\($0) is unknown" })
  }

  public var description: String {
    (["\(matched.count) tensor\(matched.count == 1 ? " matches" : "s match")"] + misfits(otherThan: [])).joined(
      separator: "; ")
  }
}
