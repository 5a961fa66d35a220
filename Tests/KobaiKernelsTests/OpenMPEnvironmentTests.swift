import Testing

@testable import KobaiKernels

/// What OpenMP's variables say, and what they cannot say.
@Suite struct OpenMPEnvironmentTests {
  private static let processors = Processors(allowed: 6, quota: nil)

  private static func threads(_ variables: [String: String]) throws -> Int {
    try OpenMPEnvironment { variables[$0] }.defaultThreads(on: processors)
  }

  @Test(
    "empty is unset; of a list the first number counts",
    arguments: [
      ("", 6), (" ", 6), ("\t", 6), ("1", 1), (" 2 ", 2), ("4,2", 4), ("3 , 1", 3), ("007", 7),
      ("99999999999999999999", Int.max),
    ])
  func numbers(_ text: String, _ expected: Int) throws {
    #expect(try Self.threads(["OMP_NUM_THREADS": text]) == expected)
  }

  @Test(
    "nonsense is named", arguments: ["garbage", "auto", "2.0", "$(nproc)", "0", "00", "-1", "+2", "1e3", ",2", "٣"])
  func nonsense(_ text: String) {
    for name in ["OMP_NUM_THREADS", "OMP_THREAD_LIMIT"] {
      let named = name == "OMP_NUM_THREADS" && text == ",2" ? "" : text
      #expect(
        throws: KernelError.invalid(
          kernel: name, reason: "\"\(named)\" is no number of threads; set it to 1 or more, or unset it")
      ) { try Self.threads([name: text]) }
    }
  }

  @Test func limit() throws {
    #expect(try Self.threads(["OMP_THREAD_LIMIT": "2"]) == 2)
    #expect(try Self.threads(["OMP_THREAD_LIMIT": "8"]) == 6)
    #expect(try Self.threads(["OMP_THREAD_LIMIT": "3", "OMP_NUM_THREADS": "5"]) == 3)
  }

  @Test func policies() throws {
    for text in ["active", "PASSIVE", " Active ", ""] { _ = try Self.threads(["OMP_WAIT_POLICY": text]) }
    for text in ["true", "FALSE", ""] { _ = try Self.threads(["OMP_DYNAMIC": text]) }
    #expect(
      throws: KernelError.invalid(kernel: "OMP_WAIT_POLICY", reason: "\"lazy\" is neither active nor passive")
    ) { try Self.threads(["OMP_WAIT_POLICY": "lazy"]) }
    #expect(throws: KernelError.invalid(kernel: "OMP_DYNAMIC", reason: "\"1\" is neither true nor false")) {
      try Self.threads(["OMP_DYNAMIC": "1"])
    }
  }
}
