/// A gray photograph of a digit, drawn: what lies on paper, and how the light falls on it. Tests/Photographs draws richer ones.
public struct SyntheticPhotograph {
  /// What is in the picture beside the digit.
  public enum Extra: CaseIterable, Sendable {
    case shading, ruled, squared, shadow, frame, scanEdge, specks
  }

  /// In pixels.
  public let width: Int
  /// In pixels.
  public let height: Int
  /// Row by row, 0 black to 255 white.
  public private(set) var pixels: [UInt8] = []

  /// Draws a digit of 28×28 pixels, 0 background to 255 ink, on a page of that size.
  ///
  /// - Parameters:
  ///   - isBoard: chalk on a board instead of a pen on paper.
  ///   - seed: what chance decides: angles up to 15 degrees, sizes, places, pens, lights.
  public init(_ digit: [UInt8], width: Int, height: Int, _ extras: [Extra], isBoard: Bool, seed: UInt64) {
    (self.width, self.height) = (width, height)
    var random = TestRandom(seed)
    func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * (Double(random.float()) + 1) / 2 }

    let (w, h) = (Double(width), Double(height))
    let extent = min(w, h)
    let (paper, pen) = isBoard ? (between(30, 50), between(190, 240)) : (between(225, 250), between(20, 110))
    let angle = between(-15, 15) * .pi / 180
    let (cosine, sine) = (approximateCosine(angle), angle - angle * angle * angle / 6)
    let scale = 28 / (extent * between(0.55, 0.8))
    let (centerX, centerY) = (w / 2 + between(-0.06, 0.06) * w, h / 2 + between(-0.06, 0.06) * h)
    let (fading, shadowX, shadowY) = (between(30, 80), between(-1, 1), between(-1, 1))
    let (shadowDepth, border, slant) = (between(0.6, 0.85), between(0.02, 0.08) * extent, between(-0.03, 0.03))
    let pitch = between(0.06, 0.14) * extent
    let specks = (0..<24).map { _ in (x: Int(between(0, w)), y: Int(between(0, h))) }

    func ink(_ x: Int, _ y: Int) -> Double {
      let (dx, dy) = ((Double(x) + 0.5 - centerX) * scale, (Double(y) + 0.5 - centerY) * scale)
      let (u, v) = (cosine * dx + sine * dy + 13.5, cosine * dy - sine * dx + 13.5)
      let (column, row) = (Int(u.rounded(.down)), Int(v.rounded(.down)))
      func at(_ x: Int, _ y: Int) -> Double { 0..<28 ~= x && 0..<28 ~= y ? Double(digit[y * 28 + x]) : 0 }
      let (a, b) = (u - Double(column), v - Double(row))
      let gray =
        (at(column, row) * (1 - a) + at(column + 1, row) * a) * (1 - b)
        + (at(column, row + 1) * (1 - a) + at(column + 1, row + 1) * a) * b
      return min(max(gray / 255 * 2 - 0.4, 0), 1)  // a pen's border is sharper than 28 pixels show
    }
    func isLine(_ position: Double) -> Bool { position.truncatingRemainder(dividingBy: pitch) < max(1, extent / 250) }

    for y in 0..<height {
      for x in 0..<width {
        let (px, py) = (Double(x), Double(y))
        var gray = paper
        let isRuled = extras.contains(.ruled) || extras.contains(.squared)
        if isRuled, isLine(py) || extras.contains(.squared) && isLine(px) { gray += isBoard ? 40 : -45 }
        if extras.contains(.specks), specks.contains(where: { 0..<3 ~= x - $0.x && 0..<3 ~= y - $0.y }) {
          gray = isBoard ? 230 : 40
        }
        let share = ink(x, y)
        gray = gray * (1 - share) + pen * share
        if extras.contains(.shading) {
          gray = isBoard ? gray * 0.6 + fading * px / w : gray * (1 - fading / 255 * px / w)
        }
        if extras.contains(.shadow), shadowX * (px - w / 2) + shadowY * (py - h / 2) > 0.1 * extent {
          gray *= shadowDepth
        }
        let depth = min(px + slant * py, w - 1 - px - slant * py, py + slant * px, h - 1 - py - slant * px)
        if extras.contains(.frame) && depth < border || extras.contains(.scanEdge) && px < border + slant * py {
          gray = 25
        }
        pixels.append(UInt8(min(max(gray + between(-5, 5), 0), 255)))
      }
    }
  }
}

private func approximateCosine(_ angle: Double) -> Double { 1 - angle * angle / 2 }
