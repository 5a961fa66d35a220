import Dispatch
import Synchronization

/// The results of `body` for 0 ..< count, one processor each. Which of them runs where and when has no influence on what it
/// returns, as long as each has kernels of its own thread.
///
/// - Throws: the error of the first that has one.
func concurrently<Result: Sendable>(
  _ count: Int, _ body: @Sendable (Int) throws -> Result
) throws -> [Result] {
  let results = Mutex<[Int: Swift.Result<Result, any Error>]>([:])
  DispatchQueue.concurrentPerform(iterations: count) { i in
    let result = Swift.Result { try body(i) }
    results.withLock { $0[i] = result }
  }
  let all = results.withLock { $0 }
  return try (0..<count).compactMap { try all[$0]?.get() }
}
