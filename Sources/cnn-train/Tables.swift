import Foundation
import Kobai
import KobaiData
import KobaiReport
import KobaiTraining
import Rainbow

/// A network as a table: layer, what it is, output shape, parameters.
func table(of network: Network) -> [String] {
  var rows = [["layer", "", "output", "parameters"]]
  for layer in network.summary {
    let count = layer.parameters == 0 ? "" : layer.parameters.grouped
    rows.append([layer.name, layer.description, layer.output.description, count])
  }
  rows.append(["", "", "", network.parameters.count.grouped])
  let widths = rows[0].indices.map { column in rows.map(\.[column].count).max()! }
  return rows.enumerated().map { i, row in
    let cells = row.enumerated().map { column, text in
      let pad = String(repeating: " ", count: widths[column] - text.count)
      return column == 3 ? pad + text : text + pad
    }
    let line = cells.joined(separator: "  ")
    return i == 0 ? line.dim : line
  }
}

/// A confusion matrix with the recall of each class; diagonal in green, mistakes in red, zeros as dots. Long names are
/// whole before their rows, and cut above their columns.
func table(of confusion: ConfusionMatrix, _ classNames: ClassNames) -> [String] {
  let labels = classNames.names
  let largest = (0..<confusion.classes).flatMap { row in labels.indices.map { confusion[row, $0] } }.max() ?? 0
  let longest = labels.map(\.terminalWidth).max() ?? 1
  let width = max(String(largest).count, min(longest, 5)) + 1
  func cell(_ text: String) -> String {
    let text = text.cut(toTerminalWidth: width - 1)
    return String(repeating: " ", count: width - text.terminalWidth) + text
  }
  let margin = max(5, longest)
  var lines = [
    ("label".padding(toLength: margin, withPad: " ", startingAt: 0) + " │" + labels.map(cell).joined() + "  right").dim
  ]
  for row in 0..<confusion.classes {
    guard let recall = confusion.recall(of: row) else { continue }
    let cells = labels.indices.map { column -> String in
      let count = confusion[row, column]
      if count == 0 { return cell("·").dim }
      return row == column ? cell(String(count)).green : cell(String(count)).red
    }
    let name = String(repeating: " ", count: margin - labels[row].terminalWidth) + labels[row]
    lines.append(name.dim + " │".dim + cells.joined() + "  " + String(format: "%6.2f %%", recall * 100))
  }
  return lines
}
