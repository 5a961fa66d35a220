/// Measures how far outputs are from their labels. A loss is the mean over the batch.
public protocol Loss: AnyObject {
  /// The loss of `outputs` (batch, classes), and its gradient with respect to them, in one pass.
  ///
  /// - Parameters:
  ///   - outputs: the network's outputs, such as logits.
  ///   - labels: the class of each sample.
  ///   - gradient: filled with the gradient unless nil; same shape as `outputs`.
  func evaluate(_ outputs: Tensor, _ labels: Labels, gradient: Tensor?) throws -> Float
}

/// The labels of a batch: the class of each sample. A handle, like ``Tensor``.
public struct Labels {
  let buffer: Buffer<Int32>

  /// A number of labels with memory of their own, all zero.
  public init(count: Int) {
    let arena = Arena()
    buffer = arena.claim(Int32.self, count: count)
    arena.allocate()
  }

  /// Labels with memory of their own, holding `classes`. What is no class of the network is the loss's to refuse.
  public init(_ classes: some Collection<Int>) {
    self.init(count: classes.count)
    var span = buffer.mutableSpan
    let copied: Void? = classes.withContiguousStorageIfAvailable { source in
      unsafe span.withUnsafeMutableBufferPointer { target in
        for i in 0..<source.count { unsafe target[i] = Int32(clamping: source[i]) }
      }
    }
    guard copied == nil else { return }
    for (i, label) in classes.enumerated() { span[i] = Int32(clamping: label) }
  }

  private init(_ buffer: Buffer<Int32>) { self.buffer = buffer }

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

  /// The first `count` labels.
  public func prefix(_ count: Int) -> Labels { Labels(buffer.slice(0, count)) }
}
