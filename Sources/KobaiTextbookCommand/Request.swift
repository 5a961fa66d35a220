import KobaiTextbook

/// An experiment as the command line asks for it: as in the book, with some values changed, or with a sweep over one.
struct Request {
  private let experiment: any Experiment
  private let sweep: Sweep?

  init(_ experiment: any Experiment, settings: [String], sweep: String?) throws(TextbookError) {
    var changed = experiment
    for setting in settings { changed = try changed.setting(setting) }
    self.experiment = changed
    guard let sweep else {
      self.sweep = nil
      return
    }
    let parsed = try Sweep(changed, sweep)
    if changed.chosen.contains(where: { $0.hasPrefix("\(parsed.name)=") }) {
      throw TextbookError(
        en: "--sweep \(sweep): --set has a value for \(parsed.name) already; give one of them",
        ja: "--sweep \(sweep)：\(parsed.name)は--setでも指定されています。どちらか一方にしてください")
    }
    self.sweep = parsed
  }

  var about: About { experiment.about }
  var settings: [any AnySetting] { experiment.settings }

  func run(_ lab: Lab) throws -> Outcome { try sweep?.run(lab) ?? experiment.run(lab) }

  /// What differs from the book: "lr=0.95", "sweep-lr".
  private var variant: [String] { experiment.chosen + (sweep.map { ["sweep-\($0.name)"] } ?? []) }

  /// The name of the figures in figures.json; those as in the book have the experiment's own.
  var key: String { ([about.id] + variant).joined(separator: " ") }

  /// The file of a picture; that as in the book is not overwritten by one with other values.
  func file(_ picture: Picture) -> String {
    ([about.id.replacing("/", with: "-"), picture.name] + variant).joined(separator: "-") + ".svg"
  }

  /// The line that says what differs from the book; nil where nothing does.
  func changes(_ language: Language) -> String? {
    var words = experiment.settings.compactMap { setting in
      setting.assignment.map {
        language == .ja ? "\($0)（既定値 \(setting.fallbackText)）" : "\($0) (default \(setting.fallbackText))"
      }
    }
    if let sweep { words.append(sweep.description(language)) }
    guard !words.isEmpty else { return nil }
    return language == .ja
      ? "パラメータ：\(words.joined(separator: "、"))" : "parameters: \(words.joined(separator: ", "))"
  }
}
