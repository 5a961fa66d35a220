import Foundation
import KobaiReport

/// An experiment run once for each of several values of one setting, with the curves of all runs in one picture and their
/// figures in one table.
public struct Sweep: Sendable {
  /// The name of the setting.
  public let name: String
  private let fallback: String
  private let runs: [(label: String, experiment: any Experiment)]

  /// - Parameters:
  ///   - experiment: the experiment, with whatever else was set.
  ///   - typed: the setting's name and its values, such as "lr=0.01,0.1,0.95".
  /// - Throws: ``TextbookError`` as ``Experiment/setting(_:to:)``.
  public init(_ experiment: any Experiment, _ typed: String) throws(TextbookError) {
    let (name, values) = try parseAssignment(typed)
    self.name = name
    fallback = try experiment.setting(named: name).fallbackText
    var runs: [(label: String, experiment: any Experiment)] = []
    for value in values {
      let label = "\(name)=\(value.short)"
      guard !runs.contains(where: { $0.label == label }) else {
        throw TextbookError(en: "\(typed): \(label) stands twice", ja: "\(typed)：\(label)が2回指定されています")
      }
      runs.append((label, try experiment.setting(name, to: value)))
    }
    self.runs = runs
  }

  /// What is run: "lr=0.01, 0.1, 0.95 (default 0.1)".
  public func description(_ language: Language) -> String {
    let values = runs.map { $0.label.dropFirst(name.count + 1) }.joined(separator: ", ")
    return language == .ja ? "\(name)=\(values)（既定値 \(fallback)）" : "\(name)=\(values) (default \(fallback))"
  }

  /// Runs all of them. The figures' names end with the value that they belong to: "path (-3, 4), lr=0.1".
  public func run(_ lab: Lab) throws -> Outcome {
    let outcomes = try runs.map { run in
      lab.say("--- \(run.label) ---")
      return try run.experiment.run(lab)
    }
    let labels = runs.map(\.label)
    lab.say("")
    for row in table(outcomes) { lab.say(row) }
    var sweep = Outcome(pictures: Overlay(labels).pictures(outcomes.map(\.pictures)))
    for (label, outcome) in zip(labels, outcomes) {
      for (figure, values) in outcome.figures { sweep.figures["\(figure), \(label)"] = values }
    }
    return sweep
  }

  /// A row for each figure, a column for each run. Of a curve the last value stands there.
  private func table(_ outcomes: [Outcome]) -> [String] {
    let labels = runs.map(\.label)
    let figures = withCommonNames(outcomes.map(\.figures))
    let names = Set(figures.flatMap(\.keys)).sorted()
    let rows = [[""] + labels] + names.map { name in [name] + figures.map { Self.text($0[name]) } }
    let widths = (labels + [""]).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { i, cell in
        let space = String(repeating: " ", count: widths[i] - cell.count)
        return i == 0 ? cell + space : space + cell
      }.joined(separator: "  ")
    }
  }

  /// The figures of all runs, where those named after the value, such as "std 0.01", have one name: "std …".
  private func withCommonNames(_ figures: [[String: [Double]]]) -> [[String: [Double]]] {
    zip(runs, figures).map { run, own in
      let value = run.label.dropFirst(name.count + 1)
      let renamed = own.map { figure, values in
        let isCommon = figures.allSatisfy { $0[figure] != nil }
        return (isCommon ? figure : figure.replacing(value, with: "…", maxReplacements: 1), values)
      }
      return Dictionary(renamed) { first, _ in first }
    }
  }

  private static func text(_ values: [Double]?) -> String {
    guard let values, let last = values.last else { return "-" }
    func number(_ value: Double) -> String { String(format: "%.6g", value) }
    return values.count == 1
      ? number(last) : values.count <= 4 ? "(\(values.map(number).joined(separator: ", ")))" : "… \(number(last))"
  }
}
