import Foundation
import Kobai
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

/// A confusion matrix with the recall of each class; diagonal in green, mistakes in red, zeros as dots.
func table(of confusion: ConfusionMatrix) -> [String] {
  let labels = (0..<confusion.classes).map(String.init)
  let largest = (0..<confusion.classes).flatMap { row in labels.indices.map { confusion[row, $0] } }.max() ?? 0
  let width = max(String(largest).count, labels.last?.count ?? 1) + 1
  func cell(_ text: String) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
  let margin = max(5, labels.last?.count ?? 0)
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
    let name = String(repeating: " ", count: margin - labels[row].count) + labels[row]
    lines.append(name.dim + " │".dim + cells.joined() + "  " + String(format: "%6.2f %%", recall * 100))
  }
  return lines
}
