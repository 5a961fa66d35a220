import CFaults
import Foundation
import Testing

/// What a call of the system can be made to do by a test. It happens to the calling thread alone, and to the code that ships: see
/// `Tests/CFaults`.
public enum Fault: Sendable, Hashable, CustomStringConvertible {
  /// It does nothing and fails with this error.
  case error(Int32)
  /// It reads or writes half of what it is asked for.
  case short
  /// It writes half of what it is asked for, and from then on the disk is full.
  case fullDisk
  /// It does nothing, nor do those after it.
  case crash
  /// The same, and what was written and not synchronized is lost.
  case powerLoss

  /// Every fault that a file can meet.
  public static let all =
    [EIO, ENOSPC, EACCES, EMFILE, ENOMEM, EINTR].map(Fault.error) + [.short, .fullDisk, .crash, .powerLoss]
  /// Those that a reader can meet.
  public static let ofReading = [EIO, EACCES, EMFILE, ENOMEM, EINTR].map(Fault.error) + [.short, .crash]

  /// Whether faults can be injected here.
  public static var isAvailable: Bool { faults_available() }

  /// Whether nobody may notice it: what it stops is done again.
  public var isHarmless: Bool { self == .error(EINTR) || self == .short }
  /// Whether the process is over with it.
  public var isEnd: Bool { self == .crash || self == .powerLoss }

  /// The system's words for an error: "Input/output error".
  public var words: String? {
    switch self {
    case .error(let number): unsafe String(cString: strerror(number))
    case .fullDisk: unsafe String(cString: strerror(ENOSPC))
    case .short, .crash, .powerLoss: nil
    }
  }

  public var description: String {
    switch self {
    case .error: words ?? ""
    case .short: "half a transfer"
    case .fullDisk: "full disk"
    case .crash: "crash"
    case .powerLoss: "power loss"
    }
  }

  private var kind: fault_kind {
    switch self {
    case .error: FAULT_ERROR
    case .short: FAULT_SHORT
    case .fullDisk: FAULT_FULL
    case .crash: FAULT_CRASH
    case .powerLoss: FAULT_POWER
    }
  }

  /// Does something in which the n-th call that the fault can happen to has it, counted from 1.
  ///
  /// - Parameter call: nil, or the name of the only function that it happens to.
  /// - Returns: the name of the function that it happened to, nil where there were fewer calls.
  public func inject(at n: Int, of call: String? = nil, _ body: () throws -> Void) rethrows -> String? {
    let number: Int32 = if case .error(let number) = self { number } else { 0 }
    let name = unsafe call.map { unsafe strdup($0) }
    defer { unsafe free(name ?? nil) }
    unsafe faults_start(kind, number, n, name ?? nil)
    do { try body() } catch {
      unsafe _ = faults_end()
      throw error
    }
    return unsafe faults_end().map { unsafe String(cString: $0) }
  }

  /// Does something as on a system that lacks a function: it always fails with ENOTSUP where faults are injected.
  public static func withSystem(lacking call: String, _ body: () throws -> Void) rethrows {
    let name = unsafe strdup(call)
    unsafe faults_miss(name)
    defer {
      faults_miss(nil)
      unsafe free(name)
    }
    try body()
  }

  /// How often this thread has called a function in the last injection.
  public static func count(of call: String) -> Int { unsafe faults_count(call) }
}

/// A run in which a call of the system failed.
public struct FaultyRun: CustomStringConvertible {
  public let fault: Fault
  /// Which of the calls that it can happen to it was, from 1.
  public let n: Int
  /// The name of the function.
  public let call: String
  /// What the run threw.
  public let error: (any Error)?

  public var description: String { "\(fault) at \(n), \(call): \(error.map { "\($0)" } ?? "no error")" }

