#if MPI
  import CMPICalls
  import Kobai
  import Synchronization

  /// Reaches the processes that `mpirun`, or a cluster's own launcher, started together, by MPI.
  ///
  /// There is one in a process, and the thread that made it uses it. No transfer waits forever: where a process does not answer, all
  /// others throw a `CommunicationError` that names it.
  ///
  /// ```swift
  /// let communicator = try MPICommunicator()
  /// // … train …
  /// try communicator.finish()
  /// ```
  public final class MPICommunicator: Communicator {
    public let rank: Int
    public let size: Int
    /// How many of the processes run on this machine.
    public let neighbours: Int
    /// How long the others are waited for.
    public let patience: Duration
    private static let isStarted = Atomic<Bool>(false)

    /// Reaches the other processes. One that was not started by a launcher is the only one.
    ///
    /// - Parameter patience: how long the others are waited for, in a transfer or in a gathering.
    /// - Throws: `CommunicationError` where MPI cannot be started, or was before.
    public init(patience: Duration = .seconds(6)) throws(CommunicationError) {
      guard !Self.isStarted.exchange(true, ordering: .relaxed) else {
        throw CommunicationError(rank: nil, reason: "MPI was started before in this process")
      }
      self.patience = patience
      var numbers: (rank: Int32, size: Int32, neighbours: Int32) = (0, 1, 1)
      let error = unsafe ck_mpi_start(&numbers.rank, &numbers.size, &numbers.neighbours)
      (rank, size, neighbours) = (Int(numbers.rank), Int(numbers.size), Int(numbers.neighbours))
      try check(error, with: nil)
      _ = try gather([], patience: patience)  // all of them can be reached
    }

    /// Waits for all processes to come to their end. Nothing is sent afterwards.
    public func finish() throws(CommunicationError) { try check(ck_mpi_finish(), with: nil) }

    /// Ends all processes, also those that wait for something.
    public func abort(_ exitCode: Int32) { ck_mpi_abort(exitCode) }

    // The memory of a tensor stays where it is as long as the tensor is there, which the transfer sees to.

    public func send(_ elements: Tensor, to rank: Int, tag: Int) throws(CommunicationError) -> any Transfer {
      let memory = unsafe elements.span.withUnsafeBufferPointer { unsafe $0 }
      return try transfer(elements, with: rank) { part, request in
        let start = unsafe memory.baseAddress?.advanced(by: part.lowerBound)
        return unsafe ck_mpi_send(start, part.count, Int32(rank), Int32(tag), &request)
      }
    }

    public func receive(into elements: Tensor, from rank: Int, tag: Int) throws(CommunicationError) -> any Transfer {
      var span = elements.mutableSpan
      let memory = unsafe span.withUnsafeMutableBufferPointer { unsafe $0 }
      return try transfer(elements, with: rank) { part, request in
        let start = unsafe memory.baseAddress?.advanced(by: part.lowerBound)
        return unsafe ck_mpi_receive(start, part.count, Int32(rank), Int32(tag), &request)
      }
    }

    /// Begins with each of the messages that the elements go in.
    private func transfer(
      _ elements: Tensor, with rank: Int, _ begin: (Range<Int>, inout ck_mpi_request) -> Int32
    ) throws(CommunicationError) -> MPITransfer {
      var requests: [ck_mpi_request] = []
      for part in Self.messages(elements.count) {
        var request: ck_mpi_request = 0
        try check(begin(part, &request), with: rank)
        requests.append(request)
      }
      return MPITransfer(self, requests, with: rank, elements)
    }

    /// The messages that so many elements go in. A library asks the receiver before it sends a long message, which costs two
    /// more latencies: what is not so long that these hardly count goes in messages for which Open MPI does not (64 KiB).
    private static func messages(_ count: Int) -> [Range<Int>] {
      let (short, most) = (15_000, 16)
      guard count > short && count <= short * most else { return [0..<count] }
      return stride(from: 0, to: count, by: short).map { $0..<min($0 + short, count) }
    }

    public func gather(_ own: Tensor, counts: [Int], into all: Tensor) throws(CommunicationError) -> any Transfer {
      let places = try GatheredPlaces(counts.map { $0 * MemoryLayout<Float>.stride })
      let from = unsafe own.span.withUnsafeBufferPointer { unsafe $0 }
      var span = all.mutableSpan
      let to = unsafe span.withUnsafeMutableBufferPointer { unsafe $0 }
      var request: ck_mpi_request = 0
      try check(
        unsafe ck_mpi_gather(
          from.baseAddress, to.baseAddress, places.counts, places.starts, Int32(rank), &request), with: nil)
      return MPITransfer(self, [request], with: nil, own, all, places)
    }

    /// Waits for ten minutes at least: before it come things that take one process much longer than others, such as loading data.
    public func gather(_ bytes: [UInt8]) throws(CommunicationError) -> [[UInt8]] {
      try gather(bytes, patience: max(patience, .seconds(600)))
    }

    private func gather(_ bytes: [UInt8], patience: Duration) throws(CommunicationError) -> [[UInt8]] {
      let count = MemoryLayout<Int64>.size
      let sizes = try gather(
        unsafe withUnsafeBytes(of: Int64(bytes.count).littleEndian) { unsafe Array($0) },
        counts: [Int](repeating: count, count: size), patience)
      let counts = sizes.map { $0.reversed().reduce(0) { $0 << 8 | Int($1) } }
      return try gather(bytes, counts: counts, patience)
    }

    private func gather(
      _ bytes: [UInt8], counts: [Int], _ patience: Duration
    ) throws(CommunicationError) -> [[UInt8]] {
      let places = try GatheredPlaces(counts)
      let from = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(bytes.count, 1))
      let to = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(places.total, 1))
      defer {
        unsafe from.deallocate()
        unsafe to.deallocate()
      }
      unsafe _ = from.update(fromContentsOf: bytes)
      var request: ck_mpi_request = 0
      try check(
        unsafe ck_mpi_gather(
          from.baseAddress, to.baseAddress, places.counts, places.starts, Int32(rank), &request), with: nil)
      try wait(for: &request, with: nil, patience)
      return places.ranges.map { unsafe Array(to[$0]) }
    }

    /// Whether a request is complete.
    func test(_ request: inout ck_mpi_request, with rank: Int?) throws(CommunicationError) -> Bool {
      var isComplete = false
      try check(unsafe ck_mpi_test(&request, &isComplete), with: rank)
      return isComplete
    }

    /// Waits until a request is complete.
    func wait(for request: inout ck_mpi_request, with rank: Int?, _ patience: Duration) throws(CommunicationError) {
      var pause = Pause()
      while try !test(&request, with: rank) {
        let waited = pause.take()
        let isCalled = try isCalledTheRoll(waited)
        if waited >= patience || isCalled { throw try absence(patience) }
      }
    }

    func check(_ error: Int32, with rank: Int?) throws(CommunicationError) {
      guard error != 0 else { return }
      var text = [CChar](repeating: 0, count: 256)
      unsafe ck_mpi_describe(error, &text, text.count)
      let words = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      throw CommunicationError(rank: rank, reason: String(decoding: words, as: UTF8.self))
    }
  }

  /// Something on its way by MPI.
  private final class MPITransfer: Transfer {
    private let communicator: MPICommunicator
    private let rank: Int?
    private let kept: [Any]  // the memory that MPI reads or writes meanwhile
    private var requests: [ck_mpi_request]  // those that were not complete yet

    init(_ communicator: MPICommunicator, _ requests: [ck_mpi_request], with rank: Int?, _ kept: Any...) {
      (self.communicator, self.requests, self.rank, self.kept) = (communicator, requests, rank, kept)
    }

    func isComplete() throws(CommunicationError) -> Bool {
      while !requests.isEmpty {
        guard try communicator.test(&requests[requests.count - 1], with: rank) else { return false }
        requests.removeLast()
      }
      return true
    }

    func wait() throws(CommunicationError) {
      while !requests.isEmpty {
        try communicator.wait(for: &requests[requests.count - 1], with: rank, communicator.patience)
        requests.removeLast()
      }
    }
  }

  /// How many bytes each rank adds to a gathering, and where it is put.
  @safe private final class GatheredPlaces {
    let ranges: [Range<Int>]
    let counts: UnsafeMutablePointer<Int32>
    let starts: UnsafeMutablePointer<Int32>

    init(_ counts: [Int]) throws(CommunicationError) {
      var ranges: [Range<Int>] = []
      for count in counts {
        let start = ranges.last?.upperBound ?? 0
        ranges.append(start..<start + count)
      }
      self.ranges = ranges
      unsafe self.counts = .allocate(capacity: max(counts.count, 1))
      unsafe starts = .allocate(capacity: max(counts.count, 1))
      guard total <= Int32.max else {
        throw CommunicationError(rank: nil, reason: "\(total) bytes are more than MPI gathers at a time")
      }
      for (i, range) in ranges.enumerated() {
        unsafe self.counts[i] = Int32(range.count)
        unsafe starts[i] = Int32(range.lowerBound)
      }
    }

    var total: Int { ranges.last?.upperBound ?? 0 }

    deinit {
      unsafe counts.deallocate()
      unsafe starts.deallocate()
    }
  }
#endif
