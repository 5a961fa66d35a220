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

  @Test("what has three channels is in colours") func colours() throws {
    let set = ImageSet(pixels: [1, 2, 3, 4, 5, 6], size: Size2D(1, 2), channels: 3, labels: [0])
    let picture = PNGImage(width: 2, height: 1, rgb: [1, 3, 5, 2, 4, 6])
    #expect(set.picture(0) == picture)
    #expect(Array(picture.bytes[16..<26]) == [0, 0, 0, 2, 0, 0, 0, 1, 8, 2], "8 bits of red, green and blue")
    let network = try Network(input: [3, 2, 2], batch: 1, ["conv": Conv2D(filters: 1, kernel: Size2D(1, 2))])
    network.parameters.all[0].value.copy(from: Tensor([1, 3, 1, 2], [-1, 1, 0, 1, -1, 0]))
    #expect(network.filterPictures() == [PNGImage(width: 2, height: 1, rgb: [0, 128, 0, 255, 255, 128])])
  }
}
