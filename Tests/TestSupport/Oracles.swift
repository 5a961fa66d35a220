// What the kernels should compute, written down once in the plainest way and in Double. Slow and easy to believe.

public enum Oracle {
  /// op(A) · op(B), and for each element the sum of the absolute products, which rounding errors scale with.
  public static func product(
    m: Int, n: Int, k: Int, transposeA: Bool = false, transposeB: Bool = false, lda: Int, ldb: Int, _ a: [Double],
    _ b: [Double]
  ) -> (sum: [Double], magnitude: [Double]) {
    var sum = [Double](repeating: 0, count: m * n)
    var magnitude = sum
    for i in 0..<m {
      for j in 0..<n {
        for p in 0..<k {
          let product = (transposeA ? a[p * lda + i] : a[i * lda + p]) * (transposeB ? b[j * ldb + p] : b[p * ldb + j])
          sum[i * n + j] += product
          magnitude[i * n + j] += abs(product)
        }
      }
    }
    return (sum, magnitude)
  }

  /// The sizes of a convolution or pooling.
  public struct Window: Sendable {
    public var batch = 1, channels = 1, height = 1, width = 1
    public var filters = 1, kernelHeight = 1, kernelWidth = 1
    public var strideHeight = 1, strideWidth = 1, padHeight = 0, padWidth = 0
    public var dilationHeight = 1, dilationWidth = 1, groups = 1

    public init() {}

    public var outHeight: Int { (height + 2 * padHeight - dilationHeight * (kernelHeight - 1) - 1) / strideHeight + 1 }
    public var outWidth: Int { (width + 2 * padWidth - dilationWidth * (kernelWidth - 1) - 1) / strideWidth + 1 }
    public var inputCount: Int { batch * channels * height * width }
    public var weightCount: Int { filters * channels / groups * kernelHeight * kernelWidth }
    /// The channels that a filter sees.
    func channels(of filter: Int) -> Range<Int> {
      let first = filter / (filters / groups) * (channels / groups)
      return first..<first + channels / groups
    }
    public var outputCount: Int { batch * filters * outHeight * outWidth }

    /// Calls `body` for each pair of an output pixel and an input pixel under its window.
    func forEachTap(_ body: (_ out: (Int, Int), _ tap: (Int, Int), _ input: (Int, Int)) -> Void) {
      for oy in 0..<outHeight {
        for ox in 0..<outWidth {
          for ky in 0..<kernelHeight {
            for kx in 0..<kernelWidth {
              let (y, x) = (
                oy * strideHeight - padHeight + ky * dilationHeight, ox * strideWidth - padWidth + kx * dilationWidth
              )
              if y >= 0 && y < height && x >= 0 && x < width { body((oy, ox), (ky, kx), (y, x)) }
            }
          }
        }
      }
    }
  }

  public static func convolution(_ s: Window, _ x: [Double], _ w: [Double], _ bias: [Double]) -> [Double] {
    var y = [Double](repeating: 0, count: s.outputCount)
    for n in 0..<s.batch {
      for f in 0..<s.filters {
        let plane = (n * s.filters + f) * s.outHeight * s.outWidth
        for i in 0..<s.outHeight * s.outWidth { y[plane + i] = bias[f] }
        let seen = s.channels(of: f)
        for c in seen {
          s.forEachTap { out, tap, input in
            y[plane + out.0 * s.outWidth + out.1] +=
              x[((n * s.channels + c) * s.height + input.0) * s.width + input.1]
              * w[((f * seen.count + c - seen.lowerBound) * s.kernelHeight + tap.0) * s.kernelWidth + tap.1]
          }
        }
      }
    }
    return y
  }

  /// The largest element of each window, and where it is in its plane.
  public static func maxPool(_ s: Window, _ x: [Double]) -> (y: [Double], place: [Int]) {
    let planes = s.batch * s.channels
    var y = [Double](repeating: -.infinity, count: planes * s.outHeight * s.outWidth)
    var place = [Int](repeating: -1, count: y.count)
    for p in 0..<planes {
      s.forEachTap { out, _, input in
        let (to, from) = (
          p * s.outHeight * s.outWidth + out.0 * s.outWidth + out.1,
          p * s.height * s.width + input.0 * s.width + input.1
        )
        if x[from] > y[to] { (y[to], place[to]) = (x[from], from) }
      }
    }
    return (y, place)
  }

  /// By how much the largest element of a window, whose places are those of ``maxPool(_:_:)``, exceeds any other one that is
  /// not its equal.
  public static func smallestLead(_ s: Window, _ x: [Double], _ place: [Int]) -> Double {
    var smallest = Double.infinity
    for p in 0..<s.batch * s.channels {
      s.forEachTap { out, _, input in
        let largest = x[place[p * s.outHeight * s.outWidth + out.0 * s.outWidth + out.1]]
        let other = x[p * s.height * s.width + input.0 * s.width + input.1]
        if other != largest { smallest = min(smallest, largest - other) }
      }
    }
    return smallest
  }

  public static func averagePool(_ s: Window, _ x: [Double]) -> [Double] {
    let planes = s.batch * s.channels
    var y = [Double](repeating: 0, count: planes * s.outHeight * s.outWidth)
    for p in 0..<planes {
      s.forEachTap { out, _, input in
        y[p * s.outHeight * s.outWidth + out.0 * s.outWidth + out.1] +=
          x[p * s.height * s.width + input.0 * s.width + input.1] / Double(s.kernelHeight * s.kernelWidth)
      }
    }
    return y
  }

