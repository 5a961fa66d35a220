import KobaiFiles
import KobaiKernels

/// How the pictures of a folder become images of one size.
public struct PictureOptions: Sendable, Equatable {
  /// How a picture of another size becomes one of the wanted size.
  public enum Fit: String, Sendable, CaseIterable {
    /// The picture is resized until it just covers the wanted size, and the middle of it is taken: torchvision's
    /// `Resize` and `CenterCrop`.
    case crop
    /// The picture is resized until it just fits into the wanted size, and the rest is black.
    case pad
    /// Width and height are resized each for itself; what is shown is distorted.
    case stretch
  }

  /// The size of all images. Where none is given, it is that of the pictures if they have one, else the size that most
  /// of them have, of equally frequent ones the smallest.
  public var size: Size2D?
  /// How pictures of another size are fitted to it. Resizing is antialiased, by Pillow's bilinear filter.
  public var fit = Fit.crop
  /// 1 for gray images, 3 for colours. Where it is not given, images are gray where all pictures are.
  public var channels: Int?
  /// Whether pictures that cannot be read are left out; else one is an error.
  public var skipsUnreadable = false
  /// Whether a single picture is tested on as it is, where there is none to set aside.
  package var isForTesting = false
  /// The share of each class that is set aside to test with where the folder has no folder of test pictures.
  public var testShare = 0.2
  /// The seed by which those are drawn.
  public var seed: UInt64 = 0
  /// Above so many bytes of pixels the images go into a file of the cache, which is mapped into memory, and of use
  /// until a picture or an option changes.
  public var memoryLimit = 1 << 30
  /// The folder of that file.
  public var cacheFolder = CacheFolder.path("pictures")

  /// Images as large as most pictures, gray where all are; each property can be changed.
  public init() {}
}
