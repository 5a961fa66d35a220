import Glibc

/// A mutex of POSIX threads with the interface of Synchronization's, which ThreadSanitizer doesn't see on Linux: whoever
/// waits for it does so inside the standard library, which is built without instrumentation. `run suites thread` puts this
/// file into every module of its copy that has a `Mutex`, where it hides the imported type.
@safe struct Mutex<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

  init(_ initialValue: consuming sending Value) {
    unsafe pthread_mutex_init(lock, nil)
    unsafe value.initialize(to: initialValue)
  }

  deinit {
    unsafe value.deinitialize(count: 1).deallocate()
    unsafe pthread_mutex_destroy(lock)
    unsafe lock.deallocate()
  }

  borrowing func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    unsafe pthread_mutex_lock(lock)
    defer { unsafe pthread_mutex_unlock(lock) }
    return try unsafe body(&value.pointee)
  }
}
