import KobaiReport

/// The pictures of several runs of one experiment as one: lines that differ between the runs are drawn over each other
/// under the runs' names, and what is the same in all runs is drawn once.
struct Overlay {
  let labels: [String]

  init(_ labels: [String]) { self.labels = labels }

  /// - Parameter runs: the pictures of each run.
  func pictures(_ runs: [[Picture]]) -> [Picture] {
    let names = (runs.first ?? []).map(\.name)
    return names.flatMap { name -> [Picture] in
      let all = runs.compactMap { $0.first { $0.name == name } }
      let figures = all.compactMap { $0.figure as? Figure }
      guard figures.count == labels.count else {  // one run did not draw it, or it is no chart
        return zip(labels, all).map { Picture("\(name)-\($0)", $1.figure) }
      }
      return [Picture(name, figure(figures))]
    }
  }

  private func figure(_ figures: [Figure]) -> Figure {
    let first = figures[0]
    let title = figures.allSatisfy { $0.title == first.title } ? first.title : labels.joined(separator: ", ")
    guard figures.allSatisfy({ $0.panels.count == first.panels.count }) else {
      return Figure(title, figures.flatMap(\.panels), columns: first.columns)
    }
    let panels = first.panels.indices.map { i in overlaid(figures.map { $0.panels[i] }) }
    let common = panels.filter { $0.count == 1 }.map { $0[0] }
    let separate = panels.filter { $0.count > 1 }
    guard !separate.isEmpty else { return Figure(title, common, columns: first.columns) }
    // Of the panels that cannot lie over each other, every run has rows of its own.
    let rows = labels.indices.flatMap { run in separate.map { $0[run] } }
    return Figure(title, rows + common, columns: min(first.columns, separate.count))
  }

  /// One panel where only lines and points differ; otherwise those of all runs.
  private func overlaid(_ panels: [Panel]) -> [Panel] {
    let first = panels[0]
    guard panels.allSatisfy({ $0.marks.count == first.marks.count }) else { return labelled(panels) }
    var result = first
    result.marks = []
    var changed: [[Mark]] = []
    for i in first.marks.indices {
      let marks = panels.map { $0.marks[i] }
      if marks.dropFirst().allSatisfy({ isSame($0, marks[0], in: first) }) {
        result.marks.append(marks[0])
      } else if marks.allSatisfy(\.isCurve) {
        changed.append(named(marks))
      } else {
        return labelled(panels)
      }
    }
    guard !changed.isEmpty else { return [first] }
    // A run has a colour of its own where its curves can be told apart without.
    let takesColor = Set(changed.map { $0[0].curveStyle }).count == changed.count
    for run in labels.indices {
      result.marks += changed.map { $0[run].colored(takesColor ? Palette.series(run) : nil) }
    }
    result.x.range = union(panels.map(\.x.range))
    result.y.range = union(panels.map(\.y.range))
    if !panels.allSatisfy({ $0.title == first.title }) { result.title = "" }
    result.legend = .beside
    return [result]
  }

  private func labelled(_ panels: [Panel]) -> [Panel] {
    zip(labels, panels).map { label, panel in
      var panel = panel
      panel.title = panel.title.isEmpty ? label : "\(panel.title), \(label)"
      return panel
    }
  }

  /// The marks under the names of their runs, and their own name where all have the same.
  private func named(_ marks: [Mark]) -> [Mark] {
    let names = marks.map(\.curveName)
    let common = names.allSatisfy { $0 == names[0] } ? names[0] : nil
    return zip(labels, marks).map { label, mark in
      mark.named(common.map { "\(label), \($0)" } ?? label)
    }
  }

  private func isSame(_ a: Mark, _ b: Mark, in panel: Panel) -> Bool {
    func drawn(_ mark: Mark) -> String {
      var alone = panel
      (alone.marks, alone.legend) = ([mark], .beside)
      return Figure("", alone).svg
    }
    switch (a, b) {
    case (.line(let a), .line(let b)): return isSame(a.x, b.x) && isSame(a.y, b.y)
    case (.points(let a), .points(let b)): return isSame(a.x, b.x) && isSame(a.y, b.y)
    default: return drawn(a) == drawn(b)
    }
  }

  /// Not a number is the same as itself: lines have gaps there.
  private func isSame(_ a: [Double], _ b: [Double]) -> Bool { a.map(\.bitPattern) == b.map(\.bitPattern) }

  private func union(_ ranges: [ClosedRange<Double>?]) -> ClosedRange<Double>? {
    let all = ranges.compactMap(\.self)
    guard all.count == ranges.count, let low = all.map(\.lowerBound).min(), let high = all.map(\.upperBound).max()
    else { return nil }
    return low...high
  }
}

extension Mark {
  fileprivate var isCurve: Bool {
    switch self {
    case .line, .points: true
    default: false
    }
  }

  fileprivate var curveName: String? {
    switch self {
    case .line(let line): line.name
    case .points(let points): points.name
    default: nil
    }
  }

  /// What tells a curve from others of its colour.
  fileprivate var curveStyle: String {
    switch self {
    case .line(let line): "line \(line.dash ?? "")"
    default: "points"
    }
  }

  fileprivate func named(_ name: String) -> Mark {
    switch self {
    case .line(var line):
      line.name = name
      return .line(line)
    case .points(var points):
      points.name = name
      return .points(points)
    default: return self
    }
  }

  fileprivate func colored(_ color: String?) -> Mark {
    switch self {
    case .line(var line):
      line.color = color
      return .line(line)
    case .points(var points):
      points.color = color
      return .points(points)
    default: return self
    }
  }
}
