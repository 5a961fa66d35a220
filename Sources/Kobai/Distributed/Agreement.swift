extension Communicator {
  /// Finds a process that has something else than the others of what has to be the same: weights, data, options, the program.
  ///
  /// - Parameter facts: what is said of a process that has another one, such as "other weights", and a digest; as many on every
  ///   process.
  /// - Returns: an error that names the process, the same on all of them; nil where all have the same.
  public func disagreement(
    on facts: [(difference: String, digest: String)]
  ) throws(CommunicationError) -> CommunicationError? {
    for (i, digests) in try gatherTexts(facts.map(\.digest)).enumerated() {
      guard let usual = digests.mostFrequent, let rank = digests.firstIndex(where: { $0 != usual }) else { continue }
      return CommunicationError(rank: rank, reason: "it has \(facts[i].difference) than the other ranks")
    }
    return nil
  }

  /// Texts of all processes.
  ///
  /// - Parameter texts: this one's, as many as on every other.
  /// - Returns: for each text what it is on each process.
  public func gatherTexts(_ texts: [String]) throws(CommunicationError) -> [[String]] {
    // A byte that no text has in UTF-8 parts them.
    let bytes = Array(texts.map { Array($0.utf8) }.joined(separator: [0xFF]))
    let all = try gather(bytes).map { rank in
      rank.split(separator: 0xFF, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }
    return texts.indices.map { i in all.map { i < $0.count ? $0[i] : "" } }
  }
}

extension [String] {
  /// The element that is there most often; of several the first one.
  fileprivate var mostFrequent: String? {
    var counts: [String: Int] = [:]
    for element in self { counts[element, default: 0] += 1 }
    let most = counts.values.max()
    return first { counts[$0] == most }
  }
}
