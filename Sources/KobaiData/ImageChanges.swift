import KobaiKernels

/// How each image of an epoch is changed: drawn before its first batch, or always the same.
struct ImageChanges {
  private let augmentation: Augmentation
  private let size: Size2D
  private let count: Int
  private var random: [UInt32]
  /// Where images are resampled: their maps, in which moves are contained.
  private(set) var maps: [AffineMap]
  /// Where they are not: their moves.
  private(set) var shifts: [ImageShift]
  /// What is erased, where something is.
  private(set) var erased: [ImagePatch]

  init(_ augmentation: Augmentation, images: Int, size: Size2D) {
    (self.augmentation, self.size, count) = (augmentation, size, images)
    let isWarping = augmentation.isWarping
    let numbers = augmentation.isMoving ? Augmentation.moveNumbers : Augmentation.mapNumbers
    random = [UInt32](repeating: 0, count: numbers * images)
    maps = [AffineMap](repeating: AffineMap(), count: isWarping ? images : 0)
    shifts = [ImageShift](repeating: ImageShift(), count: isWarping ? 0 : images)
    let nothing = ImagePatch(x: 0, y: 0, width: 0, height: 0)
    erased = [ImagePatch](repeating: nothing, count: augmentation.cutout > 0 ? images : 0)
  }

  /// The same move of every image, with the nearest pixel beyond the edge.
  init(_ shift: ImageShift, images: Int, size: Size2D) {
    var augmentation = Augmentation.none
    augmentation.padding = .edge
    self.init(augmentation, images: images, size: size)
    shifts = [ImageShift](repeating: shift, count: images)
  }

  var isWarping: Bool { augmentation.isWarping }
  /// What lies beyond the edge of images that are moved.
  var padding: ImagePadding { augmentation.padding }

  /// Draws the changes of an epoch. Maps and moves have streams of their own, so that neither changes the other's.
  mutating func draw(seed: UInt64, epoch: Int, on kernels: Kernels) {
    if isWarping {
      let numbers = Augmentation.mapNumbers
      kernels.randomBits(RandomKey(seed: seed, .augmentation, step: epoch), into: random.mutableSpan)
      for i in 0..<count {
        maps[i] = augmentation.map(random.span.extracting(numbers * i..<numbers * (i + 1)), size: size)
      }
    }
    guard augmentation.isMoving else { return }
    let numbers = Augmentation.moveNumbers
    kernels.randomBits(RandomKey(seed: seed, .augmentation, index: 1, step: epoch), into: random.mutableSpan)
    for i in 0..<count {
      let (shift, patch) = augmentation.moves(random.span.extracting(numbers * i..<numbers * (i + 1)), size: size)
      if isWarping { maps[i] = maps[i].moved(shift, width: size.width) } else { shifts[i] = shift }
      if augmentation.cutout > 0 { erased[i] = patch }
    }
  }
}
