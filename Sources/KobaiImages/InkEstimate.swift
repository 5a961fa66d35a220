/// A first estimate of a picture's ink, from a small copy: whether it is lighter or darker than its background, and how thick
/// its strokes are.
struct InkEstimate {
  /// Whether the ink is light, as chalk on a board is.
  let isLight: Bool
  /// The thickness of the thickest strokes, in pixels of the picture.
  let thickness: Double
  /// How much the ink looks like digits, 0 to 1.
  let score: Double

  /// What is found with all that is dark as ink, and with all that is light; the more likely one first.
  static func estimates(for picture: Picture) -> [InkEstimate] {
    let factor = Background.factor(picture)
    let small = picture.reduced(by: factor)
    return [false, true].compactMap { InkEstimate(small, isLight: $0, factor) }.sorted { $0.score > $1.score }
  }

  private init?(_ picture: Picture, isLight: Bool, _ factor: Int) {
    guard let ink = try? Ink(of: picture, isLight: isLight) else { return nil }
    let finder = DigitFinder(width: picture.width, height: picture.height)
    let digits = finder.candidates(InkComponent.all(in: ink)).map(\.ink).filter { !finder.isSheet($0) }
    guard let thickness = digits.map(\.thickness).max() else { return nil }
    (self.isLight, self.thickness) = (isLight, thickness * Double(factor))
    let likelihood = isLight ? 0.9 : 1  // most people write on paper
    score =
      likelihood * Self.sharpness(of: digits, ink, picture, isLight) * Self.distinctness(of: digits, picture, isLight)
  }

  /// The share of all other pixels that are not as dark as the ink, or not as light. The inside of a ring is as light as the
  /// paper around it; it is the ring that was written.
  private static func distinctness(of digits: [InkComponent], _ picture: Picture, _ isLight: Bool) -> Double {
    let channels = picture.channels
    let lightness = (0..<picture.width * picture.height).map { i in
      (0..<channels).reduce(0) {
        $0 + Int(isLight ? ~picture.pixels[i * channels + $1] : picture.pixels[i * channels + $1])
      }
        / channels
    }
    var (inked, others) = ([Int](repeating: 0, count: 256), [Int](repeating: 0, count: 256))
    for value in lightness { others[value] += 1 }
    for run in digits.flatMap(\.runs) {
      for x in run.columns {
        let value = lightness[run.row * picture.width + x]
        inked[value] += 1
        others[value] -= 1
      }
    }
    let (level, ground) = (Ink.median(inked), Ink.median(others))
    let dark = others[...min(level + max(ground - level, 0) / 4, 255)].reduce(0, +)
    return 1 - Double(dark) / Double(max(others.reduce(0, +), 1))
  }

  /// How sharply ink ends where it is said to end: 1 where it stands out as much from what lies a few pixels beyond its
  /// border as from its background. The paper in the bend of a digit, taken for light ink on a dark ground, ends somewhere
  /// on the paper, where nothing changes.
  private static func sharpness(of digits: [InkComponent], _ ink: Ink, _ picture: Picture, _ isLight: Bool) -> Double {
    let (width, height) = (picture.width, picture.height)
    let strengths = ink.strengths.span
    var (found, expected) = (0, 0)
    func compare(_ x: Int, _ y: Int, towards dx: Int, _ dy: Int) {
      let strength = Int(strengths[y * width + x])
      var most: Int?
      for distance in [4, 8, 12] {  // an edge may be blurred
        let (u, v) = (x + distance * dx, y + distance * dy)
        guard 0..<width ~= u, 0..<height ~= v else { break }
        most = max(most ?? 0, picture.strength(of: y * width + x, on: v * width + u, isLight))
      }
      guard let most else { return }
      found += min(most, strength)
      expected += strength
    }
    for run in digits.flatMap(\.runs) {
      compare(run.columns.lowerBound, run.row, towards: -1, 0)
      compare(run.columns.upperBound - 1, run.row, towards: 1, 0)
      for step in [-1, 1] where 0..<height ~= run.row + step {
        for x in run.columns where Int(strengths[(run.row + step) * width + x]) <= ink.threshold {
          compare(x, run.row, towards: 0, step)
        }
      }
    }
    return Double(found) / Double(max(expected, 1))
  }
}

extension Picture {
  /// How much one pixel stands out if another is its background.
  fileprivate func strength(of pixel: Int, on ground: Int, _ isLight: Bool) -> Int {
    (0..<channels).map { c in
      let (value, paper) = (pixels[pixel * channels + c], pixels[ground * channels + c])
      return Ink.strength(of: Int(isLight ? ~value : value), on: Int(isLight ? ~paper : paper))
    }.max() ?? 0
  }
}
