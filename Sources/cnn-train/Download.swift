import Foundation
import KobaiCommand
import KobaiData
import Synchronization

/// Shows the progress of a download on standard error, where that is a terminal.
enum Download {
  private static let isLive = isatty(STDERR_FILENO) == 1
  private static let lastDraw = Mutex<ContinuousClock.Instant?>(nil)

  /// Redraws the line at most ten times a second. It may be called from any thread.
  static func show(_ progress: MNISTDownload.Progress) {
    guard isLive else { return }
    let now = ContinuousClock.now
    let isDue = lastDraw.withLock { last in
      if let last, now - last < .milliseconds(100) { return false }
      last = now
      return true
    }
    guard isDue else { return }
    let size = String(format: "%.1f MB", Double(progress.bytes) / 1e6)
    StandardError.write("\r\u{1b}[2Kfetching \(progress.file) from \(progress.mirror): \(size)")
  }

  static func clear() {
    if isLive && lastDraw.withLock({ $0 }) != nil { StandardError.write("\r\u{1b}[2K") }
  }
}
