import KobaiPreconditions

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
  private let mapping: UnsafeMutableRawBufferPointer?  // nil where it came from malloc

  private static var hugePage: Int { 2 << 20 }

  /// From so many bytes on the memory is mapped, and goes back to the system as soon as nobody needs it. With malloc, that ends
  /// once the first large block was freed: the blocks of up to 32 MB after it come out of a heap that keeps what lies below others.
  private static var smallestMapping: Int { 128 << 10 }

  /// How far a processor prefetches beyond the rows that a kernel reads: about 13 rows were measured. What lies there
  /// would move into the cache of a core that has no use for it, away from the core that writes it. So large memory is
  /// followed by as much that is never touched.
  private static var prefetchDistance: Int { 64 << 10 }

  /// Allocates that many bytes; a process that cannot get them ends.
  public init(bytes: Int) {
    require(
      (0..<AvailableMemory.limit).contains(bytes), "\(bytes) bytes of memory: a process can address no such number")
    self.bytes = bytes
    let reserved = bytes >= Self.prefetchDistance ? bytes + Self.prefetchDistance : max(bytes, 1)
    if bytes >= Self.smallestMapping {
      let alignment = bytes >= Self.hugePage ? Self.hugePage : 1
      guard let mapped = unsafe Self.map(reserved, alignment: alignment) else {
        fatalError("out of memory: \(bytes) bytes")
      }
      #if os(Linux)
        if bytes >= Self.hugePage { unsafe _ = madvise(mapped.baseAddress, bytes, MADV_HUGEPAGE) }
      #endif
      unsafe (address, mapping) = (mapped.baseAddress!, mapped)
      return
    }
    var memory: UnsafeMutableRawPointer? = nil
    guard unsafe posix_memalign(&memory, 64, reserved) == 0, let memory = unsafe memory else {
      fatalError("out of memory: \(bytes) bytes")
    }
    unsafe memset(memory, 0, max(bytes, 1))
    unsafe (address, mapping) = (memory, nil)
  }

  deinit {
    if let mapping = unsafe mapping {
      unsafe munmap(mapping.baseAddress!, mapping.count)
    } else {
      unsafe free(address)
    }
  }

  /// Maps pages of zeros, which are there once they are touched.
  ///
  /// - Parameter alignment: 1, or a multiple of a page.
  private static func map(_ count: Int, alignment: Int) -> UnsafeMutableRawBufferPointer? {
    let (page, size) = (Int(getpagesize()), count + alignment - 1)
    let mapped = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
    guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else { return nil }
    let first = Int(bitPattern: mapped)
    let start = (first + alignment - 1) / alignment * alignment
    // What lies before and behind goes back.
    let (end, last) = ((start + count + page - 1) / page * page, (first + size + page - 1) / page * page)
    if start > first { unsafe munmap(mapped, start - first) }
    if last > end { unsafe munmap(mapped + (end - first), last - end) }
    return unsafe UnsafeMutableRawBufferPointer(start: mapped + (start - first), count: end - start)
  }

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
    unsafe pointer(bytes: count *| MemoryLayout<Float>.stride).assumingMemoryBound(to: Float.self)
  }
}
