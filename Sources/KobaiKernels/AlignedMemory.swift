#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Zero-filled memory on a 64-byte boundary, in huge pages where it is large: the first touch of 8 MB takes 2.9 ms
/// in pages of 4 KB and 0.5 ms in huge ones.
@safe public final class AlignedMemory {
  /// The size in bytes.
  public let bytes: Int
  @usableFromInline let address: UnsafeMutableRawPointer

  private static var hugePage: Int { 2 << 20 }

  /// How far a processor prefetches beyond the rows that a kernel reads: about 13 rows were measured. What lies there
  /// would move into the cache of a core that has no use for it, away from the core that writes it. So large memory is
  /// followed by as much that is never touched.
  private static var prefetchDistance: Int { 64 << 10 }

  /// Allocates that many bytes; a process that cannot get them ends.
  public init(bytes: Int) {
    self.bytes = bytes
    let alignment = bytes >= Self.hugePage ? Self.hugePage : 64
    let size = max(bytes, 1)
    var memory: UnsafeMutableRawPointer? = nil
    let reserved = size >= Self.prefetchDistance ? size + Self.prefetchDistance : size
    guard unsafe posix_memalign(&memory, alignment, reserved) == 0, let memory = unsafe memory else {
      fatalError("out of memory: \(bytes) bytes")
    }
    #if os(Linux)
      if bytes >= Self.hugePage { unsafe _ = madvise(memory, size, MADV_HUGEPAGE) }
    #endif
    unsafe memset(memory, 0, size)
    unsafe address = memory
  }

  deinit { unsafe free(address) }

  /// Whether the system would give that many bytes now. It may still have too few when they are written.
  package static func isAvailable(bytes: Int) -> Bool {
    var memory: UnsafeMutableRawPointer? = nil
    guard bytes >= 0, unsafe posix_memalign(&memory, 64, max(bytes, 1)) == 0 else { return false }
    unsafe free(memory)
    return true
  }

  /// The address itself, for kernels that cut the memory up themselves.
  @unsafe @inlinable public var base: UnsafeMutableRawPointer { unsafe address }
}

/// Scratch memory that a kernel may need. It grows to the largest kernel's need and stays: calls after the first
/// allocate nothing. Two calls at once must not share one.
public final class Workspace {
  private var memory = AlignedMemory(bytes: 0)
  /// The bytes that were asked for.
  package private(set) var reserved: Int

  /// - Parameter bytes: how many to allocate when it is first used; more are added when a kernel needs them.
  public init(bytes: Int = 0) { reserved = bytes }

  /// The bytes allocated so far.
  public var bytes: Int { memory.bytes }

  /// Makes sure that it has at least `bytes` when it is used. All reservations together cost one allocation.
  public func reserve(_ bytes: Int) { reserved = max(reserved, bytes) }

  @unsafe func pointer(bytes: Int) -> UnsafeMutableRawPointer {
    if bytes > memory.bytes {
      reserve(bytes)
      memory = AlignedMemory(bytes: reserved)
    }
    return unsafe memory.base
  }

  @unsafe func pointer(floats count: Int) -> UnsafeMutablePointer<Float> {
    unsafe pointer(bytes: count * MemoryLayout<Float>.stride).assumingMemoryBound(to: Float.self)
  }
}
