import ArgumentParser
import Foundation
import KobaiCommand
import KobaiTuning

/// An option whose value a search looks for, typed as "learning-rate=0.0001..0.1", or as "optimizer=adam|momentum".
struct TunedOption: Sendable {
  let field: any AnyField
  /// What a search makes of it. Of words it draws their places in the list.
  let parameter: HyperParameter
  private let words: [String]?  // nil where the values are numbers

  /// A ratio of the ends from which rates and the like are looked at on a logarithmic scale.
  private static let logarithmicFrom = 10.0
  /// What makes trials that cannot be compared.
  private static let fixed = [
    "data", "orientation", "class-names", "target", "ignore", "task", "image-size", "skip-unreadable",
    "validation-split", "epochs", "patience", "seed",
  ]

  init(argument text: String) throws {
    func problem(_ reason: String) -> ValidationError { ValidationError("--tune \(text): \(reason)") }
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2 else {
      throw problem("it takes an option and its values, as in learning-rate=0.0001..0.1 or optimizer=adam|momentum")
    }
    let (name, values) = (parts[0].hasPrefix("--") ? String(parts[0].dropFirst(2)) : parts[0], parts[1])
    guard let field = TrainingFields.all.first(where: { $0.name == name }) else {
      let names = TrainingFields.all.map(\.name).filter { !Self.fixed.contains($0) }
      throw problem("there is no option --\(name); there are \(names.joined(separator: ", "))")
    }
    guard !Self.fixed.contains(name) else { throw problem("trials that differ in --\(name) cannot be compared") }
    self.field = field
    func check(_ text: String) throws {
      var layer = ConfigurationLayer()
      guard try field.set(text, in: &layer) else { throw problem("\(text) is no value of --\(name)") }
      if let reason = field.problem(in: layer) { throw problem(reason) }
    }
    let ends = values.components(separatedBy: "..")
    if ends.count == 2, field.isNumber, let low = Double(ends[0]), let high = Double(ends[1]) {
      guard low < high, low.isFinite, high.isFinite else { throw problem("the first number must be the smaller one") }
      for end in ends { try check(end) }
      words = nil
      let isLogarithmic = low > 0 && high / low >= Self.logarithmicFrom
      parameter = HyperParameter(
        name, in: low...high, scale: isLogarithmic ? .logarithmic : .linear, isWhole: field.isWholeNumber)
    } else {
      let words = values.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
      guard words.count > 1 else {
        throw problem("it takes LOW..HIGH for numbers, or values with | between them")
      }
      for word in words { try check(word) }
      guard Set(words).count == words.count else { throw problem("each value stands once") }
      self.words = words
      // Each place is as wide as the others: rounding takes half a place on both sides.
      parameter = HyperParameter(name, in: -0.5...Double(words.count) - 0.5, isWhole: true)
    }
  }

  /// What would be typed for a value of the search.
  func text(of value: Double) -> String {
    if let words { return words[min(max(Int(value.rounded()), 0), words.count - 1)] }
    if parameter.isWhole { return String(Int(exactly: value) ?? .max) }
    let text = String(format: "%.4g", value)
    return Double(text).map(parameter.range.contains) ?? false ? text : "\(value)"  // rounded beyond an end
  }

  /// The words at their places, for the axis of a plot.
  var names: [(at: Double, name: String)] { (words ?? []).enumerated().map { (Double($0), $1) } }
}

/// How the values of a trial are found.
enum SearchName: String, CaseIterable, ExpressibleByArgument {
  case random, halving, bayes

  func search(_ space: SearchSpace, trials: Int, epochs: Int, seed: UInt64) -> any Search {
    switch self {
    case .random: RandomSearch(space, trials: trials, epochs: epochs, seed: seed)
    case .halving: SuccessiveHalving(space, budget: trials * epochs, epochs: epochs, seed: seed)
    case .bayes: BayesianSearch(space, trials: trials, epochs: epochs, seed: seed)
    }
  }
}

/// The options of a search.
struct TuningOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Train many times and find good values of an option: learning-rate=0.0001..0.1, or optimizer=adam|momentum. May be \
      given for several options. The best accuracy on images set aside wins (--validation-split, 0.1 unless given).
      """, valueName: "option=values"))
  var tune: [String] = []
  @Option(
    parsing: .unconditional,
    help: "How many trainings of --tune, each of --epochs; halving spends as many epochs. (default: 20)")
  var trials: Int?
  @Option(
    help:
      """
      How --tune chooses: random values; halving, which trains many for a short time and the best third of them on; or \
      bayes, which models the accuracy. (default: random)
      """)
  var search: SearchName?
  @Option(help: ArgumentHelp("Draw all trials of --tune.", valueName: "file.svg"), transform: expandingTilde)
  var tunePlot: String?

  func validate() throws {
    if let trials, trials < 1 { throw ValidationError("--trials \(trials): at least one is needed") }
    guard tune.isEmpty else { return }
    let given = [
      (trials != nil, "--trials"), (search != nil, "--search"), (tunePlot != nil, "--tune-plot"),
    ].first(where: \.0)
    if let given { throw ValidationError("\(given.1) belongs to --tune, the options to find values of") }
  }

  /// What is to be found, with an error about whatever does not go with it.
  func options(_ typed: ConfigurationLayer, _ output: OutputOptions) throws -> [TunedOption] {
    let single = [
      (output.save, "--save"), (output.metrics, "--metrics"), (output.logDir, "--log-dir"), (output.report, "--report"),
      (output.checkpointDir, "--checkpoint-dir"), (output.resume, "--resume"),
    ].first { $0.0 != nil }
    if let single {
      throw ValidationError("\(single.1) is about one training, and --tune runs many; train the best one with it")
    }
    if typed.patience != nil {
      throw ValidationError("--patience and --tune exclude each other: trials are compared after the same epochs")
    }
    let options = try tune.map(TunedOption.init(argument:))
    let names = options.map(\.field.name)
    for (i, name) in names.enumerated() {
      if names[..<i].contains(name) { throw ValidationError("--tune \(name): it is there twice") }
      if typed.sets(name) { throw ValidationError("--tune \(name): --\(name) is given, too; leave one of them out") }
    }
    return options
  }
}
