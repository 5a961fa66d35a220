/// A digit prepared as MNIST's were.
public struct PreparedDigit: Sendable, Equatable {
  /// A reason to doubt that what was found is a digit, and all of it.
  public enum Doubt: Sendable, Equatable, CustomStringConvertible {
    /// Its ink reaches the picture's edge.
    case touchesEdge
    /// It is wide, as two digits are that touch each other.
    case isWide
    /// It has fewer pixels than MNIST's digits.
    case isSmall

    public var description: String {
      switch self {
      case .touchesEdge: "its ink touches the picture's edge"
      case .isWide: "it is as wide as two digits"
      case .isSmall: "it is very small"
      }
    }
  }

  /// The 784 pixels row by row, from 0, background, to 255, ink.
  public let pixels: [UInt8]
  /// The doubts about the digit; empty where there are none.
  public let doubts: [Doubt]

  private static let side = DigitPreparation.side
  /// The length of a digit's longer side, in pixels.
  private static let digitSide = 20.0
  /// How strong ink is at the digit's edge: half as strong as full ink, where a sharp stroke ended before it was blurred.
  private static let edge: Float = 0.5

  /// A digit that was found in a picture.
  init(_ candidate: DigitFinder.Candidate, in ink: Ink) {
    pixels = Self.prepared(InkPatch(candidate.ink, in: ink))
    let (rows, columns) = (candidate.ink.rows.count, candidate.ink.columns.count)
    var doubts: [Doubt] = []
    if candidate.touchesEdge { doubts.append(.touchesEdge) }
    if 2 * columns > 3 * rows { doubts.append(.isWide) }
    if candidate.ink.extent < 8 { doubts.append(.isSmall) }
    self.doubts = doubts
  }

  /// A picture that has MNIST's size and margins, its digit in MNIST's place; else nil.
  init?(alreadyPrepared picture: Picture) {
    guard picture.width == Self.side, picture.height == Self.side, picture.channels == 1 else { return nil }
    let (ground, pixels) = (picture.pixels[0], picture.pixels)
    let edge = pixels.indices.filter { [0, 27].contains($0 % 28) || [0, 27].contains($0 / 28) }
    guard 2 * edge.count(where: { pixels[$0] == ground }) > edge.count else { return nil }
    let strongest = pixels.max { abs(Int($0) - Int(ground)) < abs(Int($1) - Int(ground)) } ?? ground
    let contrast = Int(strongest) - Int(ground)
    guard abs(contrast) >= 8 else { return nil }
    let patch = InkPatch(
      width: Self.side, height: Self.side,
      shares: pixels.map { max(Float(Int($0) - Int(ground)) / Float(contrast), 0) })
    let (rows, columns) = patch.profiles
    func isCentered(_ profile: InkProfile) -> Bool { abs(profile.center - Double(Self.side + 1) / 2) < 1 }
    let longer = max(rows.inked.count, columns.inked.count)
    guard isCentered(rows), isCentered(columns), abs(longer - Int(Self.digitSide)) <= 1 else { return nil }
    (self.pixels, doubts) = (Self.bytes(patch.shares), [])
  }

  private static func prepared(_ patch: InkPatch) -> [UInt8] {
    let (rows, columns) = patch.profiles
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
    let shares = patch.resampled(resampling(rows, height), resampling(columns, width))
    // Averaging makes thin strokes gray; the strongest ink is full ink again.
    let strongest = shares.max() ?? 1
    return bytes(shares.map { $0 / strongest })
  }

  private static func bytes(_ shares: [Float]) -> [UInt8] { shares.map { UInt8(($0 * 255).rounded()) } }
}
