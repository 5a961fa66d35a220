import Foundation
import Synchronization

/// Ctrl-C and termination as a wish to stop, which the training grants after its current step. A second one ends the
/// process at once.
enum Interrupt {
  private static let count = Atomic<Int>(0)

  static func watch() {
    _ = count.load(ordering: .relaxed)  // made now, not in the signal's handler
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in
        if Interrupt.count.add(1, ordering: .relaxed).newValue > 1 { _exit(130) }
      }
    }
  }

  static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }
}
