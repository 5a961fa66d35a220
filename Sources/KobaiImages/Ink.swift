/// How much of each pixel of a picture was written on, whatever the colours of paper and pen.
struct Ink {
  let image: GrayImage
  /// The ink of each gray, 0 ... 1.
  let shares: [Float]

  /// The fewest grays between background and ink; less is nothing that anyone sees.
  private static let leastContrast = 8

  /// Tells ink from background: the background is the median of the picture's border, and whatever lies farthest from it
  /// is ink.
  init(of image: GrayImage) throws(BlankImage) {
    var border = [Int](repeating: 0, count: 256)
    var (darkest, lightest) = (UInt8.max, UInt8.min)
    let pixels = image.pixels.span
    for y in 0..<image.height {
      let isEdge = y == 0 || y == image.height - 1
      for x in 0..<image.width {
        let gray = pixels[y * image.width + x]
        (darkest, lightest) = (min(darkest, gray), max(lightest, gray))
        if isEdge || x == 0 || x == image.width - 1 { border[Int(gray)] += 1 }
      }
    }
    let background = Self.median(border)
    let isLight = background - Int(darkest) > Int(lightest) - background
    let contrast = isLight ? background - Int(darkest) : Int(lightest) - background

    // The median deviation tells how rough the background is: six of them are four standard deviations of noise.
    var deviations = [Int](repeating: 0, count: 256)
    for gray in 0..<256 { deviations[abs(gray - background)] += border[gray] }
    let noise = 6 * Self.median(deviations)
    guard contrast >= max(Self.leastContrast, 2 * noise) else { throw BlankImage() }

    self.image = image
    shares = (0..<256).map { gray in
      let distance = isLight ? background - gray : gray - background
      return Float(min(max(distance - noise, 0), contrast - noise)) / Float(contrast - noise)
    }
  }

  /// The middle value of a histogram.
  private static func median(_ histogram: [Int]) -> Int {
    let half = (histogram.reduce(0, +) + 1) / 2
    var seen = 0
    return histogram.firstIndex { count in
      seen += count
      return seen >= half
    } ?? 0
  }

  /// How the ink lies along the picture's height, and along its width.
  var profiles: (rows: InkProfile, columns: InkProfile) {
    var rows = InkProfile(count: image.height)
    var columns = InkProfile(count: image.width)
    let pixels = image.pixels.span
    for y in 0..<image.height {
      for x in 0..<image.width {
        let share = shares[Int(pixels[y * image.width + x])]
        rows.add(share, at: y)
        columns.add(share, at: x)
      }
    }
    return (rows, columns)
  }

  /// The ink of the pixels that `down` and `across` make of the picture's.
  func resampled(_ down: Resampling, _ across: Resampling) -> [Float] {
    let pixels = image.pixels.span
    var narrow = [Float](repeating: 0, count: image.height * across.count)
    for y in down.source {
      for x in 0..<across.count {
        narrow[y * across.count + x] = across.sum(at: x) { shares[Int(pixels[y * image.width + $0])] }
      }
    }
    return (0..<down.count).flatMap { y in
      (0..<across.count).map { x in down.sum(at: y) { narrow[$0 * across.count + x] } }
    }
  }
}
