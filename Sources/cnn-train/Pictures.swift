import Kobai
import KobaiData
import KobaiReport
import KobaiTraining

/// The filters of the first convolution as pictures, each from its smallest weight in black to its largest in white.
func filterPictures(_ network: Network) -> [PNGImage] {
  guard let first = network.layers.first(where: { $0.spec is Conv2D }),
    let weights = network.parameters.all.first(where: { $0.name == "\(first.name).weight" })?.value
  else { return [] }
  let (shape, elements) = (weights.shape, weights.elements)
  let area = shape[2] * shape[3]
  return (0..<shape[0]).map { i in
    let filter = Array(elements[i * shape[1] * area..<i * shape[1] * area + area])
    return PNGImage(
      width: shape[3], height: shape[2], values: filter, black: filter.min() ?? 0, white: filter.max() ?? 1)
  }
}

extension ImageSet {
  /// One image as a picture, dark on light as ink on paper.
  func picture(_ index: Int) -> PNGImage {
    let span = pixels
    let (start, count) = (index * pixelsPerImage, size.area)
    return PNGImage(
      width: size.width, height: size.height, gray: (0..<count).map { 255 - span[start + $0] })
  }
}

extension Evaluator {
  /// The number of mistakes that pages and logs show.
  static let shownMistakes = 30

  /// The first test images that the network gets wrong.
  func mistakes(_ test: Batches) throws -> [Prediction] {
    var found = 0
    return try predictions(test) { prediction in
      if !prediction.isCorrect { found += 1 }
      return !prediction.isCorrect && found <= Self.shownMistakes
    }
  }
}
