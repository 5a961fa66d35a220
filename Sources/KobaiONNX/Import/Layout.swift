import Kobai

/// The axes of a file's tensor, and how they lie in a batch of Kobai's samples, where the batch is always the outermost axis.
/// Transposing and reshaping change this description alone: recurrent operators want steps first and PyTorch hands them
/// batches, so that what goes there and back has moved no element.
struct Layout: Equatable {
  private struct Axis: Equatable {
    /// Nil for the batch, of which nothing is known before the network runs.
    let size: Int?
    /// Axes with a lower place lie further out; where the size is 1 it means nothing.
    var place: Int
  }

  private let axes: [Axis]

  /// A batch of samples of that shape.
  init(_ sample: Shape) {
    axes = [Axis(size: nil, place: 0)] + (0..<sample.rank).map { Axis(size: sample[$0], place: $0 + 1) }
  }

  /// The same with the axes in another order, of which 0 is the batch.
  init(_ sample: Shape, order: [Int]) {
    let axes = Layout(sample).axes
    self.axes = order.map { axes[$0] }
  }

  private init(_ axes: [Axis]) { self.axes = axes }

  /// The shape of one sample; nil where the samples do not lie one after the other, or have more than three axes.
  var sample: Shape? {
    let places = axes.filter { $0.size != 1 }.map(\.place)
    guard (2...4).contains(axes.count), axes[0].size == nil, zip(places, places.dropFirst()).allSatisfy({ $0 < $1 })
    else { return nil }
    return Shape(axes.dropFirst().compactMap(\.size))
  }

  var rank: Int { axes.count }

  /// The sizes along the axes.
  var dimensions: [Constant.Dimension] { axes.map { $0.size.map { .size($0) } ?? .batch } }

  /// The same with its axes in another order; nil where that is none.
  func transposed(_ order: [Int]) -> Layout? {
    guard order.sorted() == Array(axes.indices) else { return nil }
    return Layout(order.map { axes[$0] })
  }

  /// The same without these axes, which may count from the end; nil unless each has the size 1.
  func squeezed(_ dropped: [Int]) -> Layout? {
    let dropped = Set(dropped.map { $0 < 0 ? $0 + rank : $0 })
    guard dropped.count < rank, dropped.allSatisfy({ axes.indices.contains($0) && axes[$0].size == 1 }) else {
      return nil
    }
    return Layout(axes.indices.filter { !dropped.contains($0) }.map { axes[$0] })
  }

  /// The same with axes of size 1, which stand at these positions of the result; nil where those make no sense.
  func unsqueezed(_ added: [Int]) -> Layout? {
    let count = rank + added.count
    let added = Set(added.map { $0 < 0 ? $0 + count : $0 })
    guard added.count + rank == count, count <= Self.mostAxes, added.allSatisfy((0..<count).contains) else {
      return nil
    }
    var rest = axes[...]
    return Layout((0..<count).map { added.contains($0) ? Axis(size: 1, place: 0) : rest.removeFirst() })
  }

  private static let mostAxes = 8

  /// What a Reshape makes of it; nil where elements do not stay in their sample, or not in their order.
  ///
  /// - Parameters:
  ///   - sizes: 0 stands for the size that is there, -1 for what is left.
  ///   - batch: the batch, where the file has fixed it.
  func reshaped(to sizes: [Constant.Dimension], batch: Int?) -> Layout? {
    guard (1...Self.mostAxes).contains(sizes.count) else { return nil }
    if let sample { return Self.reshaped(sample, to: sizes, batch: batch).map { Layout($0) } }
    return merged(into: sizes, batch: batch)
  }

  /// The shape of a sample after a Reshape of whole samples.
  private static func reshaped(_ sample: Shape, to sizes: [Constant.Dimension], batch: Int?) -> Shape? {
    guard let first = sizes.first, (2...4).contains(sizes.count) else { return nil }
    switch first {
    case .batch, .size(-1), .size(0): break
    case .size(let size): guard size == batch else { return nil }
    }
    var (known, result) = (1, [Int?]())
    for (axis, dimension) in sizes.enumerated().dropFirst() {
      guard case .size(var size) = dimension else { return nil }
      if size == 0, axis - 1 < sample.rank { size = sample[axis - 1] }
      guard size == -1 || (1...sample.count).contains(size) else { return nil }
      if size > 0 { known *= size }
      guard known <= sample.count else { return nil }
      result.append(size > 0 ? size : nil)
    }
    let unknown = result.filter { $0 == nil }.count
    guard unknown < 2, unknown == 0 ? known == sample.count : sample.count % known == 0 else { return nil }
    if unknown == 1, first == .size(-1) { return nil }
    return Shape(result.map { $0 ?? sample.count / known })
  }

  /// Neighbouring axes made one; nil for everything else.
  private func merged(into sizes: [Constant.Dimension], batch: Int?) -> Layout? {
    var rest = axes.filter { $0.size != 1 }
    let places = rest.map(\.place).sorted()
    for i in rest.indices { rest[i].place = places.firstIndex(of: rest[i].place)! }
    var result: [Axis] = []
    for (i, dimension) in sizes.enumerated() {
      let next = rest.first
      if let next, next.size == nil {
        switch dimension {
        case .batch, .size(-1): break
        case .size(0): guard i < rank, axes[i].size == nil else { return nil }
        case .size(let size): guard size == batch else { return nil }
        }
        result.append(rest.removeFirst())
        continue
      }
      guard case .size(var size) = dimension else { return nil }
      if size == 0 {
        guard i < rank, let same = axes[i].size else { return nil }
        size = same
      }
      var (product, last): (Int, Axis?) = (1, nil)
      while let axis = rest.first, let factor = axis.size, size == -1 || product < size {
        guard last.map({ $0.place + 1 == axis.place }) ?? true else { return nil }
        product *= factor
        last = rest.removeFirst()
      }
      guard size == -1 || product == size else { return nil }
      result.append(Axis(size: product, place: last?.place ?? 0))
    }
    return rest.isEmpty ? Layout(result) : nil
  }
}

extension Layout: CustomStringConvertible {
  /// "6×batch×5".
  var description: String { axes.map { $0.size.map(String.init) ?? "batch" }.joined(separator: "×") }
}
