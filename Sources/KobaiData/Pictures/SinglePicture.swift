import KobaiFiles
import KobaiImages
import KobaiKernels

/// One picture as an image for a network, prepared as `Dataset.load(pictures:)` prepares those of a folder unless it is told
/// otherwise: resized until it just covers the size, of which the middle is taken; gray or coloured as is wanted.
extension ImageSet {
  package init(_ picture: Picture, size: Size2D, channels: Int) {
    let rule = PictureRule(size: size, channels: channels, fit: .crop)
    self.init(pixels: rule.planes(picture), size: size, channels: channels, labels: [0])
  }

  /// The same of a PNG or JPEG file.
  package init(pictureAt path: String, size: Size2D, channels: Int) throws(FileError) {
    let rule = PictureRule(size: size, channels: channels, fit: .crop)
    self.init(pixels: try rule.image(path), size: size, channels: channels, labels: [0])
  }
}
