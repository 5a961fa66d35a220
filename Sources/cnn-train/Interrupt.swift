import Foundation
import Synchronization

/// Ctrl-C, termination, a terminal that goes and a limit of time as a wish to stop, which the training grants after its
/// current step. A second Ctrl-C ends the process at once.
enum Interrupt {
  private static let count = Atomic<Int>(0)
  private static let signalNumber = Atomic<Int32>(SIGINT)

  static func watch() {
    _ = (count.load(ordering: .relaxed), exitCode)  // made now, not in the signal's handler
    var wanted = sigset_t()
    unsafe sigemptyset(&wanted)
    for number in [SIGINT, SIGTERM, SIGHUP, SIGXCPU] {
      unsafe sigaddset(&wanted, number)
      // What the process was started with as ignored, as by nohup, stays so.
      guard unsafe unsafeBitCast(signal(number, SIG_IGN), to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self) else {
        continue
      }
      signal(number) { number in
        Interrupt.signalNumber.store(number, ordering: .relaxed)
        let isFirst = Interrupt.count.add(1, ordering: .relaxed).newValue == 1
        // The others come more than once by themselves: a terminal's end is told by the system and by the shell.
        if number == SIGINT && !isFirst { _exit(Interrupt.exitCode) }
      }
    }
    // Whoever starts processes from a thread that takes no signals, as those of libdispatch are, hands that on.
    unsafe pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
  }

  static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

  /// What a shell expects of a process that a signal ended: 130 after Ctrl-C.
  static var exitCode: Int32 { 128 + signalNumber.load(ordering: .relaxed) }
}
