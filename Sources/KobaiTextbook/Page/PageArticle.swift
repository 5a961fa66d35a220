import Foundation
import KobaiGraphDrawing
import KobaiReport

extension IndexPage {
  /// One experiment: its question, pictures, numbers, parameters and source.
  func article(_ entry: Entry) -> String {
    let about = entry.about
    let title = about.section.heading(language)
    let text = "\(about.id) \(title) \(about.summary.en) \(about.summary.ja)".lowercased()
    let parts = [question(about), pictures(entry), printed(entry.lines), parameters(entry), source(about)]
    return """
      <article id="\(xmlEscaped(entry.anchor))" data-text="\(xmlEscaped(text + asked(about)))">
      <h3>\(xmlEscaped(title))</h3>
      <p>\(xmlEscaped(about.summary(language))) <code class="id">\(xmlEscaped(about.id))</code></p>
      \(parts.filter { !$0.isEmpty }.joined(separator: "\n"))
      </article>
      """
  }

  /// What a search finds of the question.
  private func asked(_ about: About) -> String {
    about.question.map { " \($0.text.en) \($0.text.ja)".lowercased() } ?? ""
  }

  private func question(_ about: About) -> String {
    guard let question = about.question else { return "" }
    return """
      <p class="question"><strong>\(xmlEscaped(question.text(language)))</strong> \
      \(xmlEscaped(question.answer(language)))</p>
      """
  }

  /// Plots are images; graphs stand in the page itself, so that buttons go through their steps. A storyboard would show
  /// these once more.
  private func pictures(_ entry: Entry) -> String {
    entry.pictures.compactMap { picture in
      switch picture.figure {
      case let graph as GraphDrawing: steps(of: graph)
      case is GraphStoryboard: nil
      default:
        plot(picture.figure.svg, "\(entry.about.summary(language)): \(picture.name)")
      }
    }.joined(separator: "\n")
  }

  private func plot(_ svg: String, _ words: String) -> String {
    """
    <figure>\(box(svg, focus: true))<img src="data:image/svg+xml;base64,\(Data(svg.utf8).base64EncodedString())" \
    alt="\(xmlEscaped(words))"></div></figure>
    """
  }

  /// The beginning of the box of a picture. It knows the picture's own width, of which a narrow window shows a part: letters
  /// stay legible, and the rest is reached by scrolling in the box. Keys go there with `focus`; those of a graph step.
  private func box(_ svg: String, focus: Bool) -> String {
    let width = svg.firstMatch(of: /<svg[^>]* width="([\d.]+)"/).map { String($0.output.1) } ?? "0"
    return "<div class=\"wide picture\"\(focus ? " tabindex=\"0\"" : "") style=\"--width: \(width)px\">"
  }

  private func steps(of graph: GraphDrawing) -> String {
    let whole = Words(en: "the whole computation", ja: "計算グラフ全体")(language)
    let captions = graph.steps.enumerated().map { "\($0 + 1)/\(graph.steps.count)  \($1.caption(language))" } + [whole]
    let buttons = [
      ("first", "|◀", Words(en: "first step", ja: "最初のステップへ")), ("back", "◀", Words(en: "step back", ja: "1ステップ戻る")),
      ("forward", "▶", Words(en: "next step", ja: "1ステップ進む")),
      ("last", "▶|", Words(en: "the whole computation", ja: "計算グラフ全体")),
    ].map { name, sign, words in
      """
      <button type="button" data-go="\(name)" title="\(words(language))" aria-label="\(words(language))">\(sign)</button>
      """
    }
    return """
      <figure class="graph" tabindex="0" data-captions="\(xmlEscaped(captions.joined(separator: "\n")))">
      \(box(graph.svg, focus: false))\(graph.svg)</div>
      <figcaption>\(buttons.joined()) <output>\(whole)</output></figcaption>
      </figure>
      """
  }

  private func printed(_ lines: [String]) -> String {
    guard !lines.isEmpty else { return "" }
    let printed = lines.joined(separator: "\n")
    let count = printed.split(separator: "\n", omittingEmptySubsequences: false).count
    let text = "<pre>\(xmlEscaped(printed))</pre>"
    let summary = Words(en: "What it prints: \(count) lines", ja: "出力（\(count)行）")(language)
    return "<details\(count <= 20 ? " open" : "")><summary>\(summary)</summary>\(text)</details>"
  }

  private func parameters(_ entry: Entry) -> String {
    guard let first = entry.settings.first else { return "" }
    func row(_ cells: [String], _ tag: String) -> String {
      "<tr>\(cells.map { "<\(tag)>\(xmlEscaped($0))</\(tag)>" }.joined())</tr>"
    }
    let head = [
      Words(en: "parameter", ja: "パラメータ"), Words(en: "value", ja: "値"), Words(en: "range", ja: "範囲"),
      Words(en: "meaning", ja: "意味"),
    ].map { $0(language) }
    let rows = entry.settings.map {
      row([$0.name, $0.chosen.map(\.short) ?? $0.fallbackText, $0.rangeText, $0.meaning(language)], "td")
    }
    let summary = Words(en: "Parameters to turn: \(entry.settings.count)", ja: "変更できるパラメータ（\(entry.settings.count)個）")(
      language)
    let changes = entry.changes.map { "<p>\(xmlEscaped($0))</p>\n" } ?? ""
    return """
      <details><summary>\(summary)</summary>
      \(changes)<div class="wide"><table>\(row(head, "th"))\(rows.joined())</table></div>
      <pre>\(xmlEscaped("\(command) run \(entry.about.id) --set \(first.name)"))=…</pre></details>
      """
  }

  private func source(_ about: About) -> String {
    let path = xmlEscaped(about.source)
    let summary = "\(Words(en: "Source: ", ja: "ソースコード：")(language))<code>\(path)</code>"
    guard let text = about.sourceText else { return "<p class=\"id\">\(summary)</p>" }
    return "<details><summary>\(summary)</summary><pre>\(highlighted(text))</pre></details>"
  }
}
