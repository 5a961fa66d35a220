import KobaiKernels
import KobaiPreconditions

/// The weights of a ``FrozenNetwork``, once for all of its contexts: parameters and running statistics as they were loaded, and
/// what layers have made of them for inference.
///
/// The first context that is built fills it, layer by layer, and then seals it. Parameters of which every layer reads only what it has
/// made of them are dropped as soon as the last has done so: packed weights take the place of the plain ones, of which there are
/// never more than a layer's. All later contexts only read, any number of them at once.
final class SharedWeights: @unchecked Sendable {  // nothing in it changes once it is sealed, before other tasks have it
  /// A tensor, and how many of the layers that read it do so no more.
  private struct Entry {
    let tensor: Tensor
    var readers = 1
    var replaced = 0
  }

  private var entries: [String: Entry] = [:]
  private var names: [String] = []  // in the order in which layers asked for them
  private var prepared: [Key: any Sendable] = [:]
  private(set) var isSealed = false

  /// The memory of a tensor that a layer reads: its own, so that it can be dropped alone.
  func tensor(_ name: String, _ shape: Shape) -> Tensor {
    if let known = entries[name]?.tensor, known.shape == shape {
      if !isSealed { entries[name]?.readers += 1 }
      return known
    }
    require(!isSealed, "\(name) is none of the weights")
    let arena = Arena()
    let tensor = Tensor(shape, arena.claim(Float.self, count: shape.count))
    entries[name] = Entry(tensor: tensor)
    names.append(name)
    return tensor
  }

  /// The bytes of all tensors.
  var bytes: [Int] { entries.values.map(\.tensor.buffer.arena.bytes) }

  /// The names of the tensors that were not dropped.
  var plainNames: [String] { entries.filter { $0.value.replaced < $0.value.readers }.map(\.key) }

  /// How many tensors there are.
  var count: Int { names.count }

  /// Allocates some of the tensors and fills them.
  ///
  /// - Parameters:
  ///   - range: their places in the order in which layers asked for them.
  ///   - fill: gives one its values.
  func load(_ range: Range<Int>, _ fill: (NamedTensor) throws -> Void) rethrows {
    for name in names[range] {
      guard let tensor = entries[name]?.tensor else { continue }
      tensor.buffer.arena.allocate()
      try fill((name, tensor))
    }
  }

  /// Whose parameters something was made of, and what.
  struct Key: Hashable {
    let prefix: String
    let what: AnyHashable
  }

  /// What `make` makes of parameters, by the context that asks for it first.
  ///
  /// - Parameters:
  ///   - key: what is made.
  ///   - replaced: the parameters that the layer does not read any more.
  ///   - make: makes it.
  func prepare<Prepared: Sendable>(
    _ key: Key, replacing replaced: [Parameter], _ make: () throws -> Prepared
  ) rethrows -> Prepared {
    let known = prepared[key] as? Prepared
    require(known != nil || !isSealed, "\(key.prefix): \(key.what) was not prepared when the weights were loaded")
    let result = try known ?? make()
    guard !isSealed else { return result }
    prepared[key] = result
    for parameter in replaced {
      guard var entry = entries[parameter.name] else { continue }
      entry.replaced += 1
      entries[parameter.name] = entry
      if entry.replaced == entry.readers { entry.tensor.buffer.arena.release() }
    }
    return result
  }

  /// From now on nothing changes.
  func seal() {
    for entry in entries.values { entry.tensor.buffer.arena.isLocked = true }
    isSealed = true
  }
}
