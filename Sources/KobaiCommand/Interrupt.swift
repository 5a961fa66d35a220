import Foundation
import KobaiFiles
import Synchronization

/// Takes Ctrl-C, a termination, a terminal that closes and a limit of CPU time as requests to stop. A training meets them after its
/// current step, and a second Ctrl-C ends the process at once. What else a command does, such as loading data, has nothing to save: it
/// ends at once, with one line and no file half written.
package enum Interrupt {
  private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGXCPU]
  private static let count = Atomic<Int>(0)
  private static let signalNumber = Atomic<Int32>(SIGINT)
  private static let isTraining = Atomic<Bool>(false)
  // Made before a signal's handler needs it, which may allocate nothing.
  private nonisolated(unsafe) static var line = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)

  /// The line of a command that a signal ended.
  static let words = "error: interrupted; nothing is left half written\n"

  /// Begins to take signals. Every command does so first of all.
  ///
  /// - Parameter words: the line that ends it, in the language of the command.
  static func watch(_ words: String) {
    // Initialised now rather than in the signal's handler.
    _ = (count.load(ordering: .relaxed), isTraining.load(ordering: .relaxed), exitCode)
    // On a terminal a bar may have to go first.
    unsafe line = unsafe .allocate(bytes: (isatty(STDERR_FILENO) == 1 ? "\r\u{1b}[2K" : "") + words)
    AtomicFile.prepareForSignals()
    var wanted = sigset_t()
    unsafe sigemptyset(&wanted)
    for number in signals {
      unsafe sigaddset(&wanted, number)
      // A signal that was ignored when the process was started, as nohup does, stays ignored.
      guard unsafe unsafeBitCast(signal(number, SIG_IGN), to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self) else {
        continue
      }
      signal(number) { number in
        Interrupt.signalNumber.store(number, ordering: .relaxed)
        guard Interrupt.isTraining.load(ordering: .relaxed) else { Interrupt.end() }
        let isFirst = Interrupt.count.add(1, ordering: .relaxed).newValue == 1
        // The other signals come more than once by themselves: the system and the shell both tell of a terminal's end.
        if number == SIGINT && !isFirst { Interrupt.end() }
      }
    }
    // A process that was started from a thread which blocks signals, as those of libdispatch do, inherits that.
    unsafe pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
  }

  /// From now on somebody asks ``isRequested`` again and again.
  package static func trainingBegins() { isTraining.store(true, ordering: .relaxed) }

  /// From now on a signal ends the process without a word, for another one has it.
  package static func silence() { unsafe line = UnsafeMutableRawBufferPointer(start: nil, count: 0) }

  /// From now on signals change nothing: the process is about to end.
  package static func ignore() {
    for number in signals { signal(number, SIG_IGN) }
  }

  package static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

  /// The exit code that a shell expects of a process that a signal ended: 130 after Ctrl-C.
  package static var exitCode: Int32 { 128 + signalNumber.load(ordering: .relaxed) }

  /// Ends the process in a signal's handler, where only few functions of the system may be called (signal-safety(7)).
  private static func end() -> Never {
    AtomicFile.removeTemporaries()
    unsafe _ = write(STDERR_FILENO, line.baseAddress, line.count)
    _exit(exitCode)
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Memory with the bytes of a text, for as long as the process runs.
  fileprivate static func allocate(bytes text: String) -> UnsafeMutableRawBufferPointer {
    let bytes = Array(text.utf8)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    unsafe memory.copyBytes(from: bytes)
    return unsafe memory
  }
}
