import Dispatch
import Synchronization

/// Lets so many threads at a time do something, in the order in which they came.
final class Turns: Sendable {
  /// What a thread whose turn it is has, until it passes it on.
  struct Turn {
    fileprivate let waited: DispatchSemaphore?  // on which it waited; others may next
  }

  private struct State {
    var free: Int
    var waiting: [DispatchSemaphore] = []
    var spare: [DispatchSemaphore] = []
  }

  private let state: Mutex<State>

  /// - Parameter count: how many at a time.
  init(_ count: Int) { state = Mutex(State(free: count)) }

  /// How many wait.
  var waiting: Int { state.withLock { $0.waiting.count } }

  /// Waits until it is the caller's turn. Nothing is allocated once as many have waited as ever will at the same time.
  func take() -> Turn {
    let semaphore = state.withLock { state -> DispatchSemaphore? in
      if state.free > 0 {
        state.free -= 1
        return nil
      }
      let semaphore = state.spare.popLast() ?? DispatchSemaphore(value: 0)
      state.waiting.append(semaphore)
      return semaphore
    }
    semaphore?.wait()
    return Turn(waited: semaphore)
  }

  /// Lets whoever has waited longest have the turn.
  func pass(_ turn: Turn) {
    let next = state.withLock { state -> DispatchSemaphore? in
      if let semaphore = turn.waited { state.spare.append(semaphore) }
      if state.waiting.isEmpty {
        state.free += 1
        return nil
      }
      return state.waiting.removeFirst()
    }
    next?.signal()
  }
}
