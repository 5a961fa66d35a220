import ArgumentParser
import Foundation
import KobaiFiles
import Synchronization

/// Makes writing to a reader that has gone, or beyond a size limit, an error of the write instead of the end of the process.
func ignoreSignalsOfWriting() {
  for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
}

/// Standard output. A line that cannot be written does not stop a command: ``check()`` throws at its end.
package enum StandardOutput {
  private static let failure = Mutex<SystemError?>(nil)

  /// Writes a line at once, also into a pipe, where `print` would keep it back.
  package static func line(_ text: String) {
    do { try unsafe writeAll(Array("\(text)\n".utf8).span.bytes, to: STDOUT_FILENO) } catch {
      failure.withLock { $0 = $0 ?? error }
    }
  }

  /// Throws if anything that was written, here or by `print`, did not get through. Every command ends with it.
  package static func check() throws {
    let printed = fflush(nil) == 0 ? nil : SystemError(number: errno)
    guard let error = failure.withLock(\.self) ?? printed else { return }
    // A reader that has gone, as `head` does when it has seen enough, is no error: the exit code is that of the signal.
    throw error.number == EPIPE ? ExitCode(128 + SIGPIPE) : FileError.unwritable("standard output", error)
  }
}

/// Standard error, for errors, warnings and progress. Writes that fail are ignored, for there is no one to tell.
package enum StandardError {
  package static func write(_ text: String) {
    try? unsafe writeAll(Array(text.utf8).span.bytes, to: STDERR_FILENO)
  }
}

/// The terminal that a command writes to.
package enum Terminal {
  /// How many columns standard output has: what COLUMNS says, else the terminal; a file or a pipe gets as many as a
  /// line printer had.
  package static var columns: Int {
    if let set = environmentVariable("COLUMNS").flatMap({ Int($0) }), set > 0 { return set }
    return columns(of: STDOUT_FILENO) ?? 132
  }

  /// A name as it may be written to standard output: without what a terminal would obey where that is one, else as it is, for
  /// whatever reads it.
  package static func shown(_ name: String) -> String { isatty(STDOUT_FILENO) == 1 ? name.printable : name }

  /// How many columns the terminal of a descriptor has; nil where it is none.
  package static func columns(of descriptor: Int32) -> Int? {
    var size = winsize()
    return unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : nil
  }
}
