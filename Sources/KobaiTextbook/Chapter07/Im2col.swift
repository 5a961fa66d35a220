import Kobai
import KobaiReport
import KobaiScratch

/// im2col lays every window of an image out as a row, so that a convolution becomes a matrix product.
public struct Im2col: Experiment {
  public let about = About(
    "ch07/im2col", .im2col, en: "Shapes of im2col, and a convolution as a matrix product",
    ja: "im2colで展開した行列の形状と、行列の積による畳み込み"
  )
  @Setting("batch", in: 2...100, en: "images of the larger batch", ja: "大きいほうのバッチサイズ") var batch = 10
  @Setting("kernel", in: 1...7, en: "sides of a filter", ja: "フィルターの1辺の長さ") var kernel = 5
  @Setting("stride", in: 1...7, en: "stride", ja: "ストライド") var stride = 1
  @Setting("pad", in: 0...3, en: "padding", ja: "パディング") var pad = 0
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    var figures: [String: [Double]] = [:]
    var numbers = RandomNumbers(seed: lab.seed)
    for batch in [1, batch] {
      let images = NDArray.randomUniform([batch, 3, 7, 7], using: &numbers)
      let col = im2col(images, filter: (kernel, kernel), stride: stride, pad: pad)
      lab.say("im2col \(NDArray.text(images.shape)) -> \(NDArray.text(col.shape))")
      figures["batch \(batch)"] = col.shape.map(Double.init)
    }
    // The same convolution in both ways.
    let shape = Conv2DShape(
      batch: 2, channels: 3, input: 7, filters: 4, kernel: Size2D(kernel), stride: Size2D(stride), padding: Size2D(pad))
    let (x, w) = (lab.floats(shape.inputCount, stream: 1), lab.floats(shape.weightCount, stream: 2))
    var columns = [Float](repeating: 0, count: shape.columnCount)
    try lab.kernels.im2col(shape, x.span, into: columns.mutableSpan)
    let pixels = shape.batch * shape.output.area
    var product = [Float](repeating: 0, count: pixels * shape.filters)
    try lab.kernels.gemm(
      GemmShape(m: pixels, n: shape.filters, k: shape.weightCount / shape.filters, transposeB: true), columns.span,
      w.span,
      into: product.mutableSpan)
    var y = [Float](repeating: 0, count: shape.outputCount)
    try lab.kernels.conv2DForward(shape, x.span, weight: w.span, bias: nil, into: y.mutableSpan)
    // The product has a row for each pixel; the convolution has a plane for each filter.
    let plane = shape.output.area
    var difference: Float = 0
    for i in y.indices {
      let (image, filter, pixel) = (i / (4 * plane), i / plane % 4, i % plane)
      difference = max(difference, abs(y[i] - product[(image * plane + pixel) * 4 + filter]))
    }
    lab.say(en: "largest difference between the two ways: \(difference)", ja: "2つの方法の差の最大値：\(difference)")
    figures["difference"] = [Double(difference)]
    lab.explainRounding()
    return Outcome(figures)
  }
}

extension Lab {
  /// Normal random floats.
  func floats(_ count: Int, stream: Int, deviation: Float = 1) -> [Float] {
    var values = [Float](repeating: 0, count: count)
    kernels.randomNormal(RandomKey(seed: seed, .weights, index: stream), deviation: deviation, into: values.mutableSpan)
    return values
  }
}
