import KobaiPreconditions

/// The sizes of a tensor along its axes, at most four of them: (batch, channels, height, width) for images,
/// (filters, channels, height, width) for their weights. Kept inline, so that making one allocates nothing.
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
  private var sizes = InlineArray<4, Int>(repeating: 1)
  /// The number of axes, at most four.
  public private(set) var rank = 0

  /// The shape of a single number: no axes.
  public init() {}

  /// A shape of the given sizes. More than four axes, or a negative size, is a programmer's error.
  public init(arrayLiteral sizes: Int...) { self.init(sizes) }

  /// A shape of the given sizes, with the same limits.
  public init(_ sizes: some Sequence<Int>) {
    for size in sizes { append(size) }
  }

  private mutating func append(_ size: Int) {
    require(rank < 4, "a shape has at most four axes")
    require(size >= 0, "a size must not be negative, but one is \(size)")
    sizes[rank] = size
    rank += 1
  }

  /// The size along one axis.
  public subscript(axis: Int) -> Int {
    require(axis >= 0 && axis < rank, "axis \(axis) of a shape with \(rank)")
    return sizes[axis]
  }

  /// The number of elements: the product of the sizes; `Int.max` where it is more than that, as a damaged file may say.
  public var count: Int {
    var product = 1
    for axis in 0..<rank {
      let (next, overflow) = product.multipliedReportingOverflow(by: sizes[axis])
      if overflow { return array.contains(0) ? 0 : .max }
      product = next
    }
    return product
  }

  /// The sizes as an array.
  var array: [Int] { (0..<rank).map { sizes[$0] } }

  /// The shape of a batch of `count` things of this shape.
  public func batched(_ count: Int) -> Shape {
    var shape = Shape()
    shape.append(count)
    for axis in 0..<rank { shape.append(sizes[axis]) }
    return shape
  }

  /// The shape of one element of a batch: all axes but the first.
  public var element: Shape {
    var shape = Shape()
    for axis in 1..<max(rank, 1) { shape.append(sizes[axis]) }
    return shape
  }

  /// The sizes with a sign between them: "30×24×24".
  public var description: String {
    rank == 0 ? "()" : array.map(String.init).joined(separator: "×")
  }

  public static func == (a: Shape, b: Shape) -> Bool {
    guard a.rank == b.rank else { return false }
    for axis in 0..<a.rank where a.sizes[axis] != b.sizes[axis] { return false }
    return true
  }

  public func hash(into hasher: inout Hasher) {
    for axis in 0..<rank { hasher.combine(sizes[axis]) }
  }
}

/// Written as an array of the sizes.
extension Shape: Codable {
  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    var sizes: [Int] = []
    while !container.isAtEnd { sizes.append(try container.decode(Int.self)) }
    guard sizes.count <= 4, sizes.allSatisfy({ $0 >= 0 }) else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath, debugDescription: "a shape has at most four axes, none of a size below zero"))
    }
    self.init(sizes)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    for size in array { try container.encode(size) }
  }
}
