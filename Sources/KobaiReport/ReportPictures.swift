import Foundation

extension TrainingReport {
  /// The filters in a grid.
  var filtersHTML: String {
    if filters.isEmpty { return "" }
    let items = filters.enumerated().map { i, filter in
      "<li>\(Self.image(filter, "filter \(i + 1) of \(filters.count)"))</li>"
    }
    return "<ul class=\"pictures filters\">\n\(items.joined(separator: "\n"))\n</ul>"
  }

  /// The mistakes in a grid, each with its label, the prediction and the probability of that.
  var mistakesHTML: String {
    if mistakes.isEmpty { return "" }
    let items = mistakes.map { mistake in
      let (label, prediction) = (mistake.label, mistake.prediction)
      let probability = String(format: "%.1f %%", mistake.probability * 100)
      return """
        <li><figure>\(Self.image(mistake.picture, "\(label) predicted as \(prediction)"))\
        <figcaption><b>\(xmlEscaped(label))</b> as <b>\(xmlEscaped(prediction))</b><br/>\(probability)</figcaption>\
        </figure></li>
        """
    }
    let wrong = confusion.map { $0.matrix.total - $0.matrix.correct } ?? mistakes.count
    let shown = wrong > mistakes.count ? "\(mistakes.count.grouped) of \(wrong.grouped)" : "All of them"
    return """
      <p>\(shown): the label, the network's prediction, and its probability.</p>
      <ul class="pictures">
      \(items.joined(separator: "\n"))
      </ul>
      """
  }

  /// Inputs with what the network makes of them.
  var reconstructionsHTML: String {
    if reconstructions.isEmpty { return "" }
    let items = reconstructions.enumerated().map { i, pair in
      "<li>\(Self.image(pair.input, "input \(i + 1)"))\(Self.image(pair.output, "reconstruction \(i + 1)"))</li>"
    }
    return """
      <p>The inputs above, what the network makes of them below.</p>
      <ul class="pictures pairs">
      \(items.joined(separator: "\n"))
      </ul>
      """
  }

  private static func image(_ picture: PNGImage, _ words: String) -> String {
    """
    <img src="\(picture.dataURL)" alt="\(xmlEscaped(words))" width="\(picture.width)" height="\(picture.height)"/>
    """
  }
}
