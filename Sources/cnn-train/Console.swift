import Foundation
import Kobai
import KobaiCommand
import KobaiFiles
import Rainbow

/// Shows a person lines on standard output, and a live bar on standard error where that is a terminal.
final class Console {
  private let isQuiet: Bool
  private let isMute: Bool
  private let isLive: Bool
  private var barIsShown = false
  private var lastDraw: ContinuousClock.Instant?

  /// - Parameters:
  ///   - quiet: print results alone.
  ///   - mute: print nothing, as another process does it.
  init(quiet: Bool, mute: Bool = false) {
    (isQuiet, isMute) = (quiet || mute, mute)
    isLive = !isQuiet && isatty(STDERR_FILENO) == 1 && environmentVariable("TERM") != "dumb"
  }

  /// Prints a line, unless quiet.
  func line(_ text: String = "") {
    if !isQuiet { result(text) }
  }

  /// Prints "name      value", unless quiet.
  func field(_ name: String, _ value: String) {
    line(name.padding(toLength: 11, withPad: " ", startingAt: 0).bold + value)
  }

  /// Prints the one line that is printed even when quiet. A line that cannot be written holds nothing up.
  func result(_ text: String) {
    if isMute { return }
    clearBar()
    StandardOutput.line(text)
  }

  /// Redraws the bar, at most ten times a second.
  func bar(_ share: Double, _ before: String, _ after: String) {
    let now = ContinuousClock.now
    guard isLive, lastDraw.map({ now - $0 > .milliseconds(100) }) ?? true else { return }
    lastDraw = now
    let width = 24
    let columns = Terminal.columns(of: STDERR_FILENO) ?? 80
    guard before.count + after.count + width + 2 < columns else { return }  // a wrapped bar could not be redrawn
    let filled = min(width, Int(share * Double(width)))
    let bar = String(repeating: "━", count: filled).green + String(repeating: "─", count: width - filled).dim
    StandardError.write("\r\u{1b}[2K\(before) \(bar) \(after)")
    barIsShown = true
  }

  private func clearBar() {
    guard barIsShown else { return }
    StandardError.write("\r\u{1b}[2K")
    barIsShown = false
  }

  /// The bar has to go before an error is printed.
  deinit { clearBar() }
}

/// The text "1:05" for 65 seconds.
func minutes(_ seconds: Double) -> String {
  let whole = Int(seconds.rounded())
  return String(format: "%d:%02d", whole / 60, whole % 60)
}
