import KobaiKernels

/// Random small changes that make new images of old ones. Each image of each epoch is changed in its own way, which
/// depends on the seed, the epoch and the image's position in it.
public struct Augmentation: Sendable, Equatable {
  /// The largest shift, in pixels.
  public var shift: Float
  /// The largest rotation, in degrees.
  public var rotation: Float
  /// The largest change of size: 0.1 means 0.9 to 1.1.
  public var scale: Float
  /// How likely left and right are exchanged: 0 never, 0.5 for every other image.
  public var horizontalFlip: Float
  /// A random crop with padding, as torchvision's `RandomCrop`: so many pixels are put around each image, of which a part as large
  /// as the image is taken. That is a shift by whole pixels, at most this one in each direction.
  public var crop: Int
  /// What a crop puts around images: black pixels unless given. Images that are shifted, rotated or scaled as well take nothing
  /// else, and a mirror is as large as the image at most.
  public var padding: ImagePadding
  /// The side of a square that is erased, in pixels: it becomes 0 after the normalisation, which is the mean. Its centre is any
  /// pixel, and what lies beyond the edge is cut off (DeVries, Taylor, "Improved Regularization of Convolutional Neural Networks
  /// with Cutout", 2017). 0 erases nothing.
  public var cutout: Int

  /// Shift, rotation and scale suit digits of 28 × 28 pixels unless given; the rest changes nothing then.
  public init(
    shift: Float = 3.5, rotation: Float = 11, scale: Float = 0.1, horizontalFlip: Float = 0, crop: Int = 0,
    padding: ImagePadding = .constant, cutout: Int = 0
  ) {
    (self.shift, self.rotation, self.scale) = (shift, rotation, scale)
    (self.horizontalFlip, self.crop, self.padding, self.cutout) = (horizontalFlip, crop, padding, cutout)
  }

  /// What changes nothing.
  public static let none = Augmentation(shift: 0, rotation: 0, scale: 0)
  /// What suits digits of 28 × 28 pixels: small shifts, rotations and changes of size.
  public static let digits = Augmentation()
  /// What suits photographs of 32 × 32 pixels: flips, crops with a padding of 4, and an erased square of 8 × 8.
  public static let cifar = Augmentation(shift: 0, rotation: 0, scale: 0, horizontalFlip: 0.5, crop: 4, cutout: 8)

  /// Why images of that size cannot be changed like that; nil where they can.
  package func problem(for size: Size2D) -> String? {
    if crop < 0 || cutout < 0 { return "a crop of \(crop) and a cutout of \(cutout) must not be negative" }
    if cutout > min(size.height, size.width) {
      return "a cutout of \(cutout)×\(cutout) is larger than images of \(size)"
    }
    if padding != .constant && isWarping {
      return
        "images that are shifted, rotated or scaled have black beyond their edge, not the padding \(padding.rawValue)"
    }
    if let reach = padding.reach(of: size), crop > reach {
      return "the padding \(padding.rawValue) of images of \(size) has \(reach) pixels at most, not \(crop)"
    }
    return nil
  }

  /// Whether images are resampled; flips and crops move whole pixels.
  var isWarping: Bool { shift != 0 || rotation != 0 || scale != 0 }

  /// Whether images are flipped, cropped, or partly erased.
  var isMoving: Bool { horizontalFlip > 0 || crop > 0 || cutout > 0 }

  /// How many random numbers ``map(_:size:)`` takes for an image.
  static let mapNumbers = 4
  /// How many ``moves(_:size:)`` takes, from a stream of their own; not fewer.
  static let moveNumbers = 5

  /// The map of one image from its random numbers: from the output's pixels back to the input's, about the centre.
  func map(_ random: Span<UInt32>, size: Size2D) -> AffineMap {
    func symmetric(_ bits: UInt32) -> Float { Float(bits >> 8) * 0x1p-23 - 1 }  // -1 ..< 1
    // With t = tan(angle / 2), sine and cosine are plain divisions, the same bits on every machine; for angles this
    // small t is proportional to the angle.
    let t = symmetric(random[0]) * rotation * (.pi / 360)
    let cosine = (1 - t * t) / (1 + t * t)
    let sine = 2 * t / (1 + t * t)
    let zoom = 1 / (1 + symmetric(random[1]) * scale)
    let (dx, dy) = (symmetric(random[2]) * shift, symmetric(random[3]) * shift)
    let (cx, cy) = (Float(size.width - 1) / 2, Float(size.height - 1) / 2)
    let (xx, xy, yx, yy) = (cosine * zoom, sine * zoom, -sine * zoom, cosine * zoom)
    return AffineMap(
      xx: xx, xy: xy, x0: cx - xx * (cx + dx) - xy * (cy + dy),
      yx: yx, yy: yy, y0: cy - yx * (cx + dx) - yy * (cy + dy))
  }

  /// What one image's random numbers make of it: how it is moved, and what is erased.
  func moves(_ random: Span<UInt32>, size: Size2D) -> (shift: ImageShift, erased: ImagePatch) {
    func below(_ bound: Int, _ bits: UInt32) -> Int32 { Int32((UInt64(bits) * UInt64(bound)) >> 32) }
    let isFlipped = Float(random[0] >> 8) * 0x1p-24 < horizontalFlip
    let side = 2 * crop + 1
    let shift = ImageShift(
      x: below(side, random[1]) - Int32(crop), y: below(side, random[2]) - Int32(crop), isFlipped: isFlipped)
    let (half, width) = (Int32(cutout / 2), Int32(cutout))
    let erased = ImagePatch(
      x: below(size.width, random[3]) - half, y: below(size.height, random[4]) - half, width: width, height: width)
    return (shift, erased)
  }
}

extension AffineMap {
  /// The map of an image that is warped by this one and then moved.
  func moved(_ shift: ImageShift, width: Int) -> AffineMap {
    let (x, y) = (Float(shift.x) + (shift.isFlipped ? Float(width - 1) : 0), Float(shift.y))
    let sign: Float = shift.isFlipped ? -1 : 1
    return AffineMap(
      xx: sign * xx, xy: xy, x0: x0 + xx * x + xy * y, yx: sign * yx, yy: yy, y0: y0 + yx * x + yy * y)
  }
}
