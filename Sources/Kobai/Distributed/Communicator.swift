/// How the processes of one training reach each other. Each has a rank, counted from 0.
///
/// All of them make the same calls in the same order. Whoever implements it for a network of machines of their own sends and
/// receives floats without waiting, and gathers a few bytes; to gather floats is the same as to send them to everybody, unless there
/// is something better.
public protocol Communicator: AnyObject {
  /// The number of this process.
  var rank: Int { get }
  /// The number of processes.
  var size: Int { get }

  /// Begins to send the elements to another rank, which calls ``receive(into:from:tag:)`` with the same tag. They stay as they are
  /// until the transfer is complete. Of transfers between the same ranks with the same tag, the first sent is the first received.
  func send(_ elements: Tensor, to rank: Int, tag: Int) throws(CommunicationError) -> any Transfer

  /// Begins to receive as many elements as the tensor has.
  func receive(into elements: Tensor, from rank: Int, tag: Int) throws(CommunicationError) -> any Transfer

  /// Begins to put everybody's elements behind each other, in the order of the ranks.
  ///
  /// - Parameters:
  ///   - own: this process's elements, which stay as they are until the transfer is complete.
  ///   - counts: how many each rank has.
  ///   - all: room for those of all.
  func gather(_ own: Tensor, counts: [Int], into all: Tensor) throws(CommunicationError) -> any Transfer

  /// Everybody's bytes, in the order of the ranks; waits until all have called it, which may take some of them longer than others.
  func gather(_ bytes: [UInt8]) throws(CommunicationError) -> [[UInt8]]
}

extension Communicator {
  /// Sends them to each of the other processes, and receives theirs.
  public func gather(_ own: Tensor, counts: [Int], into all: Tensor) throws(CommunicationError) -> any Transfer {
    let tag = 30_000  // that of no bucket of gradients
    var (transfers, first) = ([any Transfer](), 0)
    for other in 0..<size {
      let part = all.slice(first..<first + counts[other])
      first += counts[other]
      if other == rank { part.copy(from: own) }
      if other != rank && part.count > 0 { transfers.append(try receive(into: part, from: other, tag: tag)) }
    }
    for other in 0..<size where other != rank && own.count > 0 {
      transfers.append(try send(own.reshaped([own.count]), to: other, tag: tag))
    }
    return Transfers(transfers)
  }
}

/// Elements on their way to another process, or from one.
public protocol Transfer: AnyObject {
  /// Whether it is complete. To ask also lets the communicator go on with its work.
  func isComplete() throws(CommunicationError) -> Bool
  /// Waits until it is complete.
  func wait() throws(CommunicationError)
}

/// Several transfers as one.
private final class Transfers: Transfer {
  private var pending: [any Transfer]

  init(_ transfers: [any Transfer]) { pending = transfers }

  func isComplete() throws(CommunicationError) -> Bool {
    while let transfer = pending.last {
      guard try transfer.isComplete() else { return false }
      pending.removeLast()
    }
    return true
  }

  func wait() throws(CommunicationError) {
    while let transfer = pending.popLast() { try transfer.wait() }
  }
}

/// Another process that cannot be reached, or that is not as this one.
public struct CommunicationError: Error, Equatable, CustomStringConvertible {
  /// The process; nil where it is not known which one.
  public let rank: Int?
  /// What happened.
  public let reason: String

  /// A process and what is wrong with it.
  public init(rank: Int?, reason: String) { (self.rank, self.reason) = (rank, reason) }

  public var description: String { (rank.map { "rank \($0): " } ?? "") + reason }
}

/// The only process of a training.
public final class SingleProcess: Communicator {
  public let rank = 0
  public let size = 1

  /// A communicator that has nobody to reach.
  public init() {}

  public func send(_ elements: Tensor, to rank: Int, tag: Int) throws(CommunicationError) -> any Transfer {
    throw CommunicationError(rank: rank, reason: "there is no such process")
  }
  public func receive(into elements: Tensor, from rank: Int, tag: Int) throws(CommunicationError) -> any Transfer {
    throw CommunicationError(rank: rank, reason: "there is no such process")
  }
  public func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
}
