import ArgumentParser
import Foundation
import Kobai
import KobaiCommand
import KobaiData
import KobaiFiles
import KobaiTextbook

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs experiments: prints what the book's scripts print, and writes the pictures as SVG.",
    discussion: """
      textbook run ch04/gradient-method --set lr=0.95 --set steps=200
      textbook run ch04/gradient-method --sweep lr=0.01,0.1,0.95,1.05 --out pictures

      textbook show NAME lists the parameters of an experiment.
      """)

  @Argument(help: "Experiments, such as ch06/optimizer-compare-naive.")
  var names: [String] = []
  @Flag(help: "All of them.")
  var all = false
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Another value for a parameter, such as lr=0.95; again for more.", valueName: "name=value"))
  var settings: [String] = []
  @Option(
    help: ArgumentHelp(
      "Run once for each value, such as lr=0.01,0.1,1: all curves in one picture, all figures in one table.",
      valueName: "name=values"))
  var sweep: String?
  @Option(
    help: ArgumentHelp(
      "Where the pictures and figures.json go; with several experiments an index.html as well.", valueName: "folder"),
    transform: expandingTilde)
  var out: String?
  @Option(
    help:
      "The digits: auto (cached or fetched MNIST, else embedded), embedded, or a folder of IDX files. (default: auto)",
    transform: expandingTilde)
  var data = "auto"
  @Option(
    help: ArgumentHelp(
      "A folder with the book's sample_weight.pkl, which ch03/neuralnet-mnist then uses.", valueName: "folder"),
    transform: expandingTilde)
  var bookWeights: String?
  @Option(parsing: .unconditional, help: "Seed of everything random.")
  var seed: UInt64 = 0
  @OptionGroup var language: LanguageOption

  func validate() throws {
    if all != names.isEmpty {
      throw ValidationError(all ? "--all goes without names" : "name an experiment, or say --all")
    }
    if all && !(settings.isEmpty && sweep == nil) {
      throw ValidationError("--\(sweep == nil ? "set" : "sweep") goes with names of experiments, not with --all")
    }
    _ = try requests()
  }

  /// What is to be run, in its order.
  private func requests() throws -> [Request] {
    try reportingUsage {
      let experiments = try all ? Textbook.experiments : names.map { try Textbook.experiment($0) }
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
    for note in notes { print(note) }
    let conditions = Self.conditions(digits, seed: seed, language)
    let display = ProgressLine()
    var entries: [IndexPage.Entry] = []
    var figures: [String: [String: [Double]]] = [:]
    for request in requests {
      let about = request.about
      print("\n\(about.section.number) \(about.section.title(language)): \(about.id)")
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
      let page = IndexPage(entries, language: language, conditions: conditions)
      try AtomicFile.write(Array(page.html.utf8), to: "\(out)/index.html")
      print("\n\(out)/index.html")
    }
  }

  private func loadDigits(note: (String) -> Void) throws -> Dataset {
    let (source, download) = (DataSource(data), MNISTDownload())
    if let local = try source.loadWithoutFetching(download: download, note: note) { return local }
    do { try waiting { try await download.run() } } catch { return try DataSource.embedded(because: error, note: note) }
    return try .load(folder: download.folder.path)
  }

  /// "data: embedded digits, …; seed 0"
  private static func conditions(_ digits: Dataset?, seed: UInt64, _ language: Language) -> String {
    let seedWords = language == .ja ? "シード \(seed)" : "seed \(seed)"
    guard let digits else { return seedWords }
    return language == .ja
      ? "データ：\(digits.name)（訓練 \(digits.train.count)枚、テスト \(digits.test.count)枚）、\(seedWords)"
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
    return IndexPage.Entry(request.about, settings: request.settings, pictures: outcome.pictures, lines: lines)
  }
}
