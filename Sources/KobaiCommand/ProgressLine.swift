import Foundation

/// A line on standard error that says how far something long is, where that is a terminal.
package final class ProgressLine {
  private let isLive = isatty(STDERR_FILENO) == 1
  private var isShown = false
  private var last: ContinuousClock.Instant?

  package init() {}

  package func show(_ share: Double, _ what: String) {
    let now = ContinuousClock.now
    guard isLive, last.map({ now - $0 > .milliseconds(100) }) ?? true else { return }
    last = now
    let text = "\r\u{1b}[2K\(String(format: "%3.0f", min(share, 1) * 100)) %  \(what)"
    StandardError.write(text)
    isShown = true
  }

  package func clear() {
    if isShown { StandardError.write("\r\u{1b}[2K") }
    isShown = false
  }
}
