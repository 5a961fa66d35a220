/// Where the pixels of images in IDX files and in CIFAR's binary version go: into memory, or, where they are too many, into a file
/// that is mapped into memory. That is the IDX file itself where it is not compressed and its images stand upright, else a file of
/// the cache. They are the same bytes in the same order.
public struct ImageStorage: Sendable, Equatable {
  /// The most bytes of pixels of one set that are held in memory. A file that is mapped must not be cut short by others.
  public var memoryLimit: Int
  /// The folder of the cache. Its files may be deleted whenever no program runs.
  public var cache: String

  /// Storage of 1 GiB in memory, the rest in `$XDG_CACHE_HOME/kobai/images`, by default `~/.cache/kobai/images`.
  ///
  /// - Parameters:
  ///   - memoryLimit: the most bytes of pixels of one set that are held in memory.
  ///   - cache: the folder of the cache.
  public init(memoryLimit: Int = 1 << 30, cache: String = CacheFolder.path("images")) {
    (self.memoryLimit, self.cache) = (memoryLimit, cache)
  }
}

/// So many bytes in a file of the cache, and no more to say of them.
struct PlainContents: CachedContents {
  let count: Int
  var byteCount: Int? { count }
}