  /// Expects that a fault which nobody may notice was not noticed, and that any other is one line that begins with a path and has
  /// the system's words.
  public func expectOneLine(about folder: TemporaryFolder) {
    guard let error else { return }
    let line = "\(error)"
    #expect(!fault.isHarmless, "\(self)")
    #expect(!line.contains("\n") && line.contains(folder.path) && line.contains(": "), "\(self)")
    if let words = fault.words { #expect(line.contains(words), "\(self)") }
  }
}

/// Does something again and again: for each fault the first call fails, then the second, and so on until a run has fewer calls.
///
/// - Parameters:
///   - faults: what happens to the calls.
///   - reset: brings about what was there before, without faults.
///   - body: what is tried. Nothing that it opens may still be open at its end.
///   - check: called after each of the runs that a fault happened to, without faults.
/// - Returns: how many runs there were.
@discardableResult public func withEveryFault(
  _ faults: [Fault] = Fault.all, reset: () throws -> Void, _ body: () throws -> Void, check: (FaultyRun) throws -> Void
) throws -> Int {
  var runs = 0
  for fault in faults {
    for n in 1... {
      try reset()
      var failure: (any Error)?
      let call = fault.inject(at: n) { do { try body() } catch { failure = error } }
      #expect(faults_open() == 0, "\(fault) at \(n), \(call ?? "none"): left open")
      guard let call else {
        #expect(failure == nil, "\(fault) at \(n): there are fewer calls, and still an error")
        break
      }
      try check(FaultyRun(fault: fault, n: n, call: call, error: failure))
      runs += 1
      try #require(n < 2000, "calls without end")
    }
  }
  return runs
}

/// Expects of something that writes files into a folder: whichever call fails, every file is as it was or as it should be, no other is
/// there, and one line says what happened. A process that ends may leave a temporary file behind.
///
/// - Parameters:
///   - folder: the folder.
///   - faults: what happens to the calls.
///   - isWhole: says of a file that is neither as before nor as it should be whether it is whole all the same.
///   - reset: brings about what was there before, in an empty folder.
///   - write: writes the files.
///   - check: called after each of the runs that a fault happened to, too.
/// - Returns: how many runs there were.
@discardableResult public func expectWholeFiles(
  in folder: TemporaryFolder, _ faults: [Fault] = Fault.all, isWhole: (String, [UInt8]) -> Bool = { _, _ in false },
  reset: () throws -> Void, write: () throws -> Void, check: (FaultyRun) throws -> Void = { _ in }
) throws -> Int {
  try folder.empty()
  try reset()
  let old = try folder.files()
  try write()
  let new = try folder.files()
  #expect(old != new)
  return try withEveryFault(
    faults,
    reset: {
      try folder.empty()
      try reset()
    }, write,
    check: { run in
      run.expectOneLine(about: folder)
      let now = try folder.files()
      for (name, bytes) in now where bytes != old[name] && bytes != new[name] && !isWhole(name, bytes) {
        #expect(run.fault.isEnd && name.hasSuffix(".tmp"), "\(run): \(name) has \(bytes.count) bytes")
      }
      for name in old.keys where now[name] == nil { #expect(new[name] == nil, "\(run): \(name) is gone") }
      if run.error == nil && !run.fault.isEnd { #expect(now == new, "\(run): not all is written") }
      try check(run)
    })
}

/// Expects of something that reads files: whichever call fails, it comes to the same, or one line says what happened.
///
/// - Parameters:
///   - folder: where the files are.
///   - reset: brings about what was there before.
///   - read: reads them.
/// - Returns: how many runs there were.
@discardableResult public func expectSameOrOneLine<Value: Equatable>(
  in folder: TemporaryFolder, reset: () throws -> Void = {}, read: () throws -> Value
) throws -> Int {
  try reset()
  let expected = try read()
  var value: Value?
  return try withEveryFault(
    Fault.ofReading,
    reset: {
      try reset()
      value = nil
    }, { value = try read() },
    check: { run in
      run.expectOneLine(about: folder)
      #expect(run.error != nil || value == expected, "\(run)")
    })
}

extension TemporaryFolder {
  /// Removes everything in the folder.
  public func empty() throws {
    for name in try contents() { try FileManager.default.removeItem(atPath: self / name) }
  }

  /// The files in the folder and in those below it, by their paths in it.
  public func files() throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
      var isFolder: ObjCBool = false
      guard unsafe FileManager.default.fileExists(atPath: self / name, isDirectory: &isFolder), !isFolder.boolValue
      else {
        continue
      }
      files[name] = try [UInt8](Data(contentsOf: URL(fileURLWithPath: self / name)))
    }
    return files
  }
}
