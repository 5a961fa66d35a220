import Kobai
import KobaiData
import KobaiReport

extension ImageSet {
  /// One image as floats in 0 ... 1.
  func image(_ index: Int) -> [Float] { pixels(of: index).map { Float($0) / 255 } }
}

extension Network {
  /// The filters of a convolution as pictures, counted from 1.
  func numberedFilters(of layer: String) -> [(picture: PNGImage, caption: String)] {
    filterPictures(of: layer).enumerated().map { ($0.element, "\($0.offset + 1)") }
  }
}

/// Pictures in a grid, with words below each.
func gallery(_ images: [(picture: PNGImage, caption: String)], columns: Int, cell: Double = 54) -> Panel {
  let rows = (images.count + columns - 1) / columns
  var marks: [Mark] = []
  for (i, entry) in images.enumerated() {
    let (x, y) = (Double(i % columns), Double(rows - 1 - i / columns))
    marks.append(.image(entry.picture, x: x + 0.06...x + 0.94, y: y + 0.22...y + 0.98))
    marks.append(.text(entry.caption, x: x + 0.5, y: y + 0.1, size: 10))
  }
  return Panel(
    x: Axis(range: 0...Double(columns), isHidden: true), y: Axis(range: 0...Double(rows), isHidden: true),
    size: (Double(columns) * cell, Double(rows) * cell * 1.16), legend: .none, showsGrid: false, marks)
}

/// One batch of images and their labels.
struct Batch {
  let images: Tensor
  let labels: Labels

  /// The images at the given indices, as the network takes them.
  init(_ set: ImageSet, _ indices: [Int32], kernels: Kernels, normalization: Normalization = .unit) throws {
    let batches = Batches(
      set, indices: indices, batchSize: indices.count, normalization: normalization)
    images = Tensor([indices.count, set.channels, set.size.height, set.size.width])
    labels = Labels(count: indices.count)
    try batches.load(0, inputs: images.mutableSpan, classes: labels.mutableSpan, on: kernels)
  }
}
