import Kobai
import KobaiReport

/// The convolution layer, forward and backward, against seven nested loops.
public struct ConvolutionNaive: Experiment {
  public let about = About(
    "ch07/convolution", .convolutionLayer, en: "The convolution layer against naive loops, forward and backward",
    ja: "Convolutionレイヤの順伝播・逆伝播：単純なループとの比較")
  @Setting("kernel", in: 1...7, en: "sides of a filter", ja: "フィルターの1辺の長さ") var kernel = 3
  @Setting("filters", in: 1...64, en: "filters", ja: "フィルターの枚数") var filters = 4
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    var figures: [String: [Double]] = [:]
    for (stride, padding) in [(1, 0), (1, 1), (2, 1)] {
      let s = Conv2DShape(
        batch: 2, channels: 3, input: 7, filters: filters, kernel: Size2D(kernel), stride: Size2D(stride),
        padding: Size2D(padding))
      let x = lab.floats(s.inputCount, stream: 1)
      let w = lab.floats(s.weightCount, stream: 2)
      let b = lab.floats(s.filters, stream: 3)
      let dy = lab.floats(s.outputCount, stream: 4)
      var y = dy
      try lab.kernels.conv2DForward(s, x.span, weight: w.span, bias: b.span, into: y.mutableSpan)
      var (dx, dw, db) = (x, w, b)
      try lab.kernels.conv2DBackward(
        s, dy.span, x: x.span, weight: w.span, dx: dx.mutableSpan, dWeight: dw.mutableSpan, dBias: db.mutableSpan)
      let naive = Self.loops(s, x, w, b, dy)
      let differences = [(y, naive.y), (dx, naive.dx), (dw, naive.dw), (db, naive.db)].map {
        largestDifference($0.0, $0.1)
      }
      figures["stride \(stride), padding \(padding)"] = differences
      lab.say(
        en:
          "stride \(stride), padding \(padding): output \(s.output), largest differences y \(differences[0]), dx \(differences[1]), dW \(differences[2]), db \(differences[3])",
        ja:
          "ストライド \(stride)、パディング \(padding)：出力 \(s.output)、差の最大値 y \(differences[0])、dx \(differences[1])、dW \(differences[2])、db \(differences[3])"
      )
    }
    lab.explainRounding()
    return Outcome(figures)
  }

  /// Sums over everything, as the formulas say it.
  static func loops(
    _ s: Conv2DShape, _ x: [Float], _ w: [Float], _ b: [Float], _ dy: [Float]
  ) -> (y: [Double], dx: [Double], dw: [Double], db: [Double]) {
    var y = [Double](repeating: 0, count: s.outputCount)
    var dx = [Double](repeating: 0, count: x.count)
    var dw = [Double](repeating: 0, count: w.count)
    var db = [Double](repeating: 0, count: b.count)
    for n in 0..<s.batch {
      for f in 0..<s.filters {
        for oy in 0..<s.output.height {
          for ox in 0..<s.output.width {
            let o = ((n * s.filters + f) * s.output.height + oy) * s.output.width + ox
            y[o] = Double(b[f])
            db[f] += Double(dy[o])
            for c in 0..<s.channels {
              for ky in 0..<s.kernel.height {
                for kx in 0..<s.kernel.width {
                  let (iy, ix) = (
                    oy * s.stride.height - s.padding.height + ky, ox * s.stride.width - s.padding.width + kx
                  )
                  guard iy >= 0, iy < s.input.height, ix >= 0, ix < s.input.width else { continue }
                  let i = ((n * s.channels + c) * s.input.height + iy) * s.input.width + ix
                  let k = ((f * s.channels + c) * s.kernel.height + ky) * s.kernel.width + kx
                  y[o] += Double(x[i]) * Double(w[k])
                  dx[i] += Double(dy[o]) * Double(w[k])
                  dw[k] += Double(dy[o]) * Double(x[i])
                }
              }
            }
          }
        }
      }
    }
    return (y, dx, dw, db)
  }
}

func largestDifference(_ a: [Float], _ b: [Double]) -> Double {
  zip(a, b).map { abs(Double($0) - $1) }.max() ?? .nan
}
