import Foundation
import Synchronization

/// Takes Ctrl-C, a termination, a terminal that closes and a limit of CPU time as requests to stop, which the training meets
/// after its current step. A second Ctrl-C ends the process at once.
enum Interrupt {
  private static let count = Atomic<Int>(0)
  private static let signalNumber = Atomic<Int32>(SIGINT)

  static func watch() {
    _ = (count.load(ordering: .relaxed), exitCode)  // initialised now rather than in the signal's handler
    var wanted = sigset_t()
    unsafe sigemptyset(&wanted)
    for number in [SIGINT, SIGTERM, SIGHUP, SIGXCPU] {
      unsafe sigaddset(&wanted, number)
      // A signal that was ignored when the process was started, as nohup does, stays ignored.
      guard unsafe unsafeBitCast(signal(number, SIG_IGN), to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self) else {
        continue
      }
      signal(number) { number in
        Interrupt.signalNumber.store(number, ordering: .relaxed)
        let isFirst = Interrupt.count.add(1, ordering: .relaxed).newValue == 1
        // The other signals come more than once by themselves: the system and the shell both tell of a terminal's end.
        if number == SIGINT && !isFirst { _exit(Interrupt.exitCode) }
      }
    }
    // A process that was started from a thread which blocks signals, as those of libdispatch do, inherits that.
    unsafe pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
  }

  static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

  /// The exit code that a shell expects of a process that a signal ended: 130 after Ctrl-C.
  static var exitCode: Int32 { 128 + signalNumber.load(ordering: .relaxed) }
}
