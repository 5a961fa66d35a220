/// The largest element of each window (section 7.4.4): ``im2col(_:filter:stride:pad:)`` makes a row of every window of every
/// channel. Backward, what comes goes to where that element was.
public final class Pooling: Layer {
  private let size: (height: Int, width: Int)
  private let (stride, pad): (Int, Int)
  private var input: (shape: [Int], largest: [Int])?

  /// Windows of `height` × `width`, `stride` pixels apart.
  public init(_ height: Int, _ width: Int, stride: Int = 2, pad: Int = 0) {
    (size, self.stride, self.pad) = ((height, width), stride, pad)
  }

  public func forward(_ x: NDArray, train: Bool) -> NDArray {
    let outHeight = (x.shape[2] + 2 * pad - size.height) / stride + 1
    let outWidth = (x.shape[3] + 2 * pad - size.width) / stride + 1
    let col = im2col(x, filter: size, stride: stride, pad: pad).reshaped(-1, size.height * size.width)
    input = (x.shape, col.argmax(axis: 1))
    return col.max(axis: 1).reshaped(x.shape[0], outHeight, outWidth, x.shape[1]).transposed(0, 3, 1, 2)
  }

  public func backward(_ dout: NDArray) -> NDArray {
    let (shape, largest) = kept(input)
    let flat = dout.transposed(0, 2, 3, 1).flattened
    var dmax = NDArray.zeros(flat.count, size.height * size.width)
    for (i, place) in largest.enumerated() { dmax[i, place] = flat[i] }
    let dcol = dmax.reshaped(-1, shape[1] * size.height * size.width)
    return col2im(dcol, imageShape: shape, filter: size, stride: stride, pad: pad)
  }
}
