import Foundation
import KobaiFiles
import Synchronization

/// Runs an asynchronous body, and waits for it. Nothing else that a command does needs a thread beside its own, so that it
/// works where the system starts no more.
///
/// - Throws: what the body throws, or an error of its own where the threads that the body takes cannot be started.
package func waiting<Value: Sendable>(for body: @escaping @Sendable () async throws -> Value) throws -> Value {
  guard canStartThreads(4) else {
    throw FileError(path: "threads", reason: "the system starts no more of them (ulimit -u)")
  }
  let outcome = Outcome<Value>()
  Task.detached {
    let result: Result<Value, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    outcome.value.withLock { $0 = result }
    outcome.isReady.signal()
  }
  outcome.isReady.wait()
  return try outcome.value.withLock { $0! }.get()
}

private final class Outcome<Value: Sendable>: Sendable {
  let value = Mutex<Result<Value, any Error>?>(nil)
  let isReady = DispatchSemaphore(value: 0)
}

/// Whether so many threads can be started beside the running ones. It is asked first, for libdispatch would try to start its
/// own for ever.
private func canStartThreads(_ count: Int) -> Bool {
  let end = DispatchSemaphore(value: 0)
  return withExtendedLifetime(end) {
    var threads: [pthread_t] = []
    while threads.count < count {
      var thread = pthread_t()
      let code = unsafe pthread_create(
        &thread, nil,
        { end in
          unsafe Unmanaged<DispatchSemaphore>.fromOpaque(end!).takeUnretainedValue().wait()
          return nil
        }, Unmanaged.passUnretained(end).toOpaque())
      guard code == 0 else { break }
      threads.append(thread)
    }
    for _ in threads { end.signal() }
    for thread in threads { pthread_join(thread, nil) }
    return threads.count == count
  }
}
