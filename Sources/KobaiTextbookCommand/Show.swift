import ArgumentParser
import KobaiCommand
import KobaiTextbook

struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: words(
      en: "Shows an experiment: what it asks, its parameters for run --set and --sweep, and its source.",
      ja: "実験の内容、パラメータ（run --setとrun --sweepで変更可）、ソースコードを表示する。"))

  @Argument(
    help: ArgumentHelp(words(en: "An experiment, such as ch04/gradient-method.", ja: "実験名（例：ch04/gradient-method）。")))
  var name: String
  @OptionGroup var language: LanguageOption

  func run() throws {
    let language = language.chosen
    let experiment = try reportingUsage { try TextbookCommand.current.experiment(name) }
    let about = experiment.about
    print("\(about.id)  \(about.section.heading(language))")
    print(about.summary(language))
    if let question = about.question { print("\(question.text(language))\n\(question.answer(language))") }
    print("")
    for line in Self.parameters(experiment, language) { print(line) }
    print("")
    guard let source = about.sourceText else {
      print(
        language == .ja
          ? "ソースコード：\(about.source)（このマシンにはありません。ビルド元のリポジトリを参照してください）"
          : "source: \(about.source), which is not on this machine; it is in the repository that this was built from")
      return
    }
    print(language == .ja ? "ソースコード：\(about.source)" : "source: \(about.source)")
    print("")
    print(source, terminator: "")
  }

  /// A line for each parameter: its name, its value in the book, its range and its meaning.
  private static func parameters(_ experiment: any Experiment, _ language: Language) -> [String] {
    let settings = experiment.settings
    guard !settings.isEmpty else { return [language == .ja ? "パラメータ：なし" : "parameters: none"] }
    let rows = settings.map { [$0.name, $0.fallbackText, $0.rangeText] }
    let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = zip(rows, settings).map { row, setting in
      let cells = zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
      return "  \(cells.joined(separator: "  "))  \(setting.meaning(language))"
    }
    return [
      language == .ja
        ? "パラメータ（名前、既定値、範囲、意味。run --setとrun --sweepで変更できます）"
        : "parameters: name, default, range and meaning (run --set and --sweep change them)"
    ] + lines
  }
}

/// What the textbook does not know is a wrong option of the command.
func reportingUsage<Result>(_ body: () throws -> Result) throws -> Result {
  do { return try body() } catch let error as TextbookError { throw ValidationError(error.words(speech)) }
}
