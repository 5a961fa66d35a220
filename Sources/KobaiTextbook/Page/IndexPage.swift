import KobaiReport

/// The page that a reader stays in: all experiments of a run by chapter, with their pictures, what they printed, their
/// parameters and their source. It is one file that needs no other and no network.
public struct IndexPage {
  /// One experiment's part of the page.
  public struct Entry: Sendable {
    /// The description of the experiment.
    public let about: About
    /// The numbers that the reader may change.
    public let settings: [any AnySetting]
    /// What it drew.
    public let pictures: [Picture]
    /// The lines that were printed.
    public let lines: [String]
    /// Which numbers were changed, in words; nil where none was.
    public let changes: String?

    /// An experiment's part of the page.
    public init(
      _ about: About, settings: [any AnySetting] = [], pictures: [Picture], lines: [String], changes: String? = nil
    ) {
      (self.about, self.settings, self.pictures, self.lines) = (about, settings, pictures, lines)
      self.changes = changes
    }

    /// What links call it.
    var anchor: String { about.id.replacing("/", with: "-") }
  }

  /// The experiments, in the book's order.
  public var entries: [Entry]
  /// The title of the page.
  public var title: Words
  /// The language of the reader.
  public var language: Language
  /// The digits and the seed that were used, in words.
  public var conditions: String
  /// The name of the command that runs the experiments.
  public var command = "textbook"

  /// The title of the book's experiments.
  public static let bookTitle = Words(
    en: "The experiments of “Deep Learning from Scratch”", ja: "『ゼロから作るDeep Learning』の実験")

  /// A page of the given experiments, under the title of the book's unless given.
  public init(_ entries: [Entry], title: Words = Self.bookTitle, language: Language, conditions: String) {
    (self.entries, self.title, self.language, self.conditions) = (entries, title, language, conditions)
  }

  private var chapters: [Int] { Section.inOrder(entries.map(\.about.chapter)) }

  private func name(_ chapter: Int) -> String { Section.heading(ofChapter: chapter)(language) }

  /// The page as an HTML document.
  public var html: String {
    let title = title(language)
    return """
      <!DOCTYPE html>
      <html lang="\(language.rawValue)">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(Self.policy)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(xmlEscaped(title))</title>
      <style>
      \(Self.style)
      </style>
      </head>
      <body>
      <header>
      <h1>\(xmlEscaped(title))</h1>
      <p>\(xmlEscaped(conditions))</p>
      </header>
      <div class="page">
      \(contents)
      <main>
      \(chapters.map(chapter).joined(separator: "\n"))
      </main>
      </div>
      <script>
      \(Self.script)
      </script>
      </body>
      </html>

      """
  }

  private var contents: String {
    let lists = chapters.map { chapter in
      let links = entries.filter { $0.about.chapter == chapter }.map { entry in
        """
        <li data-for="\(xmlEscaped(entry.anchor))"><a href="#\(xmlEscaped(entry.anchor))">\(xmlEscaped(entry.about.section.number)) \
        \(xmlEscaped(entry.about.summary(language)))</a></li>
        """
      }
      return """
        <details open data-chapter="\(chapter)"><summary><a href="#ch\(chapter)">\(xmlEscaped(name(chapter)))</a></summary>
        <ul>
        \(links.joined(separator: "\n"))
        </ul></details>
        """
    }
    let search = Words(en: "Search", ja: "検索")(language)
    let theme = Words(en: "Light or dark", ja: "ライト／ダーク表示の切り替え")(language)
    let none = Words(en: "Nothing found.", ja: "該当する実験はありません。")(language)
    return """
      <nav aria-label="\(Words(en: "Contents", ja: "目次")(language))">
      <div class="tools"><input id="search" type="search" placeholder="\(search)" aria-label="\(search)">
      <button id="theme" type="button" title="\(theme)" aria-label="\(theme)">◐</button></div>
      <p id="none" hidden>\(none)</p>
      \(lists.joined(separator: "\n"))
      </nav>
      """
  }

  private func chapter(_ chapter: Int) -> String {
    """
    <section data-chapter="\(chapter)">
    <h2 id="ch\(chapter)">\(xmlEscaped(name(chapter)))</h2>
    \(entries.filter { $0.about.chapter == chapter }.map(article).joined(separator: "\n"))
    </section>
    """
  }
}
