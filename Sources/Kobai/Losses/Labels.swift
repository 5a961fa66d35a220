import KobaiPreconditions

/// The labels of a batch: the class of each sample (batch), or of each of its pixels (batch, height, width). A handle, like
/// ``Tensor``.
public struct Labels {
  /// The sizes along the axes, the batch first.
  public let shape: Shape
  let buffer: Buffer<Int32>

  /// Labels of a shape with memory of their own, all zero.
  public init(shape: Shape) {
    let arena = Arena()
    self.init(shape, arena.claim(Int32.self, count: shape.count))
    arena.allocate()
  }

  /// A number of labels with memory of their own, all zero.
  public init(count: Int) { self.init(shape: [count]) }

  /// Labels with memory of their own, holding `classes`.
  public init(_ classes: some Collection<Int>) { self.init([classes.count], classes) }

  /// Labels of a shape with memory of their own, holding `classes` in row-major order. What is no class of
  /// the network is the loss's to refuse.
  public init(_ shape: Shape, _ classes: some Collection<Int>) {
    require(classes.count == shape.count, "\(classes.count) classes do not fill labels of \(shape)")
    self.init(shape: shape)
    var span = buffer.mutableSpan
    let copied: Void? = classes.withContiguousStorageIfAvailable { source in
      unsafe span.withUnsafeMutableBufferPointer { target in
        for i in 0..<source.count { unsafe target[i] = Int32(clamping: source[i]) }
      }
    }
    guard copied == nil else { return }
    for (i, label) in classes.enumerated() { span[i] = Int32(clamping: label) }
  }

  private init(_ shape: Shape, _ buffer: Buffer<Int32>) { (self.shape, self.buffer) = (shape, buffer) }

  /// The number of labels.
  public var count: Int { buffer.count }
  /// The classes, to read.
  public var span: Span<Int32> {
    @_lifetime(borrow self) get { unsafe _overrideLifetime(buffer.span, borrowing: self) }
  }
  /// The classes, to write.
  public var mutableSpan: MutableSpan<Int32> {
    @_lifetime(borrow self) get { unsafe _overrideLifetime(buffer.mutableSpan, borrowing: self) }
  }

  /// The labels of the first `count` samples.
  public func prefix(_ count: Int) -> Labels { slice(0..<count) }

  /// The labels of some neighbouring samples, in the same memory.
  public func slice(_ range: Range<Int>) -> Labels {
    let sample = shape.element
    return Labels(
      sample.batched(range.count), buffer.slice(range.lowerBound * sample.count, range.count * sample.count))
  }
}
