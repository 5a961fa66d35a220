import Kobai
import KobaiData
import Testing

@testable import KobaiReport

@Suite("Pictures of filters and images")
struct NetworkPicturesTests {
  @Test("filters go from their smallest weight in black to their largest in white") func filters() throws {
    let network = try Network(
      input: [2, 6, 6], batch: 1,
      ["conv1": Conv2D(filters: 2, kernel: Size2D(2, 1)), "relu1": ReLU(), "conv2": Conv2D(filters: 3, kernel: 1)])
    // Two filters of two channels, two weights each; the second channels do not count.
    network.parameters.all[0].value.copy(from: Tensor([2, 2, 2, 1], [-1, 3, 9, 9, 0.5, 0.25, -9, 9]))
    let expected = [[0, 255], [255, 0]].map { PNGImage(width: 1, height: 2, gray: $0) }
    #expect(network.filterPictures() == expected)
    #expect(network.filterPictures(of: "conv1") == expected)
    #expect(network.filterPictures(of: "conv2").count == 3)
    #expect(network.filterPictures(of: "relu1").isEmpty && network.filterPictures(of: "none").isEmpty)
  }

  @Test("images are dark on light") func images() {
    let set = ImageSet(pixels: [0, 1, 2, 200, 201, 255], size: Size2D(1, 3), labels: [0, 1])
    #expect(set.picture(1) == PNGImage(width: 3, height: 1, gray: [55, 54, 0]))
  }
}
