import Kobai
import KobaiData
import KobaiFiles
import KobaiImages
import KobaiKernels

// What becomes of pictures. Networks for one channel of 28×28 take digits, prepared as MNIST's were; for others a picture becomes
// what it would be in a folder to train on: resized until it just covers their images, of which the middle is taken, and gray or
// coloured as they are.
extension Model {
  /// What the model makes of a picture in a PNG or JPEG file, as ``predict(_:)-(Picture)`` has it.
  ///
  /// - Throws: `ImageError` where the file cannot be read, or shows nothing.
  public func predict(contentsOf path: String) throws -> Prediction {
    guard takesDigits else {
      do { return try predict(oriented: image(at: path))[0] } catch let error as FileError {
        throw ImageError.file(error)
      }
    }
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
    let (size, channels) = try pictureSize()
    return try predict(oriented: ImageSet(picture, size: size, channels: channels))[0]
  }

  /// What becomes of a picture's file for a network that takes no digits: the image that it is given, upright.
  package func image(at path: String) throws -> ImageSet {
    let (size, channels) = try pictureSize()
    return try ImageSet(pictureAt: path, size: size, channels: channels)
  }

  private func pictureSize() throws(KernelError) -> (Size2D, channels: Int) {
    guard card.input.rank == 3, card.input[0] == 1 || card.input[0] == 3 else { throw noPicture }
    return (Size2D(card.input[1], card.input[2]), card.input[0])
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
  package var takesDigits: Bool { card.input == [1, DigitPreparation.side, DigitPreparation.side] }

  private func predict(digits: [PreparedDigit]) throws -> [Prediction] {
    try predict(
      oriented: ImageSet(
        pixels: digits.flatMap(\.pixels), size: Size2D(DigitPreparation.side),
        labels: [Int32](repeating: 0, count: digits.count)))
  }

  /// Predicts for images that are upright.
  package func predict(oriented images: ImageSet) throws -> [Prediction] {
    try predict(card.orientation == .transposed ? images.transposed() : images)
  }
}
