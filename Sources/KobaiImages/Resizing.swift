import KobaiPreconditions

extension Picture {
  /// The picture in another size, with antialiasing: bit for bit what Pillow's `resize` with `BILINEAR` makes, and so
  /// torchvision's `Resize(antialias=True)` of a Pillow picture. A triangle filter as wide as the step between new pixels, but at
  /// least as wide as that between old ones, goes first along rows, then along columns, each rounded to bytes.
  package func resized(width newWidth: Int, height newHeight: Int) -> Picture {
    resized(width: newWidth, height: newHeight, columns: 0..<newWidth, rows: 0..<newHeight)
  }

  /// Those columns and rows of the picture in another size. The others are not computed, so that a strip of a picture whose middle is
  /// wanted takes no more memory than others.
  package func resized(
    width newWidth: Int, height newHeight: Int, columns: Range<Int>, rows: Range<Int>
  ) -> Picture {
    require(!columns.isEmpty && !rows.isEmpty, "a picture of \(columns.count)×\(rows.count) has no pixels")
    require(
      columns.lowerBound >= 0 && rows.lowerBound >= 0 && columns.upperBound <= newWidth && rows.upperBound <= newHeight,
      "columns \(columns) and rows \(rows) of \(newWidth)×\(newHeight)")
    let narrow =
      newWidth == width
      ? cropped(x: columns.lowerBound, y: 0, width: columns.count, height: height)
      : stretched(to: newWidth, columns)
    return newHeight == height
      ? narrow.cropped(x: 0, y: rows.lowerBound, width: columns.count, height: rows.count)
      : narrow.stretchedVertically(to: newHeight, rows)
  }

  private func stretched(to newWidth: Int, _ columns: Range<Int>) -> Picture {
    let filter = TriangleFilter(from: width, to: newWidth, columns)
    let source = pixels.span
    var resized = [UInt8](repeating: 0, count: columns.count * height * channels)
    var target = resized.mutableSpan
    for y in 0..<height {
      for x in 0..<columns.count {
        let window = filter.windows[x]
        for c in 0..<channels {
          var sum = TriangleFilter.half
          for i in 0..<window.count {
            sum += Int32(source[(y * width + window.first + i) * channels + c]) * filter.weights[window.start + i]
          }
          target[(y * columns.count + x) * channels + c] = TriangleFilter.byte(sum)
        }
      }
    }
    return Picture(width: columns.count, height: height, channels: channels, pixels: resized)
  }

  private func stretchedVertically(to newHeight: Int, _ rows: Range<Int>) -> Picture {
    let filter = TriangleFilter(from: height, to: newHeight, rows)
    let (source, row) = (pixels.span, width * channels)
    var resized = [UInt8](repeating: 0, count: row * rows.count)
    var target = resized.mutableSpan
    for y in 0..<rows.count {
      let window = filter.windows[y]
      for x in 0..<row {
        var sum = TriangleFilter.half
        for i in 0..<window.count {
          sum += Int32(source[(window.first + i) * row + x]) * filter.weights[window.start + i]
        }
        target[y * row + x] = TriangleFilter.byte(sum)
      }
    }
    return Picture(width: width, height: rows.count, channels: channels, pixels: resized)
  }

  /// The part of the picture from column `x` and row `y` on; where it reaches beyond the picture it is black.
  package func cropped(x: Int, y: Int, width newWidth: Int, height newHeight: Int) -> Picture {
    if (x, y) == (0, 0), (newWidth, newHeight) == (width, height) { return self }
    let source = pixels.span
    var cropped = [UInt8](repeating: 0, count: newWidth * newHeight * channels)
    var target = cropped.mutableSpan
    let columns = max(0, -x)..<max(max(0, -x), min(newWidth, width - x))
    for row in max(0, -y)..<max(max(0, -y), min(newHeight, height - y)) {
      let from = ((row + y) * width + columns.lowerBound + x) * channels
      let to = (row * newWidth + columns.lowerBound) * channels
      for i in 0..<columns.count * channels { target[to + i] = source[from + i] }
    }
    return Picture(width: newWidth, height: newHeight, channels: channels, pixels: cropped)
  }

  /// The picture in gray, as Pillow converts to "L" (ITU-R BT.601), or with three equal channels.
  package func converted(channels wanted: Int) -> Picture {
    if wanted == channels { return self }
    let (source, count) = (pixels.span, width * height)
    let converted: [UInt8] =
      wanted == 1
      ? (0..<count).map { i in
        let sum = 19595 * Int(source[3 * i]) + 38470 * Int(source[3 * i + 1]) + 7471 * Int(source[3 * i + 2])
        return UInt8((sum + 0x8000) >> 16)
      }
      : (0..<3 * count).map { source[$0 / 3] }
    return Picture(width: width, height: height, channels: wanted, pixels: converted)
  }
}

/// The weights with which old pixels of a line make new ones, in fixed point as Pillow has them (Resample.c).
private struct TriangleFilter {
  /// Of a new pixel: the first old one, how many there are, and where their weights start.
  struct Window {
    let first: Int, count: Int, start: Int
  }

  private static let bits: Int32 = 32 - 8 - 2
  /// What a sum begins with, so that it is rounded.
  static let half: Int32 = 1 << (bits - 1)

  let windows: [Window]
  let weights: [Int32]

  /// - Parameter wanted: which of the `new` pixels are computed.
  init(from old: Int, to new: Int, _ wanted: Range<Int>) {
    let scale = Double(old) / Double(new)
    let support = max(scale, 1)
    var (windows, weights) = ([Window](), [Int32]())
    for i in wanted {
      let center = (Double(i) + 0.5) * scale
      let first = max(Int(center - support + 0.5), 0)
      let end = min(Int(center + support + 0.5), old)
      let exact = (first..<end).map { max(0, 1 - abs((Double($0) - center + 0.5) * (1 / support))) }
      let sum = exact.reduce(0, +)
      windows.append(Window(first: first, count: end - first, start: weights.count))
      weights += exact.map { Int32(0.5 + $0 / sum * Double(1 << Int(Self.bits))) }
    }
    (self.windows, self.weights) = (windows, weights)
  }

  static func byte(_ sum: Int32) -> UInt8 { UInt8(clamping: sum >> bits) }
}
