import KobaiKernels
import KobaiPreconditions

/// Memory that is claimed piece by piece while a network is built, and allocated once, when all claims are known.
public final class Arena {
  private var memory: AlignedMemory?
  /// The bytes claimed so far.
  public private(set) var bytes = 0
  /// More bytes than a process can address. What is claimed beyond that is not counted any more.
  static let limit = AvailableMemory.limit

  /// Whether nothing in it may be changed at the moment.
  var isLocked = false
  private var isReleased = false

  /// An arena without any memory yet.
  public init() {}

  /// Claims a zero-filled buffer on a 64-byte boundary. It must not be touched before ``allocate()``.
  public func claim<Element: BitwiseCopyable>(_: Element.Type, count: Int) -> Buffer<Element> {
    require(memory == nil, "the arena is allocated already")
    let offset = bytes
    let fits = count < (Self.limit - bytes) / MemoryLayout<Element>.stride
    bytes = fits ? min(bytes + (count * MemoryLayout<Element>.stride + 63) & ~63, Self.limit) : Self.limit
    return Buffer(arena: self, offset: offset, count: count)
  }

  /// Allocates everything that was claimed.
  public func allocate() {
    require(bytes < Self.limit, "more memory is asked for than a process can address")
    memory = AlignedMemory(bytes: bytes)
  }

  /// Gives the memory back. To use it afterwards is a programmer's error.
  func release() {
    memory = nil
    isReleased = true
  }

  @unsafe fileprivate var base: UnsafeMutableRawPointer {
    guard let memory else {
      fatalError(isReleased ? "the weights were packed and dropped" : "the arena is used before it is allocated")
    }
    return unsafe memory.base
  }
}

/// Contiguous elements in an arena. It is a handle: copies share their elements.
public struct Buffer<Element: BitwiseCopyable> {
  let arena: Arena
  let offset: Int  // in bytes
  /// The number of elements.
  public let count: Int

  @unsafe private var start: UnsafeMutablePointer<Element> {
    unsafe (arena.base + offset).assumingMemoryBound(to: Element.self)
  }

  /// The elements, to read. Writes through another handle are visible.
  public var span: Span<Element> {
    @_lifetime(borrow self) get {
      let span = unsafe Span(_unsafeStart: start, count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The elements, to write. To change the weights of a frozen network is a programmer's error.
  public var mutableSpan: MutableSpan<Element> {
    @_lifetime(borrow self) get {
      require(!arena.isLocked, "the weights of a frozen network do not change; thaw() it first")
      let span = unsafe MutableSpan(_unsafeStart: start, count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The `count` elements from element `first` on.
  public func slice(_ first: Int, _ count: Int) -> Buffer {
    require(
      first >= 0 && count >= 0 && first +| count <= self.count,
      "elements \(first) ..< \(first +| count) of \(self.count)"
    )
    return Buffer(arena: arena, offset: offset + first * MemoryLayout<Element>.stride, count: count)
  }
}

/// An optional buffer is handed to kernels as it is, for their optional arguments.
extension Buffer<UInt8>? {
  /// The bytes, to read; nil where there is no buffer.
  public var span: Span<UInt8>? {
    @_lifetime(borrow self) get {
      guard let buffer = self else { return nil }
      return unsafe _overrideLifetime(buffer.span, borrowing: self)
    }
  }

  /// The same, to write.
  public var mutableSpan: MutableSpan<UInt8>? {
    @_lifetime(borrow self) get {
      guard let buffer = self else { return nil }
      return unsafe _overrideLifetime(buffer.mutableSpan, borrowing: self)
    }
  }
}
