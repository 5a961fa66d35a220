extension Picture {
  /// The picture in another size, whatever its proportions: smoothed where it becomes smaller, so that no pixel is left out, and
  /// interpolated where it becomes larger (bilinear with antialiasing, as Pillow and torchvision have it).
  ///
  /// - Parameters:
  ///   - width: the new width in pixels.
  ///   - height: the new height in pixels.
  public func resized(width newWidth: Int, height newHeight: Int) -> Picture {
    guard newWidth != width || newHeight != height else { return self }
    let (columns, rows) = (Triangle(from: width, to: newWidth), Triangle(from: height, to: newHeight))
    let source = pixels.span
    // Lines first, then columns of what they became.
    var lines = [Float](repeating: 0, count: height * newWidth * channels)
    for y in 0..<height {
      for x in 0..<newWidth {
        let blend = columns.blends[x]
        for c in 0..<channels {
          var sum: Float = 0
          for (i, weight) in blend.weights.enumerated() {
            sum += weight * Float(source[(y * width + blend.first + i) * channels + c])
          }
          lines[(y * newWidth + x) * channels + c] = sum
        }
      }
    }
    let row = newWidth * channels
    var resized = [UInt8](repeating: 0, count: newHeight * row)
    for y in 0..<newHeight {
      let blend = rows.blends[y]
      for x in 0..<row {
        var sum: Float = 0
        for (i, weight) in blend.weights.enumerated() { sum += weight * lines[(blend.first + i) * row + x] }
        resized[y * row + x] = UInt8(min(max(sum.rounded(), 0), 255))
      }
    }
    return Picture(width: newWidth, height: newHeight, channels: channels, pixels: resized)
  }
}

/// The weights of a triangle as wide as two new pixels, or as two old ones where those are wider.
private struct Triangle {
  let blends: [(first: Int, weights: [Float])]

  init(from old: Int, to new: Int) {
    let scale = Double(old) / Double(new)
    let reach = max(scale, 1)
    blends = (0..<new).map { i in
      let centre = (Double(i) + 0.5) * scale
      let first = max(Int((centre - reach + 0.5).rounded(.down)), 0)
      let end = min(Int((centre + reach + 0.5).rounded(.down)), old)
      let weights = (first..<end).map { max(1 - abs((Double($0) + 0.5 - centre) / reach), 0) }
      let sum = weights.reduce(0, +)
      return (first, weights.map { Float($0 / sum) })
    }
  }
}
