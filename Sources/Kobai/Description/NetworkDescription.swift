import Foundation
import KobaiFiles

/// A network's design in words: JSON that names every layer, what it reads and how it is set. It is saved with the weights,
/// so that a network comes back from a file alone, and it can be written by hand:
///
/// ```json
/// {"version": 1, "inputs": [{"name": "input", "shape": [1, 28, 28]}],
///  "nodes": [
///    {"name": "conv1", "type": "Conv2D", "fields": {"filters": 30, "kernel": 5}},
///    {"name": "relu1", "type": "ReLU"},
///    {"name": "affine1", "type": "Affine", "fields": {"outputs": 10}}]}
/// ```
///
/// A node reads what the one before it computes unless "inputs" says otherwise; an input of the network is called "@name"
/// there. Without "outputs" the last node's is the output.
public struct NetworkDescription: Sendable, Equatable, Codable {
  /// The version of this format that is written, and the newest that is read.
  public static let newestVersion = 1

  struct Input: Sendable, Equatable, Codable {
    var name: String
    var shape: Shape
  }

  struct Node: Sendable, Equatable, Codable {
    var name: String
    var type: String
    var inputs: [String]?
    /// The node whose weights it shares.
    var weights: String?
    var fields: [String: JSONValue]?
  }

  struct Output: Sendable, Equatable, Codable {
    var name: String
    var node: String
  }

  var version = newestVersion
  var inputs: [Input]
  var nodes: [Node]
  var outputs: [Output]?

  /// Describes a network's design.
  ///
  /// - Throws: ``BuildError`` that names a layer which `registry` does not know.
  public init(_ design: Network.Design, registry: NodeRegistry = .standard) throws(BuildError) {
    inputs = design.inputs.map { Input(name: $0.name, shape: design.shapes[$0.value]) }
    nodes = []
    var names = [Int: String](uniqueKeysWithValues: design.inputs.map { ($0.value, "@\($0.name)") })
    for node in design.nodes {
      let described: (name: String, fields: [String: JSONValue])?
      do { described = try registry.describe(node.spec) } catch {
        throw BuildError(layer: node.name, reason: "\(node.spec) cannot be described: \(error)")
      }
      guard let (type, fields) = described else {
        throw BuildError(layer: node.name, reason: "\(node.spec) is no layer that is known here; register it")
      }
      let reads = node.inputs.map { names[$0] ?? "" }
      let before = nodes.last?.name ?? inputs.first.map { "@\($0.name)" }
      nodes.append(
        Node(
          name: node.name, type: type, inputs: reads == [before] ? nil : reads,
          weights: node.weights == node.name ? nil : node.weights, fields: fields.isEmpty ? nil : fields))
      names[node.output] = node.name
    }
    outputs = design.outputs.map { Output(name: $0.name, node: names[$0.value] ?? "") }
  }

  /// Reads a description from a file of JSON, as ``formattedJSON`` writes it.
  ///
  /// - Throws: `FileError` where the file is none; it says where in the file.
  public init(contentsOf path: String) throws(FileError) {
    let bytes = try readFile(path)
    let format = FileFormat.recognize(bytes)
    guard format == nil || format == .json, let text = String(validating: bytes, as: UTF8.self) else {
      throw FileError(
        path: path, reason: "is \(format?.name ?? "no text"), and no description of a network, which is JSON")
    }
    do { try self.init(json: text) } catch { throw FileError(path: path, reason: error.reason) }
  }

  /// Reads a description.
  ///
  /// - Throws: ``BuildError`` where it is none, or one of a later version.
  public init(json: String) throws(BuildError) {
    if let fault = JSONSyntax.fault(in: json) {
      throw BuildError(layer: "network", reason: "its description is no JSON: \(fault)")
    }
    do {
      self = try JSONDecoder().decode(NetworkDescription.self, from: Data(json.utf8))
    } catch {
      throw BuildError(layer: "network", reason: "its description cannot be read: \(Self.reason(error))")
    }
    guard version <= Self.newestVersion else {
      throw BuildError(
        layer: "network",
        reason: "its description is of version \(version), and this Kobai reads up to \(Self.newestVersion); update it")
    }
  }

  /// The description as JSON on one line, always the same for the same design.
  public var json: String {
    Self.line(self)
  }

  /// The description as JSON to read and to change: a line for each node.
  public var formattedJSON: String {
    func list(_ name: String, _ values: [some Encodable]) -> String {
      "  \"\(name)\": [\n" + values.map { "    " + Self.line($0) }.joined(separator: ",\n") + "\n  ]"
    }
    let parts =
      ["  \"version\": \(version)", list("inputs", inputs), list("nodes", nodes)]
      + (outputs.map { [list("outputs", $0)] } ?? [])
    return "{\n" + parts.joined(separator: ",\n") + "\n}"
  }

  /// JSON on one line, with sorted keys.
  private static func line(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else { fatalError("a description that is no JSON") }
    return String(decoding: data, as: UTF8.self)
  }

  /// The graph that is described.
  ///
  /// - Throws: ``BuildError`` that names what is not known.
  public func graph(registry: NodeRegistry = .standard) throws(BuildError) -> Graph {
    var graph = Graph()
    var values: [String: Graph.Value] = [:]
    var last: Graph.Value?
    for input in inputs {
      let value = graph.input(input.name, input.shape)
      values["@\(input.name)"] = value
      last = last ?? value
    }
    for node in nodes {
      let spec = try registry.spec(node.type, node.fields ?? [:], of: node.name)
      var reads: [Graph.Value] = []
      for name in node.inputs ?? [] {
        guard let value = values[name] else {
          throw BuildError(layer: node.name, reason: "it reads \"\(name)\", which is no node before it and no input")
        }
        reads.append(value)
      }
      if node.inputs == nil, let last { reads = [last] }
      last = graph.append(node.name, spec, reads, weights: node.weights)
      values[node.name] = last
    }
    for output in outputs ?? [] {
      guard let value = values[output.node] else {
        throw BuildError(layer: output.name, reason: "there is no node \"\(output.node)\" that could be this output")
      }
      graph.output(output.name, value)
    }
    if outputs == nil, let last { graph.output("output", last) }
    return graph
  }

  private static func reason(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    func at(_ path: [any CodingKey]) -> String {
      let path = path.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
      return path.isEmpty ? "it" : String(path.drop { $0 == "." })
    }
    return switch error {
    case .typeMismatch(_, let context): "\(at(context.codingPath)) is of another type"
    case .valueNotFound(_, let context): "\(at(context.codingPath)) has no value"
    case .keyNotFound(let key, let context): "\(at(context.codingPath)) lacks \"\(key.stringValue)\""
    case .dataCorrupted(let context): "\(at(context.codingPath)): \(context.debugDescription)"
    @unknown default: "\(error)"
    }
  }
}
