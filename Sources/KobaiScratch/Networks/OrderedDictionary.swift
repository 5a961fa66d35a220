/// A dictionary that remembers the order in which its entries were made, Python's `OrderedDict` (section 5.7.2): the order
/// of the layers is that of the way forward, and reversed that of the way back.
public struct OrderedDictionary<Value>: ExpressibleByDictionaryLiteral, RandomAccessCollection {
  /// The keys, in order.
  public private(set) var keys: [String] = []
  private var entries: [String: Value] = [:]

  /// Entries in the order written; no key comes twice.
  public init(dictionaryLiteral entries: (String, Value)...) {
    for (key, value) in entries { self[key] = value }
  }

  /// The value of a key. One that is new goes to the end; nil takes it out.
  public subscript(key: String) -> Value? {
    get { entries[key] }
    set {
      if newValue == nil { keys.removeAll { $0 == key } } else if entries[key] == nil { keys.append(key) }
      entries[key] = newValue
    }
  }

  /// The values, in order.
  public var values: [Value] { map(\.value) }

  /// The same keys with what `f` makes of their values.
  public func mapValues<Other>(_ f: (Value) throws -> Other) rethrows -> OrderedDictionary<Other> {
    var result: OrderedDictionary<Other> = [:]
    for (key, value) in self { result[key] = try f(value) }
    return result
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { keys.count }
  public subscript(position: Int) -> (key: String, value: Value) {
    let key = keys[position]
    guard let value = entries[key] else { preconditionFailure("a key without value") }
    return (key, value)
  }
}
