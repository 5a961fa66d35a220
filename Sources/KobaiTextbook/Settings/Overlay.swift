import KobaiReport

/// The pictures of several runs of one experiment as one: lines that differ between the runs are drawn over each other
/// under the runs' names, and what is the same in all runs is drawn once.
struct Overlay {
  let labels: [String]

  init(_ labels: [String]) { self.labels = labels }

  /// - Parameter runs: the pictures of each run.
  func pictures(_ runs: [[Picture]]) -> [Picture] {
    let names = runs.joined().map(\.name).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    return names.flatMap { name -> [Picture] in
      let drawn = zip(labels, runs).compactMap { label, run in run.first { $0.name == name }.map { (label, $0) } }
      let figures = drawn.compactMap { $0.1.figure as? Figure }
      guard figures.count == labels.count else {  // one run did not draw it, or it is no chart
        return drawn.map { Picture("\(name)-\($0)", $1.figure) }
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

  /// One panel where only lines differ; otherwise those of all runs.
  private func overlaid(_ panels: [Panel]) -> [Panel] {
    let first = panels[0]
    guard panels.allSatisfy({ $0.marks.count == first.marks.count }) else { return labelled(panels) }
    var result = first
    result.marks = []
    var changed: [[Mark.Line]] = []  // for each line those of all runs
    for i in first.marks.indices {
      let marks = panels.map { $0.marks[i] }
      if marks.dropFirst().allSatisfy({ isSame($0, marks[0], in: first) }) {
        result.marks.append(marks[0])
      } else if let lines = lines(marks) {
        changed.append(named(lines))
      } else {
        return labelled(panels)
      }
    }
    guard !changed.isEmpty else { return [first] }
    // A run has a colour of its own where its curves can be told apart without: the next ones after the common marks'.
    let takesColor = Set(changed.map { $0[0].dash }).count == changed.count
    let taken = result.marks.count(where: takesColorOfPalette)
    for run in labels.indices {
      for lines in changed {
        var line = lines[run]
        line.color = takesColor ? Palette.series(taken + run) : nil
        result.marks.append(.line(line))
      }
    }
    result.x.range = union(panels.map(\.x.range))
    result.y.range = union(panels.map(\.y.range))
    if !panels.allSatisfy({ $0.title == first.title }) { result.title = "" }
    result.legend = .beside
    return [result]
  }

  private func takesColorOfPalette(_ mark: Mark) -> Bool {
    switch mark {
    case .line(let line): line.color == nil
    case .points(let points): points.color == nil
    default: false
    }
  }

  /// Titles that tell the runs apart already stay as they are.
  private func labelled(_ panels: [Panel]) -> [Panel] {
    guard panels.allSatisfy({ $0.title == panels[0].title }) else { return panels }
    return zip(labels, panels).map { label, panel in
      var panel = panel
      panel.title = panel.title.isEmpty ? label : "\(panel.title), \(label)"
      return panel
    }
  }

  /// All marks as lines; nil where one is none.
  private func lines(_ marks: [Mark]) -> [Mark.Line]? {
    let lines = marks.compactMap { mark -> Mark.Line? in if case .line(let line) = mark { line } else { nil } }
    return lines.count == marks.count ? lines : nil
  }

  /// The lines under the names of their runs, and their own name where all have the same.
  private func named(_ lines: [Mark.Line]) -> [Mark.Line] {
    let common = lines.allSatisfy { $0.name == lines[0].name } ? lines[0].name : nil
    return zip(labels, lines).map { label, line in
      var line = line
      line.name = common.map { "\(label), \($0)" } ?? label
      return line
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
