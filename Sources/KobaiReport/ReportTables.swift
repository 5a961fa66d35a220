import Foundation

extension TrainingReport {
  /// The result's values in large type.
  var summaryHTML: String {
    let measured = metrics.map { metric in
      ("Test \(metric.name)", summary.testMetrics[metric.name].flatMap { $0.isFinite ? metric.text($0) : nil })
    }
    let values: [(String, String?)] =
      measured + [
        ("Training time", summary.seconds.map { String(format: $0 < 100 ? "%.1f s" : "%.0f s", $0) }),
        (
          "\(Self.capitalized(sampleName)) per second",
          summary.samplesPerSecond.flatMap { $0.isFinite ? Int($0.rounded()).grouped : nil }
        ),
        ("Parameters", summary.parameters.map(\.grouped)),
      ]
    let items = values.compactMap { name, value in
      value.map { "<div><dt>\(xmlEscaped(name))</dt><dd>\(xmlEscaped($0))</dd></div>" }
    }
    return items.isEmpty ? "" : "<dl class=\"summary\">\n\(items.joined(separator: "\n"))\n</dl>"
  }

  /// Words with a capital at the beginning.
  static func capitalized(_ words: String) -> String { words.prefix(1).uppercased() + words.dropFirst() }

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

extension TrainingReport {
  /// A table with a row for each label and a column for each metric.
  var labelsHTML: String {
    guard let labelTable, !labelTable.labels.isEmpty else { return "" }
    let columns = labelTable.columns
    let rows = labelTable.labels.indices.map { i in
      let cells = columns.map { column in
        let value = column.values[i]
        return "<td class=\"number\">\(value.isFinite ? String(format: "%.4f", value) : "–")</td>"
      }
      let count = labelTable.counts.map { "<td class=\"number\">\($0[i].grouped)</td>" } ?? ""
      return "<tr><th scope=\"row\">\(xmlEscaped(labelTable.labels[i]))</th>\(count)\(cells.joined())</tr>"
    }
    let names = (labelTable.counts == nil ? [] : [sampleName]) + columns.map(\.name)
    let heads = names.map { "<th scope=\"col\" class=\"number\">\(xmlEscaped($0))</th>" }
    return """
      <table>
      <caption>How well the network does on each label</caption>
      <thead><tr><th scope="col">label</th>\(heads.joined())</tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      </table>
      """
  }
}
