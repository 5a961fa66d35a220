/// What a picture would look like without ink: its paper or board, with the shadows and the slow shading that lie on it.
/// It is found in a small copy of the picture, by closing what is dark and narrow.
struct Background {
  /// The sides of the small copy, at most; larger ones only cost time.
  private static let largestSide = 400

  /// How many of the picture's pixels one pixel of the planes stands for, in each direction.
  let factor: Int
  /// The channels of the small copy; inverted where the ink is light, so that ink is always dark.
  let planes: [Plane]

  /// - Parameter window: in pixels of the picture; what is narrower is ink. It is half the picture's longer side unless given.
  init(of picture: Picture, inkIsLight: Bool, window: Int?) {
    let factor = Self.factor(picture)
    let small = picture.reduced(by: factor)
    let side = window.map { max($0 / factor, 3) } ?? Self.widestWindow(small)
    // Where dark meets light ground, the small copy is too coarse to tell the border. Erosion takes the darker one, for else
    // a line of paper would look like ink.
    planes = (0..<picture.channels).map {
      Plane(small, channel: $0, isInverted: inkIsLight).closed(side: side).eroded
    }
    self.factor = factor
  }

  /// The factor by which a picture is reduced to the small copy.
  static func factor(_ picture: Picture) -> Int {
    (max(picture.width, picture.height) + largestSide - 1) / largestSide
  }

  private static func widestWindow(_ picture: Picture) -> Int { max(max(picture.width, picture.height) / 2, 3) }
}
