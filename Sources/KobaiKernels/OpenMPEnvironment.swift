import KobaiFiles

/// What OpenMP's environment variables ask for (OpenMP 5.2, chapter 21). An empty variable counts as unset.
struct OpenMPEnvironment: Equatable {
  /// `OMP_NUM_THREADS`: how many threads a parallel region has. Only the first number of a list counts, for regions are not
  /// nested.
  private(set) var threads: Int?
  /// `OMP_THREAD_LIMIT`: how many there are at most.
  private(set) var limit: Int?

  /// The environment without any of the variables.
  init() {}

  /// - Parameter variable: returns the value of a variable.
  /// - Throws: ``KernelError/invalid(kernel:reason:)`` for the first that is invalid.
  init(_ variable: (String) -> String? = environmentVariable) throws(KernelError) {
    func value(_ name: String) -> String? {
      guard let text = variable(name)?.trimmed, !text.isEmpty else { return nil }
      return text
    }
    func number(_ name: String, _ text: String?) throws(KernelError) -> Int? {
      guard let text else { return nil }
      guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
        text.contains(where: { $0 != "0" })
      else {
        throw .invalid(kernel: name, reason: "\"\(text)\" is no number of threads; set it to 1 or more, or unset it")
      }
      return Int(text) ?? .max
    }
    func word(_ name: String, _ known: [String]) throws(KernelError) {
      guard let text = value(name), !known.contains(text.lowercased()) else { return }
      throw .invalid(kernel: name, reason: "\"\(text)\" is neither \(known.joined(separator: " nor "))")
    }
    let threads = value("OMP_NUM_THREADS")
    let first = threads?.split(separator: ",", omittingEmptySubsequences: false).first.map { String($0).trimmed }
    self.threads = try number("OMP_NUM_THREADS", first)
    limit = try number("OMP_THREAD_LIMIT", value("OMP_THREAD_LIMIT"))
    try word("OMP_WAIT_POLICY", ["active", "passive"])
    try word("OMP_DYNAMIC", ["true", "false"])
  }

  /// The number of threads of regions that ask for no number.
  func defaultThreads(on processors: Processors) -> Int { min(threads ?? processors.usable, limit ?? .max) }
}

extension String {
  fileprivate var trimmed: String {
    let isSpace: (Character) -> Bool = \.isWhitespace
    return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }
}
