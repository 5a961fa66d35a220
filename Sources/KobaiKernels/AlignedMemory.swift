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
  private let address: UnsafeMutableRawPointer

  private static var hugePage: Int { 2 << 20 }

  /// How far a processor runs ahead of a kernel that walks down columns: about 13 rows were seen. What lies there would
  /// be called into the cache of a core that has no use for it, away from one that writes it, so that large memory is
  /// followed by as much that is never touched.
  private static var reach: Int { 64 << 10 }

  /// Takes that many bytes; a process that cannot have them ends.
  public init(bytes: Int) {
    self.bytes = bytes
    let alignment = bytes >= Self.hugePage ? Self.hugePage : 64
    let size = max(bytes, 1)
    var memory: UnsafeMutableRawPointer? = nil
    let reserved = size >= Self.reach ? size + Self.reach : size
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

  /// The address itself, for kernels that cut the memory up themselves.
  @unsafe public var base: UnsafeMutableRawPointer { unsafe address }
}

/// Scratch memory that a kernel may need. It grows to the largest kernel's need and stays: calls after the first
/// allocate nothing. Not to be used by two calls at once.
public final class Workspace {
  private var memory = AlignedMemory(bytes: 0)

  /// - Parameter bytes: what to set aside at once; more is added when a kernel needs it.
  public init(bytes: Int = 0) { reserve(bytes) }

  /// The bytes set aside so far.
  public var bytes: Int { memory.bytes }

  /// Makes sure of at least `bytes`.
  public func reserve(_ bytes: Int) {
    if bytes > memory.bytes { memory = AlignedMemory(bytes: bytes) }
  }

  @unsafe func pointer(bytes: Int) -> UnsafeMutableRawPointer {
    reserve(bytes)
    return unsafe memory.base
  }
}
