import Foundation
import KobaiCommand

/// A table on the terminal: the first column to the left, numbers to the right. Where it is wider than the terminal, each row
/// is a list of its own.
struct Table {
  private var rows: [[String]]

  init(_ header: [String]) { rows = [header] }

  mutating func append(_ row: [String]) { rows.append(row) }

  func print() {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    guard widths.reduce(2 * (widths.count - 1), +) <= Terminal.columns else { return printAsLists() }
    for row in rows {
      let cells = row.enumerated().map { column, text in
        let pad = String(repeating: " ", count: widths[column] - text.count)
        return column == 0 ? text + pad : pad + text
      }
      Swift.print(cells.joined(separator: "  "))
    }
  }
}

extension Table {
  private func printAsLists() {
    let width = rows[0].dropFirst().map(\.count).max() ?? 0
    for row in rows.dropFirst() {
      Swift.print("\(rows[0][0]) \(row[0])")
      for (name, text) in zip(rows[0], row).dropFirst() {
        Swift.print("  \(name.padding(toLength: width, withPad: " ", startingAt: 0))  \(text)")
      }
    }
  }
}

extension Double {
  /// Three or more digits that matter: 1234, 123.4, 12.34, 0.1234.
  var short: String {
    guard isFinite else { return "–" }
    let magnitude = abs(self)
    return String(
      format: magnitude >= 1000 ? "%.0f" : magnitude >= 100 ? "%.1f" : magnitude >= 10 ? "%.2f" : "%.3f", self)
  }
  var share: String { String(format: "%.0f %%", self * 100) }
}
