import Foundation

/// How fast messages go between two ranks, one of which waits for the other's.
struct Link: Sendable {
  /// Seconds from the call that sends a few bytes to their arrival.
  var latency: Double
  /// Seconds for which a rank is busy with one message, however small it is.
  var overhead: Double
  /// Bytes a second that a rank sends while it receives as many.
  var bandwidth: Double

  /// "12.3 µs latency, 0.8 µs a message, 9.4 Gbit/s"
  var text: String {
    "\((latency * 1e6).short) µs latency, \((overhead * 1e6).short) µs a message, \((bandwidth * 8e-9).short) Gbit/s"
  }
}

/// How long a training step takes where many ranks share it out, each with as many samples.
///
/// A rank's own work is measured. To it comes what of the gradients' exchange the backward pass does not hide. Gradients go in buckets:
/// of each, a rank sends a piece to every other one and receives as many, adds its own piece up, and sends the sum to all
/// (reduce-scatter and all-gather, without a ring: sums have a fixed order). A bucket takes
///
///     2 (latency + (ranks - 1) overhead + bytes (ranks - 1) / ranks / bandwidth)
///
/// and the next one follows when it is there and the one before is through. Buckets are taken to be complete at even intervals of
/// the backward pass, the last one at its end. And all wait for the slowest: of so many steps as there are ranks, drawn from those
/// that one rank took, the longest is expected to take that much longer than the median.
struct ScaleOutModel: Sendable {
  /// Seconds of the forward pass with the loss, of the backward pass, and of the update, of one rank's samples.
  let forward: Double, backward: Double, update: Double
  /// The bytes of the buckets, in the order in which they are exchanged.
  let buckets: [Int]
  /// The bytes of one rank's outputs, which all of them learn.
  let outputs: Int
  let link: Link
  /// The seconds of one rank's steps, sorted.
  let steps: [Double]

  /// The step of one rank that has nobody to wait for.
  var alone: Double { forward + backward + update }

  /// The seconds that a step of so many ranks takes.
  func step(ranks: Int) -> Double {
    guard ranks > 1 else { return alone }
    var free = 0.0  // when the exchange of the buckets so far is through, from the beginning of the backward pass
    for (i, bytes) in buckets.enumerated() {
      let ready = backward * Double(i + 1) / Double(buckets.count)
      free = max(free, ready) + exchange(bytes, ranks: ranks)
    }
    // The longest of two falls below the median where most steps are slow ones.
    let waiting = max(0, slowest(of: ranks) - steps[steps.count / 2])
    return forward + free + gathering(ranks: ranks) + update + waiting
  }

  /// What the others' share of the machine is used: the rate of all ranks as a share of that of as many ranks alone.
  func efficiency(ranks: Int) -> Double { alone / step(ranks: ranks) }

  /// The expected longest of so many steps: it is at most the i-th of n with the probability (i / n) ^ ranks.
  private func slowest(of ranks: Int) -> Double {
    func share(_ i: Int) -> Double { pow(Double(i) / Double(steps.count), Double(ranks)) }
    return steps.indices.reduce(0) { $0 + steps[$1] * (share($1 + 1) - share($1)) }
  }

  private func exchange(_ bytes: Int, ranks: Int) -> Double {
    let (others, moved) = (Double(ranks - 1), Double(bytes) * Double(ranks - 1) / Double(ranks))
    return 2 * (link.latency + others * link.overhead + moved / link.bandwidth)
  }

  /// The outputs go round while the backward pass runs; the last of its rounds is what is seen of it.
  private func gathering(ranks: Int) -> Double {
    link.latency + Double(outputs) * Double(ranks - 1) / link.bandwidth / Double(ranks)
  }
}
