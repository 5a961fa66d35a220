import Foundation

extension TrainingReport.Summary {
  /// The values in large type.
  var html: String {
    let values: [(String, String?)] = [
      ("Test accuracy", testAccuracy.map(\.percent)),
      ("Training time", seconds.map { String(format: $0 < 100 ? "%.1f s" : "%.0f s", $0) }),
      ("Images per second", imagesPerSecond.flatMap { $0.isFinite ? Int($0.rounded()).grouped : nil }),
      ("Parameters", parameters.map(\.grouped)),
    ]
    let items = values.compactMap { name, value in
      value.map { "<div><dt>\(name)</dt><dd>\(xmlEscaped($0))</dd></div>" }
    }
    return items.isEmpty ? "" : "<dl class=\"summary\">\n\(items.joined(separator: "\n"))\n</dl>"
  }
}

extension TrainingReport {
  /// A table of names and values; empty without any.
  static func table(_ rows: [(name: String, value: String)], _ caption: String) -> String {
    if rows.isEmpty { return "" }
    let lines = rows.map {
      "<tr><th scope=\"row\">\(xmlEscaped($0.name))</th><td>\(xmlEscaped($0.value))</td></tr>"
    }
    return """
      <table class="fields">
      <caption>\(xmlEscaped(caption))</caption>
      <tbody>
      \(lines.joined(separator: "\n"))
      </tbody>
      </table>
      """
  }

  var layersHTML: String {
    if layers.isEmpty { return "" }
    let rows = layers.map { layer in
      """
      <tr><th scope="row">\(xmlEscaped(layer.name))</th><td>\(xmlEscaped(layer.description))</td>\
      <td class="shape">\(xmlEscaped(layer.output))</td>\
      <td class="number">\(layer.parameters == 0 ? "" : layer.parameters.grouped)</td></tr>
      """
    }
    return """
      <table>
      <caption>The layers and the shapes of their outputs</caption>
      <thead><tr><th scope="col">layer</th><th scope="col">kind</th><th scope="col">output</th>\
      <th scope="col" class="number">parameters</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      <tfoot><tr><th scope="row" colspan="3">all</th>\
      <td class="number">\(layers.reduce(0) { $0 + $1.parameters }.grouped)</td></tr></tfoot>
      </table>
      """
  }
}

extension TrainingReport.Confusion {
  /// A table of coloured cells: correct predictions are blue, the stronger the larger their share of the class; mistakes
  /// are red, the stronger the more frequent they are among the mistakes.
  var html: String {
    if matrix.total == 0 { return "" }
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
