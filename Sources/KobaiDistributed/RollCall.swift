#if MPI
  import CMPICalls
  import Foundation
  import Kobai

  // Which process it is that does not answer: those that wait may all wait for it, directly or for each other.
  extension MPICommunicator {
    private static let (presentTag, absentTag) = (32_001, 32_002)
    private static let answer = Duration.seconds(1)

    /// Whether another process has lost patience, which rank 0 hears of.
    func isCalledTheRoll(_ waited: Duration) throws(CommunicationError) -> Bool {
      guard rank == 0 && waited > .seconds(1) else { return false }
      var hasCome = false
      try check(unsafe ck_mpi_has_come(Int32(Self.presentTag), &hasCome), with: nil)
      return hasCome
    }

    /// All that wait tell rank 0 that they are there, and it tells them who is not.
    func absence(_ patience: Duration) throws(CommunicationError) -> CommunicationError {
      let absent = rank == 0 ? try callTheRoll() : try answerTheRoll()
      let seconds = patience / .seconds(1)
      let time = seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
      return CommunicationError(
        rank: absent, reason: absent == nil ? "a message was lost" : "it has not answered for \(time) s")
    }

    private func callTheRoll() throws(CommunicationError) -> Int? {
      let mark = Tensor([1])
      var waiting: [(rank: Int, transfer: any Transfer)] = []
      for other in 1..<size { waiting.append((other, try receive(into: mark, from: other, tag: Self.presentTag))) }
      try until(Self.answer) { () throws(CommunicationError) in
        var left: [(rank: Int, transfer: any Transfer)] = []
        for one in waiting where try !one.transfer.isComplete() { left.append(one) }
        waiting = left
        return waiting.isEmpty
      }
      let absent = waiting.first?.rank
      mark.fill(Float(absent ?? -1))
      let present = (1..<size).filter { other in !waiting.contains { $0.rank == other } }
      var answers: [any Transfer] = []
      for other in present { answers.append(try send(mark, to: other, tag: Self.absentTag)) }
      try until(.milliseconds(200)) { () throws(CommunicationError) in
        for answer in answers where try !answer.isComplete() { return false }
        return true
      }
      return absent
    }

    private func answerTheRoll() throws(CommunicationError) -> Int? {
      let (mark, absent) = (Tensor([1]), Tensor([1]))
      let sent = try send(mark, to: 0, tag: Self.presentTag)
      let answer = try receive(into: absent, from: 0, tag: Self.absentTag)
      var isAnswered = false
      try until(Self.answer + .milliseconds(500)) { () throws(CommunicationError) in
        _ = try sent.isComplete()
        isAnswered = try answer.isComplete()
        return isAnswered
      }
      guard isAnswered else { return 0 }
      let number = Int(absent.span[0])
      return number < 0 ? nil : number
    }

    /// Asks again and again, for no longer than that.
    private func until(
      _ limit: Duration, _ isDone: () throws(CommunicationError) -> Bool
    ) throws(CommunicationError) {
      var pause = Pause()
      while try !isDone() && pause.take() < limit {}
    }
  }

  /// The time between two looks at something that is not there yet: none at first, and then enough to let others work.
  struct Pause {
    private let start = ContinuousClock.now
    private var looks = 0
    private var waited = Duration.zero

    /// - Returns: how long it has been since the first look.
    mutating func take() -> Duration {
      looks += 1
      if looks % 16 != 0 { return waited }
      waited = ContinuousClock.now - start
      if waited > .milliseconds(5) {
        usleep(50)
      } else {
        sched_yield()
      }
      return waited
    }
  }
#endif
