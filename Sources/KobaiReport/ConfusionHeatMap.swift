import Foundation

/// A confusion matrix of many classes: a table of a hundred columns cannot be read, but a picture shows where the mistakes are,
/// and a list which they are.
extension TrainingReport.Confusion {
  // The picture's size in pixels is about this, whatever the number of classes.
  private static let side = 900.0
  // Names that are smaller cannot be read.
  private static let leastFont = 7.0
  private static let shownPairs = 20

  /// A square for each pair of classes that occurs, with its words where the pointer is over it.
  var heatMapHTML: String {
    let classes = matrix.classes
    let cell = min(max(Self.side / Double(classes), 1.5), 16)
    let font = min(max(cell * 0.9, Self.leastFont), 11)
    let step = Int((font / cell).rounded(.up))  // between two names
    let margin = 14 + (classNames.map { SVG.width(of: $0, size: font) }.max() ?? 0)
    let worst = matrix.mostConfused(1).first?.count ?? 1
    let side = cell * Double(classes)
    var picture = SVG()
    picture.rectangle(margin, margin, side, side, fill: "#f6f6f6", stroke: "#cccccc")
    for label in 0..<classes {
      let samples = (0..<classes).reduce(0) { $0 + matrix[label, $1] }
      for prediction in 0..<classes where matrix[label, prediction] > 0 {
        let count = matrix[label, prediction]
        // The colours are those of the table: blue for a class's correct ones, red for mistakes.
        let strength =
          label == prediction
          ? 0.15 + 0.85 * Double(count) / Double(samples) : 0.2 + 0.8 * Double(count) / Double(worst)
        let color = label == prediction ? "68, 119, 170" : "238, 102, 119"
        picture.rectangle(
          margin + cell * Double(prediction), margin + cell * Double(label), cell, cell,
          fill: "rgba(\(color), \(String(format: "%.2f", strength)))",
          title: "\(classNames[label]) as \(classNames[prediction]): \(count.grouped) of \(samples.grouped)")
      }
      guard label % step == 0 else { continue }
      let middle = margin + cell * (Double(label) + 0.5)
      picture.text(classNames[label], x: margin - 4, y: middle + font * 0.35, anchor: "end", size: font)
      picture.text(classNames[label], x: middle + font * 0.35, y: margin - 4, size: font, rotate: -90)
    }
    let description =
      "Confusion matrix of \(classes) classes: \(matrix.correct.grouped) of \(matrix.total.grouped) are correct"
    return """
      <p>Rows are the labels, columns the predictions: \(matrix.correct.grouped) of \(matrix.total.grouped) are correct, \
      \(String(format: "%.1f %%", matrix.accuracy * 100)). Correct predictions are blue, mistakes red; each square says what it is.</p>
      <div class="heat">
      \(picture.document(width: margin + side + 6, height: margin + side + 6, title: description))</div>
      """
  }

  /// The pairs of classes that are confused most, the most frequent first.
  var mostConfusedHTML: String {
    let pairs = matrix.mostConfused(Self.shownPairs)
    if pairs.isEmpty { return "" }
    let rows = pairs.map { pair in
      let recall = matrix.recall(of: pair.label).map { String(format: "%.1f %%", $0 * 100) } ?? "–"
      return """
        <tr><td class="number">\(pair.count.grouped)</td><th scope="row">\(xmlEscaped(classNames[pair.label]))</th>\
        <td>\(xmlEscaped(classNames[pair.prediction]))</td><td class="number">\(recall)</td></tr>
        """
    }
    return """

      <table>
      <caption>What is confused most</caption>
      <thead><tr><th scope="col" class="number">samples</th><th scope="col">label</th><th scope="col">prediction</th>\
      <th scope="col" class="number">recall</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      </table>
      """
  }
}
