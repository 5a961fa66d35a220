import Kobai
import KobaiReport
import KobaiScratch

/// Max pooling, forward and backward, against naive loops: the gradient goes to the largest element of each window, and
/// nothing to the others. Where windows overlap, an element that is the largest of several gets the sum.
public struct PoolingNaive: Experiment {
  public let about = About(
    "ch07/pooling", .poolingLayer, en: "The pooling layer against naive loops, forward and backward",
    ja: "Poolingレイヤの順伝播・逆伝播：単純なループとの比較")
  @Setting("window", in: 1...4, en: "sides of a window", ja: "ウィンドウの1辺の長さ") var window = 2
  @Setting("stride", in: 1...4, en: "stride", ja: "ストライド") var stride = 2
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let x: [Float] = [1, 2, 1, 0, 0, 1, 2, 3, 3, 0, 1, 2, 2, 4, 0, 1]  // the book's figure 7-14
    let small = Pool2DShape(planes: 1, input: 4, window: Size2D(window), stride: Size2D(stride))
    let (y, dx) = try Self.pool(small, x, dy: [Float](repeating: 1, count: small.outputCount), lab)
    let side = small.output.height
    let (before, after, back) = (Self.matrix(x, 4), Self.matrix(y, side), Self.matrix(dx, 4))
    lab.say(
      en: "\(window)×\(window) max pooling with stride \(stride) of\n\(before.integerDescription)\ngives\n"
        + "\(after.integerDescription)\nand a gradient of ones goes back to\n\(back.integerDescription)",
      ja: "\(window)×\(window)のMaxプーリング（ストライド \(stride)）：入力\n\(before.integerDescription)\n出力\n"
        + "\(after.integerDescription)\n出力側の勾配をすべて1としたときの入力側の勾配\n\(back.integerDescription)")

    // Windows that lie side by side or as the reader has them, and windows that overlap.
    var differences: [Double] = []
    for (window, stride) in [(window, stride), (3, 2)] {
      let s = Pool2DShape(planes: 6, input: 9, window: Size2D(window), stride: Size2D(stride))
      let (x, dy) = (lab.floats(s.inputCount, stream: 1), lab.floats(s.outputCount, stream: 2))
      let (y, dx) = try Self.pool(s, x, dy: dy, lab)
      let naive = Self.loops(s, x, dy)
      let two = [largestDifference(y, naive.y), largestDifference(dx, naive.dx)]
      differences += two
      lab.say(
        en: "\(s.input), window \(window), stride \(stride): largest differences y \(two[0]), dx \(two[1])",
        ja: "入力 \(s.input)、ウィンドウ \(window)、ストライド \(stride)：差の最大値 y \(two[0])、dx \(two[1])")
    }
    lab.explainRounding()
    let panels = [
      Self.panel(lab.words(en: "input", ja: "入力"), x, 4, marked: dx.map { $0 > 0 }),
      Self.panel(lab.words(en: "output", ja: "出力"), y, side, marked: y.map { _ in true }),
      Self.panel(lab.words(en: "gradient of the input", ja: "入力側の勾配"), dx, 4, marked: dx.map { $0 > 0 }),
    ]
    let title = lab.words(
      en: "Max pooling: the gradient goes to the largest", ja: "Maxプーリング：勾配は各ウィンドウの最大の要素だけに流れる")
    return Outcome(
      ["example": y.map(Double.init), "gradient": dx.map(Double.init), "differences": differences],
      pictures: [Picture("pooling", Figure(title, panels))])
  }

  /// The layer's output, and the gradient of its input.
  private static func pool(
    _ s: Pool2DShape, _ x: [Float], dy: [Float], _ lab: Lab
  ) throws -> (y: [Float], dx: [Float]) {
    var (y, largest) = ([Float](repeating: 0, count: s.outputCount), [UInt8](repeating: 0, count: s.outputCount))
    try lab.kernels.maxPool2DForward(s, x.span, into: y.mutableSpan, argmax: largest.mutableSpan)
    var dx = x
    try lab.kernels.maxPool2DBackward(s, dy.span, argmax: largest.span, into: dx.mutableSpan)
    return (y, dx)
  }

  /// The same, element by element.
  private static func loops(_ s: Pool2DShape, _ x: [Float], _ dy: [Float]) -> (y: [Double], dx: [Double]) {
    var y = [Double](repeating: 0, count: s.outputCount)
    var dx = [Double](repeating: 0, count: x.count)
    let (width, window) = (s.input.width, s.window.width)
    for p in 0..<s.planes {
      for oy in 0..<s.output.height {
        for ox in 0..<s.output.width {
          let o = (p * s.output.height + oy) * s.output.width + ox
          let elements = (0..<s.window.area).map {
            (p * s.input.height + oy * s.stride.height + $0 / window) * width + ox * s.stride.width + $0 % window
          }
          let best = elements.reduce(elements[0]) { x[$1] > x[$0] ? $1 : $0 }
          y[o] = Double(x[best])
          dx[best] += Double(dy[o])
        }
      }
    }
    return (y, dx)
  }

  private static func matrix(_ values: [Float], _ side: Int) -> NDArray {
    NDArray(shape: [side, side], values.map(Double.init))
  }

  /// The numbers in their cells; those that are marked on blue.
  private static func panel(_ title: String, _ values: [Float], _ side: Int, marked: [Bool]) -> Panel {
    var (cells, numbers) = ([Mark.Polygon](), [Mark]())
    for (i, value) in values.enumerated() {
      let (x, y) = (Double(i % side), Double(side - 1 - i / side))
      cells.append(
        .init(
          [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)], fill: marked[i] ? Palette.blue(0.3) : "#ffffff",
          stroke: "#888888"))
      numbers.append(.text("\(Int(value))", x: x + 0.5, y: y + 0.5, size: 14))
    }
    let axis = Axis(range: 0...Double(side), isHidden: true)
    return Panel(
      title, x: axis, y: axis, size: (Double(side) * 38, Double(side) * 38), legend: .none, showsGrid: false,
      [.polygons(cells)] + numbers)
  }
}
