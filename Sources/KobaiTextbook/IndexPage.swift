import KobaiReport

/// The page that shows all experiments of a run, by chapter: pictures, what was printed, and the source file.
public struct IndexPage {
  /// One experiment's part of the page.
  public struct Entry: Sendable {
    /// Which experiment it is.
    public let about: About
    /// The pictures' file names.
    public let pictures: [String]
    /// The lines that were printed.
    public let lines: [String]

    /// An experiment's part of the page.
    public init(_ about: About, pictures: [String], lines: [String]) {
      (self.about, self.pictures, self.lines) = (about, pictures, lines)
    }
  }

  /// The experiments, in the book's order.
  public var entries: [Entry]
  /// The language of the reader.
  public var language: Language
  /// The digits and the seed that were used, in words.
  public var conditions: String

  /// A page of the given experiments.
  public init(_ entries: [Entry], language: Language, conditions: String) {
    (self.entries, self.language, self.conditions) = (entries, language, conditions)
  }

  /// The page as an HTML document that shows the pictures beside it.
  public var html: String {
    let title = Words(en: "The experiments of “Deep Learning from Scratch”", ja: "『ゼロから作るDeep Learning』の実験")(language)
    let chapters = Set(entries.map(\.about.chapter)).sorted()
    func name(_ chapter: Int) -> String {
      let words = Section.chapters[chapter].map { $0(language) } ?? ""
      return language == .ja ? "\(chapter)章　\(words)" : "Chapter \(chapter): \(words)"
    }
    let links = chapters.map { "<a href=\"#ch\($0)\">\(xmlEscaped(name($0)))</a>" }.joined(separator: "\n")
    let body = chapters.map { chapter in
      "<h2 id=\"ch\(chapter)\">\(xmlEscaped(name(chapter)))</h2>\n"
        + entries.filter { $0.about.chapter == chapter }.map(article).joined(separator: "\n")
    }.joined(separator: "\n")
    return """
      <!DOCTYPE html>
      <html lang="\(language.rawValue)">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(xmlEscaped(title))</title>
      <style>
      body { font: 16px/1.5 Helvetica, Arial, "Noto Sans CJK JP", "Hiragino Sans", sans-serif; margin: 0 auto; max-width: 76rem;
        padding: 0 1rem 4rem; color: #222 }
      nav { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem }
      h2 { border-bottom: 2px solid #4477aa; margin-top: 3rem }
      article { margin: 2rem 0 }
      article h3 { margin-bottom: .2rem }
      .source { color: #666; font-size: .9rem; margin: 0 0 .8rem }
      code, pre { font-family: ui-monospace, Menlo, Consolas, "Noto Sans Mono CJK JP", monospace }
      pre { background: #f5f5f5; padding: .7rem; overflow-x: auto; font-size: .82rem }
      img { max-width: 100%; height: auto; display: block; margin: .5rem 0 }
      summary { cursor: pointer; color: #4477aa }
      @media print { article { break-inside: avoid } }
      </style>
      </head>
      <body>
      <h1>\(xmlEscaped(title))</h1>
      <p>\(xmlEscaped(conditions))</p>
      <nav>
      \(links)
      </nav>
      \(body)
      </body>
      </html>

      """
  }

  private func article(_ entry: Entry) -> String {
    let about = entry.about
    let pictures = entry.pictures.map {
      "<img src=\"\(xmlEscaped($0))\" alt=\"\(xmlEscaped(about.summary(language)))\">"
    }
    let printed = entry.lines.joined(separator: "\n").split(separator: "\n", omittingEmptySubsequences: false)
    let text = "<pre>\(xmlEscaped(printed.joined(separator: "\n")))</pre>"
    let summary = Words(en: "printed: \(printed.count) lines", ja: "出力：\(printed.count)行")(language)
    let lines =
      entry.lines.isEmpty
      ? "" : printed.count <= 20 ? text : "<details><summary>\(summary)</summary>\(text)</details>"
    return """
      <article id="\(about.id.replacing("/", with: "-"))">
      <h3>\(about.section.number) \(xmlEscaped(about.section.title(language)))</h3>
      <p class="source"><code>\(about.id)</code> · \(xmlEscaped(about.summary(language))) · \
      <code>Sources/KobaiTextbook/\(xmlEscaped(about.source))</code></p>
      \(pictures.joined(separator: "\n"))
      \(lines)
      </article>
      """
  }
}
