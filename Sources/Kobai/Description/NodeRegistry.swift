/// The layers and merges that a network's description may name.
///
/// Kobai's own are in ``standard``. One of your own is added by an example of it:
///
/// ```swift
/// var registry = NodeRegistry.standard
/// registry.register(PReLU())
/// let network = try Network(contentsOf: "model.safetensors", batch: 32, registry: registry)
/// ```
public struct NodeRegistry: Sendable {
  private struct Kind: Sendable {
    let type: any NodeSpec.Type
    let defaults: JSONValue
    let decode: @Sendable (JSONValue) throws -> any NodeSpec
    let encode: @Sendable (any NodeSpec) throws -> JSONValue?
  }

  private var kinds: [String: Kind] = [:]

  /// A registry that knows nothing.
  public init() {}

  /// Kobai's own layers and merges.
  public static let standard: NodeRegistry = {
    var registry = NodeRegistry()
    registry.register(Conv2D(filters: 1, kernel: 1))
    registry.register(ConvTranspose2D(filters: 1, kernel: 1))
    registry.register(Affine(1))
    registry.register(Embedding(1, 1))
    registry.register(LSTM(1))
    registry.register(GRU(1))
    registry.register(BatchNorm())
    registry.register(GroupNorm(1))
    registry.register(LayerNorm())
    registry.register(MaxPool2D(2))
    registry.register(AveragePool2D(2))
    registry.register(AdaptiveAveragePool2D(1))
    registry.register(GlobalAveragePool2D())
    registry.register(Upsample(scale: 2))
    registry.register(ReLU())
    registry.register(Sigmoid())
    registry.register(Tanh())
    registry.register(Step())
    registry.register(Identity())
    registry.register(LeakyReLU())
    registry.register(PReLU())
    registry.register(ELU())
    registry.register(GELU())
    registry.register(SiLU())
    registry.register(Softplus())
    registry.register(HardSwish())
    registry.register(Softmax())
    registry.register(Flatten())
    registry.register(Dropout())
    registry.register(Dropout2D())
    registry.register(Add())
    registry.register(Concatenate())
    return registry
  }()

  /// Makes a layer or merge known.
  ///
  /// - Parameters:
  ///   - example: any value of its type. Fields that a description leaves out are the example's, so that files stay
  ///     readable when a layer gets new fields.
  ///   - name: what descriptions call it; the type's name unless given.
  public mutating func register<Spec: NodeSpec & Codable>(_ example: Spec, as name: String? = nil) {
    kinds[name ?? "\(Spec.self)"] = Kind(
      type: Spec.self, defaults: (try? JSONValue(of: example)) ?? .object([:]),
      decode: { try $0.decoded(as: Spec.self) }, encode: { try ($0 as? Spec).map { try JSONValue(of: $0) } })
  }

  /// The names that are known, in alphabetical order.
  public var names: [String] { kinds.keys.sorted() }

  /// The name of a spec's type, and those of its fields that are not as the registered example's; nil for one that is not
  /// known.
  func describe(_ spec: any NodeSpec) throws -> (name: String, fields: [String: JSONValue])? {
    guard let (name, kind) = kinds.first(where: { $0.value.type == type(of: spec) }),
      case .object(let fields) = try kind.encode(spec)
    else { return nil }
    guard case .object(let defaults) = kind.defaults else { return (name, fields) }
    return (name, fields.filter { defaults[$0.key] != $0.value })
  }

  /// The spec of that name with these fields.
  func spec(_ name: String, _ fields: [String: JSONValue], of node: String) throws(BuildError) -> any NodeSpec {
    guard let kind = kinds[name] else {
      throw BuildError(
        layer: node,
        reason: "\(name) is no layer that is known here; register it, or use \(names.joined(separator: ", "))")
    }
    var all: [String: JSONValue] = [:]
    if case .object(let defaults) = kind.defaults { all = defaults }
    let spec: any NodeSpec
    let written: JSONValue?
    do {
      spec = try kind.decode(.object(all.merging(fields) { $1 }))
      written = try kind.encode(spec)
    } catch {
      throw BuildError(layer: node, reason: "\(name) cannot be read: \(Self.reason(error))")
    }
    if case .object(let known) = written, let unknown = fields.keys.sorted().first(where: { known[$0] == nil }) {
      let names = known.keys.sorted().joined(separator: ", ")
      throw BuildError(
        layer: node, reason: "\(name) has no field \"\(unknown)\"; it has \(names.isEmpty ? "none" : names)")
    }
    return spec
  }

  private static func reason(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    func at(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
    return switch error {
    case .typeMismatch(let type, let context): "\(at(context.codingPath)) is no \(type)"
    case .valueNotFound(_, let context): "\(at(context.codingPath)) has no value"
    case .keyNotFound(let key, _): "the field \"\(key.stringValue)\" is missing"
    case .dataCorrupted(let context): context.debugDescription
    @unknown default: "\(error)"
    }
  }
}
