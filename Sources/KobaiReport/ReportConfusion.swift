import Foundation

extension TrainingReport.Confusion {
  /// The largest number of classes whose matrix is a table; a larger one is a picture, with what is confused most beside it.
  private static let mostTabular = 30

  var html: String {
    if matrix.total == 0 { return "" }
    return matrix.classes <= Self.mostTabular ? tableHTML : heatMapHTML + mostConfusedHTML
  }

  /// A table of coloured cells: correct predictions are blue, the stronger the larger their share of the class; mistakes
  /// are red, the stronger the more frequent they are among the mistakes.
  private var tableHTML: String {
    let classes = 0..<matrix.classes
    let worst =
      classes.flatMap { label in classes.map { label == $0 ? 0 : matrix[label, $0] } }.max() ?? 0
    func cell(_ label: Int, _ prediction: Int) -> String {
      let count = matrix[label, prediction]
      if count == 0 { return "<td class=\"zero\">0</td>" }
      // Half-transparent colours suit light and dark pages; lighter than this, words stay readable on them.
      let (color, strength) =
        label == prediction
        ? ("68, 119, 170", 0.15 + 0.6 * (matrix.recall(of: label) ?? 0))
        : ("238, 102, 119", 0.15 + 0.45 * Double(count) / Double(worst))
      return """
        <td style="background-color: rgba(\(color), \(String(format: "%.2f", strength)))">\
        \(count.grouped)</td>
        """
    }
    func percent(_ share: Double?) -> String { share.map { String(format: "%.1f %%", $0 * 100) } ?? "–" }
    let names = classNames.map(xmlEscaped)
    let rows = classes.map { label in
      """
      <tr><th scope="row">\(names[label])</th>\(classes.map { cell(label, $0) }.joined())\
      <td class="share">\(percent(matrix.recall(of: label)))</td></tr>
      """
    }
    return """
      <div class="wide" tabindex="0" role="region" aria-label="Confusion matrix">
      <table class="confusion">
      <caption>Rows are the labels, columns the predictions: \(matrix.correct.grouped) of \
      \(matrix.total.grouped) are correct</caption>
      <thead><tr><th scope="col">label</th>\(names.map { "<th scope=\"col\">\($0)</th>" }.joined())\
      <th scope="col">recall</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      <tfoot><tr><th scope="row">precision</th>\
      \(classes.map { "<td class=\"share\">\(percent(matrix.precision(of: $0)))</td>" }.joined())\
      <td class="share">\(percent(matrix.accuracy))</td></tr></tfoot>
      </table>
      </div>
      """
  }
}
