import Kobai
import KobaiData

/// A network's weights as pictures.
extension Network {
  /// The filters of a convolution as pictures, each from its smallest weight in black to its largest in white: in colours where
  /// images have three channels, else the first channel.
  ///
  /// - Parameter layer: the name of the convolution; the network's first one unless given.
  /// - Returns: a picture for each filter; none where there is no such convolution.
  public func filterPictures(of layer: String? = nil) -> [PNGImage] {
    guard let conv = layers.first(where: { $0.spec is Conv2D && $0.name == layer ?? $0.name }),
      let weight = parameters.all.first(where: { $0.name == "\(conv.name).weight" })?.value
    else { return [] }
    let (shape, elements) = (weight.shape, weight.elements)
    let area = shape[2] * shape[3]
    let channels = shape[1] == 3 ? 3 : 1
    return (0..<shape[0]).map { filter in
      let first = filter * shape[1] * area
      return PNGImage(
        width: shape[3], height: shape[2], planes: Array(elements[first..<first + channels * area]), channels: channels)
    }
  }
}

/// Images of a data set as pictures.
extension ImageSet {
  /// One image as a picture: in its colours where there are three channels, else the first channel dark on light as ink on paper.
  public func picture(_ index: Int) -> PNGImage {
    if channels == 3 {
      return PNGImage(width: size.width, height: size.height, rgb: interleavedPixels(of: index))
    }
    return PNGImage(width: size.width, height: size.height, gray: pixels(of: index).prefix(size.area).map { 255 - $0 })
  }
}
