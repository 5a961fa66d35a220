import Kobai
import KobaiData
import KobaiFiles
import KobaiImages
import KobaiKernels

// What becomes of pictures. Networks for one channel of 28×28 take digits, prepared as MNIST's were; for others a picture is made
// as large as their images, whatever its proportions, and gray or coloured as they are.
extension Model {
  /// What the model makes of a picture in a PNG or JPEG file, as ``predict(_:)-(Picture)`` has it.
  ///
  /// - Throws: `ImageError` where the file cannot be read, or shows nothing.
  public func predict(contentsOf path: String) throws -> Prediction {
    let picture = try Picture(file: path)
    do { return try predict(picture) } catch let error as BlankImage {
      throw ImageError.file(FileError(path: path, reason: error.description))
    }
  }

  /// What the model makes of a picture: of all that it shows.
  ///
  /// - Parameter picture: of any size.
  /// - Throws: `BlankImage` where a digit is wanted and nothing stands out, and `KernelError` where the network takes no images.
  public func predict(_ picture: Picture) throws -> Prediction {
    if takesDigits { return try predict(digits: DigitPreparation.digits(in: picture, isSingle: true))[0] }
    guard card.input.rank == 3, card.input[0] == 1 || card.input[0] == 3 else { throw noPicture }
    let (height, width) = (card.input[1], card.input[2])
    let pixels = picture.resized(width: width, height: height).planes(channels: card.input[0])
    return try predict(
      oriented: ImageSet(pixels: pixels, size: Size2D(height, width), channels: card.input[0], labels: [0]))[0]
  }

  /// What the model makes of each digit in a picture, in the order of reading.
  ///
  /// - Throws: `BlankImage` where nothing stands out, and `KernelError` where the network takes no digits.
  public func predictDigits(in picture: Picture) throws -> [Prediction] {
    guard takesDigits else {
      let side = DigitPreparation.side
      throw KernelError.invalid(kernel: "model", reason: "it takes \(card.input), not digits of 1×\(side)×\(side)")
    }
    return try predict(digits: DigitPreparation.digits(in: picture))
  }

  /// Whether pictures are digits for it.
  var takesDigits: Bool { card.input == [1, DigitPreparation.side, DigitPreparation.side] }

  private func predict(digits: [PreparedDigit]) throws -> [Prediction] {
    try predict(
      oriented: ImageSet(
        pixels: digits.flatMap(\.pixels), size: Size2D(DigitPreparation.side),
        labels: [Int32](repeating: 0, count: digits.count)))
  }

  /// Predicts for images that are upright.
  private func predict(oriented images: ImageSet) throws -> [Prediction] {
    try predict(card.orientation == .transposed ? images.transposed() : images)
  }
}

extension Picture {
  /// The planes of the channels, one after the other: of a gray picture all the same, of a coloured one its lightness where one is
  /// wanted (ITU-R BT.601, as in Pillow).
  func planes(channels wanted: Int) -> [UInt8] {
    let (source, count) = (pixels.span, width * height)
    if wanted == 1 && channels == 3 {
      return (0..<count).map { i in
        let light = 19595 * Int(source[3 * i]) + 38470 * Int(source[3 * i + 1]) + 7471 * Int(source[3 * i + 2])
        return UInt8((light + 0x8000) >> 16)
      }
    }
    return (0..<wanted).flatMap { c in (0..<count).map { source[$0 * channels + min(c, channels - 1)] } }
  }
}
