/// One channel of a picture, and grayscale morphology on it (J. Serra, Image Analysis and Mathematical Morphology, 1982).
struct Plane: Equatable {
  let width: Int
  let height: Int
  /// The values row by row.
  let values: [UInt8]

  /// A picture's channel; inverted, light becomes dark.
  init(_ picture: Picture, channel: Int, isInverted: Bool) {
    let (pixels, flip) = (picture.pixels.span, isInverted ? UInt8.max : 0)
    self.init(
      width: picture.width, height: picture.height,
      values: (0..<picture.width * picture.height).map { pixels[$0 * picture.channels + channel] ^ flip })
  }

  init(width: Int, height: Int, values: [UInt8]) { (self.width, self.height, self.values) = (width, height, values) }

  /// The closing: every dark spot into which no window of `side` × `side` pixels fits is filled with what surrounds it.
  /// Beyond the picture windows go on over nothing, so that brightness that rises or falls up to the edge stays, and so does
  /// a dark frame around the picture.
  func closed(side: Int) -> Plane {
    let margin = side - 1
    let dilated = padded(margin, with: 0).extremes(side, max).transposed.padded(margin, with: 0).extremes(side, max)
    return dilated.extremes(side, min).transposed.extremes(side, min)
  }

  /// The erosion: every pixel becomes the darkest of the 3×3 around it.
  var eroded: Plane {
    func narrowed(_ plane: Plane) -> Plane { plane.padded(1, with: .max).extremes(3, min).transposed }
    return narrowed(narrowed(self))
  }

  private var transposed: Plane {
    let source = values.span
    var transposed = [UInt8](repeating: 0, count: values.count)
    for y in 0..<height {
      for x in 0..<width { transposed[x * height + y] = source[y * width + x] }
    }
    return Plane(width: height, height: width, values: transposed)
  }

  private func padded(_ margin: Int, with value: UInt8) -> Plane {
    let wide = width + 2 * margin
    var padded = [UInt8](repeating: value, count: wide * height)
    for y in 0..<height {
      padded.replaceSubrange(y * wide + margin..<y * wide + margin + width, with: values[y * width..<(y + 1) * width])
    }
    return Plane(width: wide, height: height, values: padded)
  }

  /// The least or greatest of every `window` neighbours in a row, in three steps a pixel whatever the window (M. van Herk,
  /// Pattern Recognition Letters 13, 1992): rows become `window` − 1 shorter.
  private func extremes(_ window: Int, _ pick: (UInt8, UInt8) -> UInt8) -> Plane {
    let count = width - window + 1
    let source = values.span
    var picked = [UInt8](repeating: 0, count: count * height)
    // The extremes of the pixels from the start of each one's block of `window` to it, and from it to the block's end.
    var fromStart = [UInt8](repeating: 0, count: width)
    var toEnd = fromStart
    for y in 0..<height {
      let row = y * width
      for start in stride(from: 0, to: width, by: window) {
        let end = min(start + window, width)
        var best = source[row + start]
        for x in start..<end {
          best = pick(best, source[row + x])
          fromStart[x] = best
        }
        best = source[row + end - 1]
        for x in (start..<end).reversed() {
          best = pick(best, source[row + x])
          toEnd[x] = best
        }
      }
      for x in 0..<count { picked[y * count + x] = pick(toEnd[x], fromStart[x + window - 1]) }
    }
    return Plane(width: count, height: height, values: picked)
  }
}
