import Synchronization

/// The contexts of a ``FrozenNetwork`` that nobody uses at the moment: one for whoever predicts alone, whose kernels have all
/// threads, and one for each of several at the same time, with one thread.
final class ContextPool: Sendable {
  /// A context on its way from one task to another, of which one at a time has it.
  private struct Idle: @unchecked Sendable {
    let context: FrozenNetwork.Context
  }

  private struct State {
    var lone: Idle?
    var others: [Idle] = []
    var running = 0
  }

  private let state: Mutex<State>

  /// - Parameter lone: the context with all threads.
  init(_ lone: sending FrozenNetwork.Context) {
    let idle = Idle(context: lone)
    state = Mutex(State(lone: idle))
  }

  /// A context that the caller alone has until it gives it back.
  ///
  /// - Parameter make: makes one more of those with one thread.
  /// - Returns: the context, and whether it is that with all threads.
  func take(
    or make: () throws -> FrozenNetwork.Context
  ) throws -> (context: FrozenNetwork.Context, isLone: Bool) {
    let taken = state.withLock { state -> (Idle?, Bool) in
      state.running += 1
      if state.running == 1, let lone = state.lone {
        state.lone = nil
        return (lone, true)
      }
      return (state.others.popLast(), false)
    }
    if let idle = taken.0 { return (idle.context, taken.1) }
    do { return (try make(), false) } catch {
      state.withLock { $0.running -= 1 }
      throw error
    }
  }

  /// Takes a context back.
  func giveBack(_ context: FrozenNetwork.Context, wasAlone isLone: Bool) {
    let idle = Idle(context: context)
    state.withLock { state in
      state.running -= 1
      if isLone { state.lone = idle } else { state.others.append(idle) }
    }
  }
}
