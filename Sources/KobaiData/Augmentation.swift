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

  /// The defaults suit digits of 28 × 28 pixels.
  public init(shift: Float = 3.5, rotation: Float = 11, scale: Float = 0.1) {
    (self.shift, self.rotation, self.scale) = (shift, rotation, scale)
  }

  /// How many random numbers one image takes.
  static var numbersPerImage: Int { 4 }

  /// The map of one image from four random numbers: from the output's pixels back to the input's, about the centre.
  func map(_ random: (UInt32, UInt32, UInt32, UInt32), size: Size2D) -> AffineMap {
    func symmetric(_ bits: UInt32) -> Float { Float(bits >> 8) * 0x1p-23 - 1 }  // -1 ..< 1
    // With t = tan(angle / 2), sine and cosine are plain divisions, the same bits on every machine; for angles this
    // small t is proportional to the angle.
    let t = symmetric(random.0) * rotation * (.pi / 360)
    let cosine = (1 - t * t) / (1 + t * t)
    let sine = 2 * t / (1 + t * t)
    let zoom = 1 / (1 + symmetric(random.1) * scale)
    let (dx, dy) = (symmetric(random.2) * shift, symmetric(random.3) * shift)
    let (cx, cy) = (Float(size.width - 1) / 2, Float(size.height - 1) / 2)
    let (xx, xy, yx, yy) = (cosine * zoom, sine * zoom, -sine * zoom, cosine * zoom)
    return AffineMap(
      xx: xx, xy: xy, x0: cx - xx * (cx + dx) - xy * (cy + dy),
      yx: yx, yy: yy, y0: cy - yx * (cx + dx) - yy * (cy + dy))
  }
}
