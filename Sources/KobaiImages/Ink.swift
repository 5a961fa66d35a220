/// How strongly each pixel of a picture stands out from its background towards ink, whatever the colours of paper and pen.
struct Ink {
  let width: Int
  let height: Int
  /// The strength of each pixel, row by row: 0 for the background, 255 for black on white, below 0 for what is lighter than the
  /// background.
  let strengths: [Int16]
  /// The strength up to which pixels are the background's roughness.
  let floor: Int
  /// The strength above which pixels are ink.
  let threshold: Int
  /// The strength above which pixels may be weaker ink, such as chalk in a shadow or a pen that runs dry. They may also be the
  /// lines of ruled paper, or a shadow.
  let weakThreshold: Int

  /// The fewest grays between background and ink; nobody sees less.
  private static let leastContrast = 8
  /// Backgrounds that are darker count as being so light: the contrast of ink in a shadow is stretched, but not without end.
  private static let darkestGround = 128

  /// - Parameter window: see ``Background``.
  /// - Throws: ``BlankImage`` where nothing stands out.
  init(of picture: Picture, isLight: Bool, window: Int? = nil) throws(BlankImage) {
    let strengths = Self.strengths(picture, Background(of: picture, inkIsLight: isLight, window: window), isLight)

    let middle = 512  // strengths lie between -510 and 510
    var histogram = [Int](repeating: 0, count: 2 * middle)
    let span = strengths.span
    for i in 0..<span.count { histogram[Int(span[i]) + middle] += 1 }
    let ground = Self.median(histogram) - middle
    var deviations = [Int](repeating: 0, count: 2 * middle)
    for (i, count) in histogram.enumerated() where count > 0 { deviations[abs(i - middle - ground)] += count }
    // Six median deviations are four standard deviations of noise.
    let noise = min(max(ground + 6 * Self.median(deviations), 0), 255)
    let least = max(noise, Self.leastContrast - 1)
    guard let split = Self.otsu(histogram, least + middle + 1..<2 * middle) else { throw BlankImage() }
    // Where there is strong ink alone, the split went through it; but all of it is ink.
    let above = split + 1..<2 * middle
    let strong = above.reduce(0) { $0 + histogram[$1] * ($1 - middle) } / max(above.reduce(0) { $0 + histogram[$1] }, 1)
    let limit = max(strong > 0 ? min(split - middle, 3 * strong / 5) : split - middle, least)
    let weak = Self.otsu(histogram, least + middle + 1..<limit + middle + 1)
    (width, height, self.strengths) = (picture.width, picture.height, strengths)
    (floor, threshold) = (noise, limit)
    weakThreshold = weak.map { $0 - middle } ?? threshold
  }

  /// How strong a gray is on a background: 255 for black, whatever the background.
  static func strength(of value: Int, on paper: Int) -> Int { (paper - value) * 255 / max(paper, darkestGround) }

  /// How much darker than its background each pixel is, in the channel where it is most.
  private static func strengths(_ picture: Picture, _ background: Background, _ isLight: Bool) -> [Int16] {
    let (width, factor, channels) = (picture.width, background.factor, picture.channels)
    let (columns, rows) = (background.planes[0].width, background.planes[0].height)
    let flip = isLight ? UInt8.max : 0
    /// Between which two of `count` coarse pixels a fine one lies, and how far from the first to the second, in 256ths.
    func neighbours(of pixel: Int, _ count: Int) -> (first: Int, second: Int, share: Int) {
      let position = max((2 * pixel + 1) * 128 / factor - 128, 0)
      let first = min(position / 256, count - 1)
      return (first, min(first + 1, count - 1), position % 256)
    }
    let across = (0..<width).map { neighbours(of: $0, columns) }
    var strengths = [Int16](repeating: .min, count: width * picture.height)
    let pixels = picture.pixels.span
    var ground = [Int](repeating: 0, count: columns)
    for c in 0..<channels {
      let plane = background.planes[c].values
      for y in 0..<picture.height {
        let (upper, lower, share) = neighbours(of: y, rows)
        for x in 0..<columns {
          ground[x] = Int(plane[upper * columns + x]) * (256 - share) + Int(plane[lower * columns + x]) * share
        }
        for x in 0..<width {
          let (left, right, share) = across[x]
          let paper = (ground[left] * (256 - share) + ground[right] * share + 1 << 15) >> 16
          let strength = strength(of: Int(pixels[(y * width + x) * channels + c] ^ flip), on: paper)
          strengths[y * width + x] = max(strengths[y * width + x], Int16(strength))
        }
      }
    }
    return strengths
  }

  /// The middle value of a histogram.
  static func median(_ histogram: [Int]) -> Int {
    let half = (histogram.reduce(0, +) + 1) / 2
    var seen = 0
    return histogram.firstIndex { count in
      seen += count
      return seen >= half
    } ?? 0
  }

  /// The one of these values that splits them best in two: the weak, such as the lines of ruled paper, and the strong (N.
  /// Otsu, IEEE Transactions on Systems, Man, and Cybernetics 9, 1979). Nil where there are none.
  private static func otsu(_ histogram: [Int], _ values: Range<Int>) -> Int? {
    let count = values.reduce(0) { $0 + histogram[$1] }
    guard count > 0 else { return nil }
    let sum = values.reduce(0) { $0 + histogram[$1] * $1 }
    var (below, sumBelow) = (0, 0)
    var best = (value: values.lowerBound - 1, variance: -1.0)
    for value in values {
      below += histogram[value]
      sumBelow += histogram[value] * value
      guard below > 0, below < count else { continue }
      let difference = Double(sumBelow) / Double(below) - Double(sum - sumBelow) / Double(count - below)
      let variance = Double(below) * Double(count - below) * difference * difference
      if variance > best.variance { best = (value, variance) }
    }
    return best.value
  }
}
