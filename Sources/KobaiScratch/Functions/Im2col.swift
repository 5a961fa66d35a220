import KobaiPreconditions

/// Lays images out so that a convolution becomes one matrix product (section 7.4.2): each row holds what one window of the
/// filter sees.
///
/// - Parameters:
///   - images: (N, C, H, W).
///   - filter: its height and width.
///   - stride: pixels from one window to the next.
///   - pad: pixels of zeros around each image.
/// - Returns: (N · outH · outW, C · filter height · filter width).
public func im2col(
  _ images: NDArray, filter: (height: Int, width: Int), stride: Int = 1, pad: Int = 0
) -> NDArray {
  let windows = Windows(images.shape, filter, stride, pad)
  let padded = images.padded(pad)
  var col: [Double] = []
  col.reserveCapacity(windows.count * windows.size)
  windows.forEachRow { start in col.append(contentsOf: padded.elements[start..<start + filter.width]) }
  return NDArray(shape: [windows.count, windows.size], col)
}

/// The way back of ``im2col(_:filter:stride:pad:)``: adds every window's pixels to where they were taken from. A pixel
/// that several windows saw gets the sum of theirs, as a gradient must.
public func col2im(
  _ col: NDArray, imageShape: [Int], filter: (height: Int, width: Int), stride: Int = 1, pad: Int = 0
) -> NDArray {
  let windows = Windows(imageShape, filter, stride, pad)
  require(
    col.shape == [windows.count, windows.size],
    "col has shape \(NDArray.text(col.shape)), not \(NDArray.text([windows.count, windows.size]))")
  var padded = NDArray.zeros(imageShape[0], imageShape[1], windows.height, windows.width)
  var next = 0
  windows.forEachRow { start in
    for i in 0..<filter.width { padded.elements[start + i] += col.elements[next + i] }
    next += filter.width
  }
  return padded.cropped(pad)
}

/// The windows that a filter looks through, one after the other, over padded images.
private struct Windows {
  let (images, channels): (Int, Int)
  let (height, width): (Int, Int)  // padding included
  let (outHeight, outWidth): (Int, Int)
  private let filter: (height: Int, width: Int)
  private let stride: Int

  init(_ shape: [Int], _ filter: (height: Int, width: Int), _ stride: Int, _ pad: Int) {
    require(shape.count == 4, "images have the shape (N, C, H, W), not \(NDArray.text(shape))")
    (images, channels, height, width) = (shape[0], shape[1], shape[2] + 2 * pad, shape[3] + 2 * pad)
    require(
      filter.height <= height && filter.width <= width,
      "a filter of \(filter.height)×\(filter.width) exceeds images of \(height)×\(width)")
    (outHeight, outWidth) = ((height - filter.height) / stride + 1, (width - filter.width) / stride + 1)
    (self.filter, self.stride) = (filter, stride)
  }

  /// How many there are.
  var count: Int { images * outHeight * outWidth }
  /// How many elements each sees.
  var size: Int { channels * filter.height * filter.width }

  /// Calls `body` with the place of the first pixel of each row of each channel of each window.
  func forEachRow(_ body: (Int) -> Void) {
    for n in 0..<images {
      for y in 0..<outHeight {
        for x in 0..<outWidth {
          for c in 0..<channels {
            for row in 0..<filter.height {
              body(((n * channels + c) * height + y * stride + row) * width + x * stride)
            }
          }
        }
      }
    }
  }
}
