import ArgumentParser
import Foundation
import Kobai
import KobaiCommand
import KobaiData
import KobaiFiles
import KobaiTextbook

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: words(
      en: "Runs experiments: prints what the book's scripts print, and writes the pictures as SVG.",
      ja: "実験を実行し、書籍のスクリプトと同じ内容を表示して、図をSVGで保存する。"),
    discussion: """
      \(TextbookCommand.current.name) run ch04/gradient-method --set lr=0.95 --set steps=200
      \(TextbookCommand.current.name) run ch04/gradient-method --sweep lr=0.01,0.1,0.95,1.05 --out pictures

      \(words(
        en: "\(TextbookCommand.current.name) show NAME lists the parameters of an experiment.",
        ja: "実験のパラメータの一覧は \(TextbookCommand.current.name) show 実験名。"))
      """)

  @Argument(
    help: ArgumentHelp(
      words(en: "Experiments, such as ch06/optimizer-compare-naive.", ja: "実験名（例：ch06/optimizer-compare-naive）。")))
  var names: [String] = []
  @Flag(help: ArgumentHelp(words(en: "All of them.", ja: "すべての実験を実行する。")))
  var all = false
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      words(
        en: "Another value for a parameter, such as lr=0.95; again for more.",
        ja: "パラメータの値を変更する（例：lr=0.95）。複数回指定できる。"), valueName: "name=value"))
  var settings: [String] = []
  @Option(
    help: ArgumentHelp(
      words(
        en: "Run once for each value, such as lr=0.01,0.1,1: all curves in one picture, all figures in one table.",
        ja: "複数の値（例：lr=0.01,0.1,1）で実行し、曲線を1つの図に、数値を1つの表にまとめる。"), valueName: "name=values"))
  var sweep: String?
  @Option(
    help: ArgumentHelp(
      words(
        en: "Where the pictures and figures.json go; with several experiments an index.html as well.",
        ja: "図とfigures.jsonの保存先。複数の実験を実行するとindex.htmlも作られる。"), valueName: "folder"),
    transform: expandingTilde)
  var out: String?
  @Option(
    help: ArgumentHelp(
      words(
        en:
          "The digits: auto (cached or fetched MNIST, else embedded), embedded, or a folder of IDX files. (default: auto)",
        ja: "使う数字画像：auto（キャッシュ済みのMNIST、なければダウンロード、できなければ組み込みの数字）、"
          + "embedded（組み込みの数字）、またはIDXファイルのフォルダ（既定値：auto）。")),
    transform: expandingTilde)
  var data = "auto"
  @Option(
    help: ArgumentHelp(
      words(
        en: "A folder with the book's sample_weight.pkl, which ch03/neuralnet-mnist then uses.",
        ja: "書籍付属のsample_weight.pklがあるフォルダ。ch03/neuralnet-mnistで使う。"), valueName: "folder"),
    transform: expandingTilde)
  var bookWeights: String?
  @Option(parsing: .unconditional, help: ArgumentHelp(words(en: "Seed of everything random.", ja: "すべての乱数のシード。")))
  var seed: UInt64 = 0
  @OptionGroup var language: LanguageOption

  func validate() throws {
    if all != names.isEmpty {
      throw ValidationError(
        all
          ? words(en: "--all goes without names", ja: "--allと実験名は同時に指定できません")
          : words(en: "name an experiment, or say --all", ja: "実験名か--allを指定してください"))
    }
    if all && !(settings.isEmpty && sweep == nil) {
      let option = sweep == nil ? "--set" : "--sweep"
      throw ValidationError(
        words(
          en: "\(option) goes with names of experiments, not with --all",
          ja: "\(option)は実験名と一緒に指定してください（--allとは同時に指定できません）"))
    }
  }

  /// What is to be run, in its order.
  private func requests() throws -> [Request] {
    try reportingUsage {
      let experiments =
        try all
        ? TextbookCommand.current.experiments : names.map { try TextbookCommand.current.experiment($0) }
      return try experiments.map { try Request($0, settings: settings, sweep: sweep) }
    }
  }

  func run() throws {
    let requests = try requests()
    let figuresFile = try out.map { try FiguresFile(folder: $0) }
    if let out { try prepare(out) }  // pictures that cannot be written are an error before any work
    let kernels = try Kernels.fromEnvironment()
    let language = language.chosen
    var notes: [String] = []
    let digits = try requests.contains { $0.about.usesDigits } ? loadDigits { notes.append($0) } : nil
    notes += [digits?.noticeOfTurnedImages, digits?.noticeOfUntrainedClasses()].compactMap(\.self)
    for note in notes { print(inLanguageOfReader(note)) }
    let conditions = Self.conditions(digits, seed: seed, language)
    let display = ProgressLine()
    var entries: [IndexPage.Entry] = []
    var figures: [String: [String: [Double]]] = [:]
    for request in requests {
      let about = request.about
      print("\n\(about.section.heading(language))\(language == .ja ? "：" : ": ")\(about.id)")
      print(about.usesDigits ? conditions : Self.conditions(nil, seed: seed, language))
      if let changes = request.changes(language) { print(changes) }
      let lab = Lab(
        language: language, seed: seed, digits: digits, kernels: kernels,
        print: { line in
          display.clear()
          print(line)
        }, progress: { display.show($0, $1) })
      lab.bookWeights = bookWeights
      let outcome = try request.run(lab)
      display.clear()
      if out == nil { try StandardOutput.check() }  // there is no point in going on when nobody reads
      entries.append(try write(outcome, of: request, lines: lab.lines))
      figures[request.key] = outcome.figures
    }
    guard let out, let figuresFile else { return }
    try figuresFile.write(adding: figures)
    if requests.count > 1 {
      var page = IndexPage(
        entries, title: TextbookCommand.current.title, language: language, conditions: conditions)
      page.command = TextbookCommand.current.name
      try AtomicFile.write(Array(page.html.utf8), to: "\(out)/index.html")
      print("\n\(out)/index.html")
    }
  }

  private func loadDigits(note: (String) -> Void) throws -> Dataset {
    let (source, download) = (DataSource(data), MNISTDownload())
    if let local = try source.loadWithoutFetching(download: download, note: note) { return local }
    do { try waiting { try await download.run() } } catch {
      return try DataSource.embedded(because: error) { text in
        let reason = (error as? FileError).map { inLanguageOfReader($0.reason) } ?? "\(error)"
        note(words(en: text, ja: "\(reason)。代わりに組み込みの手書き数字5,000枚を使います"))
      }
    }
    return try download.dataset()
  }

  /// "data: embedded digits, …; seed 0"
  private static func conditions(_ digits: Dataset?, seed: UInt64, _ language: Language) -> String {
    let seedWords = language == .ja ? "シード \(seed)" : "seed \(seed)"
    guard let digits else { return seedWords }
    return language == .ja
      ? "データ：\(digits.name == Dataset.embeddedName ? "組み込みの手書き数字" : digits.name)"
        + "（訓練画像 \(digits.train.count)枚、テスト画像 \(digits.test.count)枚）、\(seedWords)"
      : "data: \(digits.name), \(digits.train.count) images to train, \(digits.test.count) to test; \(seedWords)"
  }

  private func prepare(_ folder: String) throws {
    try createFolder(folder)
    _ = try AtomicFile("\(folder)/index.html")
  }

  private func write(_ outcome: Outcome, of request: Request, lines: [String]) throws -> IndexPage.Entry {
    if let out {
      for picture in outcome.pictures {
        let name = request.file(picture)
        try AtomicFile.write(Array(picture.figure.svg.utf8), to: "\(out)/\(name)")
        print("\(out)/\(name)")
      }
    }
    return IndexPage.Entry(
      request.about, settings: request.settings, pictures: outcome.pictures, lines: lines,
      changes: request.changes(language.chosen))
  }
}
