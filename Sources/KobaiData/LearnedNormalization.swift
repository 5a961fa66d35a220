import KobaiKernels
import KobaiPreconditions

extension Normalization {
  /// The normalisation to mean 0 and deviation 1 over samples: of each channel of their inputs, or of each column of a table.
  /// What is constant over all of them has the deviation 1. Bytes of images are summed exactly, other inputs in double precision
  /// and in the order of the indices, so that the same samples give the same bits.
  ///
  /// - Parameters:
  ///   - source: where the samples come from.
  ///   - indices: the samples to learn from, those to train on; all of them unless given.
  ///   - kernels: what loads the inputs.
  /// - Throws: ``SampleError`` where an input is no finite number, and what the source throws.
  public static func learned(
    from source: any SampleSource, indices: [Int32]? = nil, on kernels: Kernels = .default
  ) throws -> Normalization {
    let indices = indices ?? (0..<Int32(source.count)).map { $0 }
    require(!indices.isEmpty, "no samples to learn a normalisation from")
    for i in indices { require(i >= 0 && Int(i) < source.count, "sample \(i) of \(source.count)") }
    if let images = source.images { return learned(fromBytes: images, indices) }
    return try learned(fromNumbers: source, indices, kernels)
  }

  private static func learned(fromBytes set: ImageSet, _ indices: [Int32]) -> Normalization {
    let (pixels, plane) = (set.pixels, set.size.area)
    var counts = [Int](repeating: 0, count: set.channels * 256)  // how often each byte occurs in each channel
    var table = counts.mutableSpan
    for i in indices {
      for c in 0..<set.channels {
        let first = (Int(i) * set.channels + c) * plane
        for p in first..<first + plane { table[c * 256 + Int(pixels[p])] += 1 }
      }
    }
    let count = Double(indices.count * plane)
    let moments = (0..<set.channels).map { c in
      let (sum, squares) = (0..<256).reduce((0, 0)) { sums, byte in
        let n = counts[c * 256 + byte]
        return (sums.0 + n * byte, sums.1 + n * byte * byte)
      }
      let mean = Double(sum) / count
      // Of integers, so that nothing cancels: n Σx² − (Σx)² is 0 where all bytes are the same.
      let variance = (count * Double(squares) - Double(sum) * Double(sum)) / (count * count)
      return (mean / 255, max(variance, 0).squareRoot() / 255)
    }
    return Normalization(moments: moments)
  }

  private static func learned(
    fromNumbers source: any SampleSource, _ indices: [Int32], _ kernels: Kernels
  ) throws -> Normalization {
    let sample = source.inputShape.reduce(1, *)
    let channels = source.inputShape.first ?? 1
    let plane = sample / channels
    let block = max(1, 65536 / sample)  // samples that are loaded together

    /// Calls `visit` with every number, its channel and the place of its sample in `indices`.
    func forEach(_ visit: (Double, Int, Int) throws -> Void) throws {
      var start = 0
      while start < indices.count {
        let count = min(indices.count - start, block)
        var inputs = [Float](repeating: 0, count: count * sample)
        try source.loadInputs(
          indices.span.extracting(start..<start + count), into: inputs.mutableSpan, on: kernels)
        for i in 0..<count {
          for c in 0..<channels {
            for p in 0..<plane { try visit(Double(inputs[i * sample + c * plane + p]), c, start + i) }
          }
        }
        start += count
      }
    }

    var sums = [Double](repeating: 0, count: channels)
    var extremes = [(least: Double, greatest: Double)](repeating: (.infinity, -.infinity), count: channels)
    try forEach { x, c, i in
      guard x.isFinite else { throw SampleError.notFinite(x, sample: Int(indices[i]), channel: c) }
      sums[c] += x
      extremes[c] = (min(extremes[c].least, x), max(extremes[c].greatest, x))
    }
    let count = Double(indices.count * plane)
    let means = sums.map { $0 / count }
    var squares = [Double](repeating: 0, count: channels)
    try forEach { x, c, _ in squares[c] += (x - means[c]) * (x - means[c]) }
    return Normalization(
      moments: (0..<channels).map { c in
        let isConstant = extremes[c].least == extremes[c].greatest
        return isConstant ? (extremes[c].least, 0) : (means[c], (squares[c] / count).squareRoot())
      })
  }

  private init(moments: [(mean: Double, deviation: Double)]) {
    self.init(
      means: moments.map { Float($0.mean) },
      deviations: moments.map { Float($0.deviation) < .leastNormalMagnitude ? 1 : Float($0.deviation) })
  }
}
