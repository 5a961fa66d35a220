import Dispatch
import Foundation
import Kobai
import Synchronization

/// The processes of a training as threads of one, which send each other what real ones would.
public final class ThreadRanks: Sendable {
  public let size: Int
  private let mail = Mutex<[Address: [[Float]]]>([:])
  private let gathered = Mutex<[[[UInt8]?]]>([])  // by call and rank

  struct Address: Hashable {
    let from: Int, to: Int, tag: Int
  }

  private init(_ size: Int) { self.size = size }

  /// Calls `body` once for each rank, all at the same time.
  ///
  /// - Returns: the results by rank.
  public static func run<Value: Sendable>(
    _ size: Int, _ body: @Sendable @escaping (any Communicator) throws -> Value
  ) throws -> [Value] {
    let ranks = ThreadRanks(size)
    let results = Mutex<[Int: Result<Value, any Error>]>([:])
    let group = DispatchGroup()
    for rank in 0..<size {
      let thread = Thread {
        let result = Result { try body(ThreadCommunicator(rank, ranks)) }
        results.withLock { $0[rank] = result }
        group.leave()
      }
      group.enter()
      thread.start()
    }
    group.wait()
    let all = results.withLock { $0 }
    return try (0..<size).map { try all[$0]!.get() }
  }

  func send(_ elements: [Float], _ address: Address) {
    mail.withLock { $0[address, default: []].append(elements) }
  }

  /// What was sent there, counted from 0; nil if it has not come yet.
  func letter(_ number: Int, at address: Address) -> [Float]? {
    mail.withLock { mail in
      guard let letters = mail[address], letters.count > number else { return nil }
      return letters[number]
    }
  }

  func gather(_ bytes: [UInt8], from rank: Int, call: Int) -> [[UInt8]] {
    gathered.withLock { calls in
      while calls.count <= call { calls.append([[UInt8]?](repeating: nil, count: size)) }
      calls[call][rank] = bytes
    }
    while true {
      let all = gathered.withLock { $0[call].compactMap(\.self) }
      if all.count == size { return all }
      usleep(50)
    }
  }
}

/// One of them.
final class ThreadCommunicator: Communicator {
  let rank: Int
  private let ranks: ThreadRanks
  private var gathers = 0
  private var received: [ThreadRanks.Address: Int] = [:]

  init(_ rank: Int, _ ranks: ThreadRanks) { (self.rank, self.ranks) = (rank, ranks) }

  var size: Int { ranks.size }

  func send(_ elements: Tensor, to other: Int, tag: Int) -> any Transfer {
    ranks.send(elements.elements, .init(from: rank, to: other, tag: tag))
    return ThreadTransfer { true }
  }

  func receive(into elements: Tensor, from other: Int, tag: Int) -> any Transfer {
    let address = ThreadRanks.Address(from: other, to: rank, tag: tag)
    let number = received[address, default: 0]
    received[address] = number + 1
    return ThreadTransfer { [ranks] in
      guard let values = ranks.letter(number, at: address) else { return false }
      elements.copy(from: Tensor(elements.shape, values))
      return true
    }
  }

  func gather(_ bytes: [UInt8]) -> [[UInt8]] {
    gathers += 1
    return ranks.gather(bytes, from: rank, call: gathers - 1)
  }
}

private final class ThreadTransfer: Transfer {
  private let complete: () -> Bool
  private var wasComplete = false

  init(_ complete: @escaping () -> Bool) { self.complete = complete }

  func isComplete() -> Bool {
    wasComplete = wasComplete || complete()
    return wasComplete
  }

  func wait() {
    while !isComplete() { usleep(20) }
  }
}