  /// Batch normalisation with the batch's own statistics, which are returned with it.
  public static func batchNorm(
    batch: Int, channels: Int, plane: Int, epsilon: Double, _ x: [Double], gamma: [Double], beta: [Double]
  ) -> (y: [Double], mean: [Double], variance: [Double]) {
    var y = x
    var means: [Double] = []
    var variances: [Double] = []
    for c in 0..<channels {
      let places = (0..<batch).flatMap { n in (0..<plane).map { (n * channels + c) * plane + $0 } }
      let mean = places.reduce(0) { $0 + x[$1] } / Double(places.count)
      let variance = places.reduce(0) { $0 + (x[$1] - mean) * (x[$1] - mean) } / Double(places.count)
      for i in places { y[i] = gamma[c] * (x[i] - mean) / (variance + epsilon).squareRoot() + beta[c] }
      means.append(mean)
      variances.append(variance)
    }
    return (y, means, variances)
  }
}

extension Oracle {
  /// The sizes of a transposed convolution, which spreads each pixel over a window of the output.
  public struct Spread: Sendable {
    public var batch = 1, channels = 1, height = 1, width = 1
    public var filters = 1, kernelHeight = 1, kernelWidth = 1, groups = 1
    public var strideHeight = 1, strideWidth = 1, padHeight = 0, padWidth = 0
    public var moreRows = 0, moreColumns = 0, dilationHeight = 1, dilationWidth = 1

    public init() {}

    public var outHeight: Int {
      (height - 1) * strideHeight - 2 * padHeight + dilationHeight * (kernelHeight - 1) + moreRows + 1
    }
    public var outWidth: Int {
      (width - 1) * strideWidth - 2 * padWidth + dilationWidth * (kernelWidth - 1) + moreColumns + 1
    }
    public var inputCount: Int { batch * channels * height * width }
    public var weightCount: Int { channels * filters / groups * kernelHeight * kernelWidth }
    public var outputCount: Int { batch * filters * outHeight * outWidth }

    /// Calls `body` with the places of each product x · w and of the element of y that it is added to.
    func forEachProduct(_ body: (_ x: Int, _ w: Int, _ y: Int) -> Void) {
      let (channelsOfGroup, filtersOfGroup) = (channels / groups, filters / groups)
      for plane in 0..<batch * channels {
        let (image, channel) = (plane / channels, plane % channels)
        for own in 0..<filtersOfGroup {
          let filter = channel / channelsOfGroup * filtersOfGroup + own
          for pixel in 0..<height * width {
            for tap in 0..<kernelHeight * kernelWidth {
              let row = pixel / width * strideHeight - padHeight + tap / kernelWidth * dilationHeight
              let column = pixel % width * strideWidth - padWidth + tap % kernelWidth * dilationWidth
              guard row >= 0, row < outHeight, column >= 0, column < outWidth else { continue }
              body(
                plane * height * width + pixel, (channel * filtersOfGroup + own) * kernelHeight * kernelWidth + tap,
                ((image * filters + filter) * outHeight + row) * outWidth + column)
            }
          }
        }
      }
    }
  }

  public static func transposedConvolution(_ s: Spread, _ x: [Double], _ w: [Double], _ bias: [Double]) -> [Double] {
    let plane = s.outHeight * s.outWidth
    var y = (0..<s.outputCount).map { bias[$0 / plane % s.filters] }
    s.forEachProduct { y[$2] += x[$0] * w[$1] }
    return y
  }

  /// The gradients of Σ y · dy, y the transposed convolution.
  public static func transposedConvolutionGradients(
    _ s: Spread, _ x: [Double], _ w: [Double], _ dy: [Double]
  ) -> (dx: [Double], dw: [Double], db: [Double]) {
    var dx = [Double](repeating: 0, count: x.count)
    var dw = [Double](repeating: 0, count: w.count)
    var db = [Double](repeating: 0, count: s.filters)
    s.forEachProduct {
      dx[$0] += dy[$2] * w[$1]
      dw[$1] += dy[$2] * x[$0]
    }
    for i in dy.indices { db[i / (s.outHeight * s.outWidth) % s.filters] += dy[i] }
    return (dx, dw, db)
  }

  /// The gradients of Σ y · dy, y the convolution.
  public static func convolutionGradients(
    _ s: Window, _ x: [Double], _ w: [Double], _ dy: [Double]
  ) -> (dx: [Double], dw: [Double], db: [Double]) {
    var dx = [Double](repeating: 0, count: x.count)
    var dw = [Double](repeating: 0, count: w.count)
    var db = [Double](repeating: 0, count: s.filters)
    let plane = s.outHeight * s.outWidth
    for n in 0..<s.batch {
      for f in 0..<s.filters {
        let out = (n * s.filters + f) * plane
        db[f] += dy[out..<out + plane].reduce(0, +)
        let seen = s.channels(of: f)
        for c in seen {
          s.forEachTap { place, tap, input in
            let xi = ((n * s.channels + c) * s.height + input.0) * s.width + input.1
            let wi = ((f * seen.count + c - seen.lowerBound) * s.kernelHeight + tap.0) * s.kernelWidth + tap.1
            let d = dy[out + place.0 * s.outWidth + place.1]
            dx[xi] += d * w[wi]
            dw[wi] += d * x[xi]
          }
        }
      }
    }
    return (dx, dw, db)
  }
}
