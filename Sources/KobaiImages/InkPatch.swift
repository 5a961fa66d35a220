/// A part of a picture: how much of each pixel was written on.
struct InkPatch {
  let width: Int
  let height: Int
  /// The share of each pixel that is ink, 0 ... 1, row by row.
  let shares: [Float]

  /// How the ink lies along the height, and along the width.
  var profiles: (rows: InkProfile, columns: InkProfile) {
    var rows = InkProfile(count: height)
    var columns = InkProfile(count: width)
    for y in 0..<height {
      for x in 0..<width {
        let share = shares[y * width + x]
        rows.add(share, at: y)
        columns.add(share, at: x)
      }
    }
    return (rows, columns)
  }

  /// The ink of the pixels that `down` and `across` make of the patch's.
  func resampled(_ down: Resampling, _ across: Resampling) -> [Float] {
    var narrow = [Float](repeating: 0, count: height * across.count)
    for y in down.source {
      for x in 0..<across.count {
        narrow[y * across.count + x] = across.sum(at: x) { shares[y * width + $0] }
      }
    }
    return (0..<down.count).flatMap { y in
      (0..<across.count).map { x in down.sum(at: y) { narrow[$0 * across.count + x] } }
    }
  }
}

extension InkPatch {
  /// The ink of one digit alone. Its borders are soft: what is gray there is ink in part.
  init(_ component: InkComponent, in ink: Ink) {
    let reach = max(2, Int(component.thickness / 2))
    let rows = (component.rows.lowerBound - reach - 1..<component.rows.upperBound + reach + 1)
      .clamped(to: 0..<ink.height)
    let columns = (component.columns.lowerBound - reach - 1..<component.columns.upperBound + reach + 1)
      .clamped(to: 0..<ink.width)
    let width = columns.count

    // Gray pixels belong to a digit within `reach` of its ink.
    var belongs = [Bool](repeating: false, count: width * rows.count)
    for run in component.runs {
      let near = (run.columns.lowerBound - reach..<run.columns.upperBound + reach).clamped(to: columns)
      for y in (run.row - reach..<run.row + reach + 1).clamped(to: rows) {
        for x in near { belongs[(y - rows.lowerBound) * width + x - columns.lowerBound] = true }
      }
    }

    let strengths = ink.strengths.span
    var inked = component.runs.flatMap { run in run.columns.map { strengths[run.row * ink.width + $0] } }
    inked.sort()
    let full = Int(inked[inked.count * 49 / 50])  // the strongest pixels are outliers
    shares = belongs.indices.map { i in
      guard belongs[i] else { return 0 }
      let pixel = (i / width + rows.lowerBound) * ink.width + i % width + columns.lowerBound
      return Float(min(max(Int(strengths[pixel]) - ink.floor, 0), full - ink.floor)) / Float(full - ink.floor)
    }
    (self.width, self.height) = (width, rows.count)
  }
}
