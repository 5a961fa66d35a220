import Foundation
import Synchronization

/// Ctrl-C and termination as a wish to stop, which the training grants after its current step. A second one ends the
/// process at once.
enum Interrupt {
  private static let count = Atomic<Int>(0)
  private static let signalNumber = Atomic<Int32>(SIGINT)

  static func watch() {
    _ = (count.load(ordering: .relaxed), exitCode)  // made now, not in the signal's handler
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        Interrupt.signalNumber.store(number, ordering: .relaxed)
        if Interrupt.count.add(1, ordering: .relaxed).newValue > 1 { _exit(Interrupt.exitCode) }
      }
    }
  }

  static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

  /// What a shell expects of a process that a signal ended: 130 after Ctrl-C.
  static var exitCode: Int32 { 128 + signalNumber.load(ordering: .relaxed) }
}
