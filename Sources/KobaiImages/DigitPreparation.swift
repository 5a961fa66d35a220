import KobaiFiles

/// Prepares the digits in any picture as MNIST's were: light on dark, 20 pixels high or wide, and the
/// centre of mass in the middle of 28×28 (Y. LeCun, http://yann.lecun.com/exdb/mnist/). A digit of MNIST stays as it is.
public enum DigitPreparation {
  /// The height and width of a prepared digit, in pixels.
  public static let side = 28

  /// The digits of a picture, line by line and each line from left to right; at least one.
  ///
  /// - Parameters:
  ///   - picture: any picture; one of MNIST's own size and margins stays as it is.
  ///   - isSingle: whether all ink is one digit.
  /// - Throws: ``BlankImage`` where nothing stands out from the background.
  public static func digits(in picture: Picture, isSingle: Bool = false) throws(BlankImage) -> [PreparedDigit] {
    if let digit = PreparedDigit(alreadyPrepared: picture) { return [digit] }
    let picture = picture.reduced(by: Picture.reduction(width: picture.width, height: picture.height))
    let (ink, digits) = try find(in: picture)
    if isSingle {
      var whole = digits[0]
      for other in digits.dropFirst() {
        whole.ink.merge(other.ink)
        whole.touchesEdge = whole.touchesEdge || other.touchesEdge
      }
      return [PreparedDigit(whole, in: ink)]
    }
    return DigitFinder.ordered(digits).map { PreparedDigit($0, in: ink) }
  }

  /// The ink of a picture, and the digits in it.
  private static func find(in picture: Picture) throws(BlankImage) -> (Ink, [DigitFinder.Candidate]) {
    let finder = DigitFinder(width: picture.width, height: picture.height)
    for estimate in InkEstimate.estimates(for: picture) {
      // What is far wider than a stroke is background, unless that leaves nothing.
      for window in [Int((3 * estimate.thickness).rounded(.up)), nil] {
        guard let ink = try? Ink(of: picture, isLight: estimate.isLight, window: window) else { continue }
        var found = finder.candidates(InkComponent.all(in: ink))
        for threshold in [ink.weakThreshold, ink.floor] {
          found = finder.completed(found, by: InkComponent.all(in: ink, above: threshold))
        }
        if !found.isEmpty { return (ink, found) }
      }
    }
    throw BlankImage()
  }

  /// The same for a PNG or JPEG file. A blank one is an error that names the file.
  public static func digits(in path: String, isSingle: Bool = false) throws(ImageError) -> [PreparedDigit] {
    let picture = try Picture(file: path)
    do { return try digits(in: picture, isSingle: isSingle) } catch {
      throw .file(FileError(path: path, reason: error.description))
    }
  }
}
