/// The convolution of images with filters, as one matrix product (section 7.4.3): ``im2col(_:filter:stride:pad:)`` makes a
/// row of every window, and each filter is a column.
public final class Convolution: Layer {
  /// The filters (FN, C, FH, FW).
  public let w: Parameter
  /// A bias for each filter (FN).
  public let b: Parameter
  private let (stride, pad): (Int, Int)
  private var input: (shape: [Int], col: NDArray)?

  /// A layer with the given filters.
  public init(_ w: Parameter, _ b: Parameter, stride: Int = 1, pad: Int = 0) {
    (self.w, self.b, self.stride, self.pad) = (w, b, stride, pad)
  }

  private var filter: (height: Int, width: Int) { (w.value.shape[2], w.value.shape[3]) }
  /// Every filter as a column (C · FH · FW, FN).
  private var colW: NDArray { w.value.reshaped(w.value.shape[0], -1).transposed }

  public func forward(_ x: NDArray, train: Bool) -> NDArray {
    let outHeight = (x.shape[2] + 2 * pad - filter.height) / stride + 1
    let outWidth = (x.shape[3] + 2 * pad - filter.width) / stride + 1
    let col = im2col(x, filter: filter, stride: stride, pad: pad)
    input = (x.shape, col)
    let out = dot(col, colW) + b.value
    return out.reshaped(x.shape[0], outHeight, outWidth, -1).transposed(0, 3, 1, 2)
  }

  public func backward(_ dout: NDArray) -> NDArray {
    let (shape, col) = kept(input)
    let rows = dout.transposed(0, 2, 3, 1).reshaped(-1, w.value.shape[0])
    b.gradient = rows.sum(axis: 0)
    w.gradient = dot(col.transposed, rows).transposed.reshaped(w.value.shape)
    return col2im(dot(rows, colW.transposed), imageShape: shape, filter: filter, stride: stride, pad: pad)
  }
}
