/// Resamples a line of pixels: to a coarser grid by averaging over each new pixel's area, to a finer one by linear
/// interpolation between the centres of the old pixels. Pixels beyond the ends of the line count as zero.
struct Resampling {
  /// The weights of one new pixel, for the old pixels from `first` on.
  private struct Blend {
    let first: Int
    let weights: [Float]
  }

  private let blends: [Blend]
  /// The old pixels that are used.
  let source: Range<Int>
  /// The number of new pixels.
  var count: Int { blends.count }

  /// - Parameters:
  ///   - old: the number of old pixels.
  ///   - new: the number of new ones.
  ///   - start: where the first new pixel begins, in old pixels.
  ///   - step: how many old pixels a new one covers.
  init(from old: Int, to new: Int, start: Double, step: Double) {
    /// The share of an old pixel in a new one that begins at `edge`.
    func weight(of pixel: Int, at edge: Double) -> Double {
      let position = Double(pixel)
      return step >= 1
        ? (min(edge + step, position + 1) - max(edge, position)) / step
        : 1 - abs(edge + step / 2 - (position + 0.5))
    }
    let reach = max(step, 2)  // old pixels that a new one may take from
    blends = (0..<new).map { i in
      let edge = start + Double(i) * step
      let first = edge + step / 2 - reach / 2
      let near = Int(first.rounded(.down))..<Int((first + reach).rounded(.up))
      let used = near.clamped(to: 0..<old).filter { weight(of: $0, at: edge) > 0 }
      return Blend(first: used.first ?? 0, weights: used.map { Float(weight(of: $0, at: edge)) })
    }
    let inside = blends.filter { !$0.weights.isEmpty }
    source = (inside.map(\.first).min() ?? 0)..<(inside.map { $0.first + $0.weights.count }.max() ?? 0)
  }

  /// The new pixel at `index`, `pixel` giving the old ones.
  func sum(at index: Int, _ pixel: (Int) -> Float) -> Float {
    let blend = blends[index]
    var sum: Float = 0
    for i in blend.weights.indices { sum += blend.weights[i] * pixel(blend.first + i) }
    return sum
  }
}
