import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The temporary files with names that this process has, so that the handler of a signal that ends it can remove them: it may neither
/// allocate memory nor wait for a lock (signal-safety(7)). There are places for a few; what has none is left behind where a signal ends
/// the process.
@safe enum Temporaries {
  private static let capacity = 64
  /// The addresses of paths as C strings, 0 where a place is free. Whoever takes one out owns the string.
  private nonisolated(unsafe) static let places: UnsafeMutablePointer<Atomic<Int>> = {
    let places = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: capacity)
    for i in 0..<capacity { unsafe (places + i).initialize(to: Atomic(0)) }
    return unsafe places
  }()

  /// Initialises the places now rather than in the signal's handler.
  static func prepare() { _ = unsafe places }

  /// Takes a path into the list.
  ///
  /// - Returns: its place; nil where there is no room.
  static func add(_ path: String) -> Int? {
    guard let copy = unsafe strdup(path) else { return nil }
    for i in 0..<capacity {
      let isOurs = unsafe places[i].compareExchange(
        expected: 0, desired: Int(bitPattern: copy), ordering: .acquiringAndReleasing
      ).exchanged
      if isOurs { return i }
    }
    unsafe free(copy)
    return nil
  }

  /// Takes a path out of the list: the file has another name now, or none.
  static func remove(_ place: Int?) {
    guard let place else { return }
    let address = unsafe places[place].exchange(0, ordering: .acquiringAndReleasing)
    unsafe free(UnsafeMutableRawPointer(bitPattern: address))
  }

  /// Removes all of the files. It may be called by a signal's handler.
  static func unlinkAll() {
    var i = 0  // an iterator may allocate memory in debug builds
    while i < capacity {
      let address = unsafe places[i].exchange(0, ordering: .acquiringAndReleasing)
      if let path = unsafe UnsafePointer<CChar>(bitPattern: address) { unsafe unlink(path) }
      i += 1
    }
  }
}

extension AtomicFile {
  /// Has to be called once before a handler of signals may call ``removeTemporaries()``.
  package static func prepareForSignals() { Temporaries.prepare() }

  /// Removes the temporary files of all that is being written, for a process that ends now. A signal's handler may call it.
  package static func removeTemporaries() { Temporaries.unlinkAll() }
}
