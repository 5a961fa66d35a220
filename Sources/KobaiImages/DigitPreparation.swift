import KobaiFiles

/// Makes of any picture of a digit what MNIST would have made of it: light on dark, 20 pixels high or wide, and its centre
/// of mass in the middle of 28×28 (Y. LeCun, http://yann.lecun.com/exdb/mnist/). A digit of MNIST stays as it is.
public enum DigitPreparation {
  /// The height and width of what comes out, in pixels.
  public static let side = 28
  /// The digit's longer side.
  private static let digitSide = 20.0
  /// How strong ink is at the digit's edge: half, where a sharp stroke ended before it was blurred.
  private static let edge: Float = 0.5

  /// The digit's 784 pixels row by row, 0 background to 255 ink.
  public static func prepare(_ image: GrayImage) throws(BlankImage) -> [UInt8] {
    let ink = try Ink(of: image)
    let (rows, columns) = ink.profiles
    if isPrepared(rows, columns) { return bytes(image.pixels.map { ink.shares[Int($0)] }) }

    let (height, width) = (rows.extent(at: edge), columns.extent(at: edge))
    let step = max(height.upperBound - height.lowerBound, width.upperBound - width.lowerBound) / digitSide
    func resampling(_ profile: InkProfile, _ extent: ClosedRange<Double>) -> Resampling {
      // In MNIST the centre of mass lies in the pixel right of and below the middle, and a digit is moved by whole pixels.
      // The thousandth keeps rounding errors from moving symmetric digits.
      let center = (profile.center - extent.lowerBound) / step
      let room = side - Int(((extent.upperBound - extent.lowerBound) / step).rounded(.up))
      let offset = min(max(side / 2 - Int(center + 0.001), 0), room)
      return Resampling(
        from: profile.peaks.count, to: side, start: extent.lowerBound - Double(offset) * step, step: step)
    }
    let shares = ink.resampled(resampling(rows, height), resampling(columns, width))
    // Averaging makes thin strokes gray; the strongest ink is full ink again.
    let strongest = shares.max() ?? 1
    return bytes(shares.map { $0 / strongest })
  }

  /// The same for a PNG file. A blank one is an error that names the file.
  public static func prepare(png path: String) throws(ImageError) -> [UInt8] {
    let image = try GrayImage(png: path)
    do { return try prepare(image) } catch {
      throw .file(FileError(path: path, reason: error.description))
    }
  }

  /// Whether a picture has MNIST's size and margins, and its digit MNIST's place.
  private static func isPrepared(_ rows: InkProfile, _ columns: InkProfile) -> Bool {
    func isCentered(_ profile: InkProfile) -> Bool {
      profile.peaks.count == side && abs(profile.center - Double(side + 1) / 2) < 1
    }
    let longer = max(rows.inked.count, columns.inked.count)
    return isCentered(rows) && isCentered(columns) && abs(longer - Int(digitSide)) <= 1
  }

  private static func bytes(_ shares: [Float]) -> [UInt8] { shares.map { UInt8(($0 * 255).rounded()) } }
}
