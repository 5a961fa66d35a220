import Foundation
import Kobai
import KobaiData
import KobaiFiles
import KobaiReport
import KobaiTraining
import Rainbow

/// Shows a network as a table of layers, descriptions, output shapes and parameters. Where the columns are too few, the
/// shapes are left out, then the ends of the descriptions.
func table(of network: Network, columns: Int) -> [String] {
  var rows = [["layer", "", "output", "parameters"]]
  for layer in network.summary {
    let count = layer.parameters == 0 ? "" : layer.parameters.grouped
    rows.append([layer.name.printable, layer.description, layer.output.description, count])
  }
  rows.append(["", "", "", network.parameters.count.grouped])
  func widths() -> [Int] { rows[0].indices.map { column in rows.map(\.[column].count).max()! } }
  func excess() -> Int { widths().reduce(2 * (rows[0].count - 1) - columns, +) }
  if excess() > 0 { for i in rows.indices { rows[i].remove(at: 2) } }
  if excess() > 0 {
    let most = max(widths()[1] - excess(), 1)
    for i in rows.indices where rows[i][1].count > most { rows[i][1] = rows[i][1].prefix(most - 1) + "…" }
  }
  let widths = widths()
  return rows.enumerated().map { i, row in
    let cells = row.enumerated().map { column, text in
      let pad = String(repeating: " ", count: widths[column] - text.count)
      return column == row.count - 1 ? pad + text : text + pad
    }
    let line = cells.joined(separator: "  ")
    return i == 0 ? line.dim : line
  }
}

/// The largest number of classes whose confusion matrix is a table: nobody reads a hundred columns, wide as the terminal may be.
private let mostTabularClasses = 50

/// Shows a confusion matrix with the recall of each class: correct predictions in green, mistakes in red, zeros as dots.
/// Long names are whole before their rows, and cut above their columns. Where the columns are too few for the matrix, the
/// pairs of classes that are confused most are shown instead.
func table(of confusion: ConfusionMatrix, _ classNames: ClassNames, columns: Int) -> [String] {
  let labels = classNames.names
  guard labels.count <= mostTabularClasses else { return mostConfused(confusion, labels) }
  let largest = (0..<confusion.classes).flatMap { row in labels.indices.map { confusion[row, $0] } }.max() ?? 0
  let longest = labels.map(\.terminalWidth).max() ?? 1
  let width = max(String(largest).count, min(longest, 5)) + 1
  let margin = max(5, longest)
  guard margin + 2 + width * labels.count + "  100.00 %".count <= columns else {
    return mostConfused(confusion, labels)
  }
  func cell(_ text: String) -> String {
    let text = text.cut(toTerminalWidth: width - 1)
    return String(repeating: " ", count: width - text.terminalWidth) + text
  }
  var lines = [
    ("label".padding(toLength: margin, withPad: " ", startingAt: 0) + " │" + labels.map(cell).joined() + "  recall").dim
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

/// Shows the ten pairs of classes that are confused most, such as "12× 4 as 9  (recall of 4: 95.00 %)".
private func mostConfused(_ confusion: ConfusionMatrix, _ labels: [String]) -> [String] {
  let pairs = confusion.mostConfused(10)
  guard let most = pairs.first else { return ["no class was predicted as another"] }
  let widths = (count: String(most.count).count, label: labels.map(\.terminalWidth).max() ?? 1)
  func aligned(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.terminalWidth)) + text
  }
  return ["most confused: label as prediction".dim]
    + pairs.map { pair in
      let recall = String(format: "%.2f %%", (confusion.recall(of: pair.label) ?? 0) * 100)
      return "\(aligned(String(pair.count), widths.count))× ".red
        + "\(aligned(labels[pair.label], widths.label)) as \(aligned(labels[pair.prediction], widths.label))"
        + "  (recall of \(labels[pair.label]): \(recall))".dim
    }
}
