import Kobai
import KobaiReport
import KobaiScratch

/// Max pooling, forward and backward, against naive loops: the gradient goes to the largest element of each window.
public struct PoolingNaive: Experiment {
  public let about = About(
    "ch07/pooling", .poolingLayer, en: "The pooling layer against naive loops, forward and backward",
    ja: "Poolingレイヤの順伝播・逆伝播：単純なループとの比較")
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let example: [Float] = [1, 2, 1, 0, 0, 1, 2, 3, 3, 0, 1, 2, 2, 4, 0, 1]  // the book's figure 7-14
    let small = Pool2DShape(planes: 1, input: 4, window: 2)
    var (y, indices) = ([Float](repeating: 0, count: 4), [UInt8](repeating: 0, count: 4))
    try lab.kernels.maxPool2DForward(small, example.span, into: y.mutableSpan, argmax: indices.mutableSpan)
    let (before, after) = (
      NDArray(shape: [4, 4], example.map(Double.init)), NDArray(shape: [2, 2], y.map(Double.init))
    )
    lab.say(
      en: "2×2 max pooling of\n\(before.integerDescription)\ngives\n\(after.integerDescription)",
      ja: "2×2のMaxプーリング：入力\n\(before.integerDescription)\n出力\n\(after.integerDescription)")

    let s = Pool2DShape(planes: 6, input: 9, window: 3, stride: 2)
    let x = lab.floats(s.inputCount, stream: 1)
    let dy = lab.floats(s.outputCount, stream: 2)
    var (out, argmax) = ([Float](repeating: 0, count: s.outputCount), [UInt8](repeating: 0, count: s.outputCount))
    try lab.kernels.maxPool2DForward(s, x.span, into: out.mutableSpan, argmax: argmax.mutableSpan)
    var dx = x
    try lab.kernels.maxPool2DBackward(s, dy.span, argmax: argmax.span, into: dx.mutableSpan)
    var naive = [Double](repeating: 0, count: s.outputCount)
    var gradient = [Double](repeating: 0, count: x.count)
    for p in 0..<s.planes {
      for oy in 0..<s.output.height {
        for ox in 0..<s.output.width {
          let o = (p * s.output.height + oy) * s.output.width + ox
          let window = (0..<9).map { (p * 9 + oy * 2 + $0 / 3) * 9 + ox * 2 + $0 % 3 }
          let best = window.reduce(window[0]) { x[$1] > x[$0] ? $1 : $0 }
          naive[o] = Double(x[best])
          gradient[best] += Double(dy[o])
        }
      }
    }
    let differences = [largestDifference(out, naive), largestDifference(dx, gradient)]
    lab.say(
      en: "largest differences: y \(differences[0]), dx \(differences[1])",
      ja: "差の最大値：y \(differences[0])、dx \(differences[1])")
    lab.explainRounding()
    return Outcome(["example": y.map(Double.init), "differences": differences])
  }
}
