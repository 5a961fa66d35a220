import KobaiKernels
import Synchronization

/// The contexts of a ``FrozenNetwork``: one for whoever predicts alone, whose kernels have all threads, and one for each of several at
/// the same time, with one thread.
///
/// To take one and to give it back is an atomic exchange each. A lock would be handed from one waiting thread to the next, each
/// of which has to be woken: eight threads on two processors, of 7 µs a prediction, make six times as many without.
final class ContextPool: Sendable {
  /// A place for a context. Whoever has taken it has the context alone.
  fileprivate final class Slot: @unchecked Sendable {
    private let isTaken = Atomic(false)
    var context: FrozenNetwork.Context?

    func take() -> Bool {
      !isTaken.load(ordering: .relaxed) && !isTaken.exchange(true, ordering: .acquiring)
    }

    func giveBack() { isTaken.store(false, ordering: .releasing) }
  }

  /// Some places, and more where these do not suffice.
  private final class Slots: Sendable {
    private let slots = (0..<16).map { _ in Slot() }
    private let more = Mutex<Slots?>(nil)

    func take() -> Slot {
      // An iterator would allocate memory in debug builds.
      for i in slots.indices where slots[i].take() { return slots[i] }
      let next = more.withLock { more in
        let next = more ?? Slots()
        more = next
        return next
      }
      return next.take()
    }
  }

  /// A context that one task has, until it gives it back.
  struct Loan {
    let context: FrozenNetwork.Context
    fileprivate let slot: Slot
    fileprivate let turn: Turns.Turn?
    fileprivate let start: ContinuousClock.Instant?
  }

  private let lone = Slot()
  private let others = Slots()
  private let tasks = Atomic(0)  // that have a context, or wait for their turn
  // One more than processors, so that a processor has something to do while the next thread is woken.
  private let turns = Turns(Kernels.defaultThreads + 1)
  private let shortest = Atomic(Int64.max)  // prediction so far, in nanoseconds

  /// From so long a prediction on, in nanoseconds, tasks that are more than processors wait for their turn. If all of them ran, the
  /// system would stop each after some milliseconds, for several times as long: of predictions that take a millisecond, every few.
  /// Shorter ones are seldom stopped, and to wake a thread for each would cost them more.
  private static let worthWaiting: Int64 = 200_000

  /// - Parameter lone: the context with all threads.
  init(_ lone: sending FrozenNetwork.Context) { self.lone.context = lone }

  /// A context that the caller alone has until it gives it back.
  ///
  /// - Parameters:
  ///   - isPrediction: whether it is for one prediction, for which the caller may have to wait for its turn.
  ///   - make: makes one more of those with one thread.
  func take(
    forPrediction isPrediction: Bool, or make: () throws -> FrozenNetwork.Context
  ) throws -> Loan {
    let isAlone = tasks.add(1, ordering: .relaxed).oldValue == 0
    let shortest = shortest.load(ordering: .relaxed)
    let turn = isPrediction && shortest != .max && shortest >= Self.worthWaiting ? turns.take() : nil
    let start = isPrediction ? ContinuousClock.now : nil
    if isAlone, lone.take() {
      if let context = lone.context { return Loan(context: context, slot: lone, turn: turn, start: start) }
      lone.giveBack()
    }
    let slot = others.take()
    do {
      let context = try slot.context ?? make()
      slot.context = context
      return Loan(context: context, slot: slot, turn: turn, start: start)
    } catch {
      end(slot, turn)
      throw error
    }
  }

  /// Takes a context back.
  func giveBack(_ loan: Loan) {
    if let start = loan.start {
      let time = (ContinuousClock.now - start).components
      let nanoseconds = time.seconds * 1_000_000_000 + time.attoseconds / 1_000_000_000
      if nanoseconds < shortest.load(ordering: .relaxed) { shortest.store(nanoseconds, ordering: .relaxed) }
    }
    end(loan.slot, loan.turn)
  }

  private func end(_ slot: Slot, _ turn: Turns.Turn?) {
    slot.giveBack()
    tasks.subtract(1, ordering: .relaxed)
    if let turn { turns.pass(turn) }
  }
}
