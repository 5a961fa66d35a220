import KobaiPreconditions

/// A dense array of floats with a shape, row-major: NCHW for images.
///
/// A handle, as in PyTorch: copies share their elements. Layers are given tensors to read and tensors to fill;
/// nothing allocates a tensor while a network runs.
public struct Tensor: CustomStringConvertible {
  /// The sizes along the axes.
  public let shape: Shape
  let buffer: Buffer<Float>

  /// A tensor of zeros with memory of its own.
  public init(_ shape: Shape) {
    let arena = Arena()
    self.init(shape, arena.claim(Float.self, count: shape.count))
    arena.allocate()
  }

  /// A tensor with memory of its own, holding `elements` in row-major order.
  public init(_ shape: Shape, _ elements: some Collection<Float>) {
    require(elements.count == shape.count, "\(elements.count) elements do not fill a \(shape) tensor")
    self.init(shape)
    var span = mutableSpan
    let copied: Void? = elements.withContiguousStorageIfAvailable { source in
      unsafe span.withUnsafeMutableBytes { unsafe $0.copyMemory(from: UnsafeRawBufferPointer(source)) }
    }
    guard copied == nil else { return }
    for (i, element) in elements.enumerated() { span[i] = element }
  }

  /// The same for elements from outside, such as those of a request.
  ///
  /// - Throws: `KernelError` where they are more or fewer than the shape says.
  public init(_ shape: Shape, checking elements: some Collection<Float>) throws(KernelError) {
    guard elements.count == shape.count else {
      throw .count(kernel: "tensor of \(shape)", argument: "its data", needed: shape.count, given: elements.count)
    }
    self.init(shape, elements)
  }

  init(_ shape: Shape, _ buffer: Buffer<Float>) {
    require(buffer.count == shape.count, "\(buffer.count) elements do not fill a \(shape) tensor")
    (self.shape, self.buffer) = (shape, buffer)
  }

  /// A tensor without elements.
  static var nothing: Tensor { Tensor([0], Buffer(arena: Arena(), offset: 0, count: 0)) }

  /// The number of elements.
  public var count: Int { buffer.count }

  /// The elements, to read, row-major.
  public var span: Span<Float> {
    @_lifetime(borrow self) get { unsafe _overrideLifetime(buffer.span, borrowing: self) }
  }
  /// The elements, to write, row-major.
  public var mutableSpan: MutableSpan<Float> {
    @_lifetime(borrow self) get { unsafe _overrideLifetime(buffer.mutableSpan, borrowing: self) }
  }

  /// A copy of the elements.
  public var elements: [Float] {
    let span = self.span
    return unsafe [Float](unsafeUninitializedCapacity: count) { target, filled in
      unsafe span.withUnsafeBufferPointer { unsafe _ = target.update(fromContentsOf: $0) }
      filled = count
    }
  }

  /// The first `count` elements along the first axis: a smaller batch of the same tensor.
  public func prefix(_ count: Int) -> Tensor {
    require(
      shape.rank > 0 && count >= 0 && count <= shape[0], "the first \(count) elements of a \(shape) tensor")
    return slice(0..<count)
  }

  /// Some neighbouring elements along the first axis: samples of a batch, in the same memory.
  public func slice(_ range: Range<Int>) -> Tensor {
    require(
      shape.rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0], "elements \(range) of a \(shape) tensor")
    let element = shape.element
    return Tensor(
      element.batched(range.count), buffer.slice(range.lowerBound * element.count, range.count * element.count))
  }

  /// The same elements in another shape.
  public func reshaped(_ shape: Shape) -> Tensor { Tensor(shape, buffer) }

  /// Overwrites the elements with those of a tensor of as many.
  public func copy(from other: Tensor) {
    require(other.count == count, "a \(other.shape) tensor does not fit a \(shape) one")
    var target = mutableSpan
    let source = other.span
    unsafe source.withUnsafeBytes { from in
      unsafe target.withUnsafeMutableBytes { unsafe $0.copyMemory(from: from) }
    }
  }

  /// Overwrites every element.
  public func fill(_ value: Float) {
    var target = mutableSpan
    target.update(repeating: value)
  }

  /// Whether this tensor starts where `other` does.
  public func sharesMemory(with other: Tensor) -> Bool {
    buffer.arena === other.buffer.arena && buffer.offset == other.buffer.offset
  }

  public var description: String { "Tensor(\(shape))" }
}

/// An optional tensor is handed to kernels as it is, for their optional arguments.
extension Tensor? {
  /// The elements, to read; nil where there is no tensor, as where nobody asks for the gradient of a network's input.
  public var span: Span<Float>? {
    @_lifetime(borrow self) get {
      guard let tensor = self else { return nil }
      return unsafe _overrideLifetime(tensor.span, borrowing: self)
    }
  }

  /// The same, to write.
  public var mutableSpan: MutableSpan<Float>? {
    @_lifetime(borrow self) get {
      guard let tensor = self else { return nil }
      return unsafe _overrideLifetime(tensor.mutableSpan, borrowing: self)
    }
  }
}
