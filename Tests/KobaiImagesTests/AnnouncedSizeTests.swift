import KobaiFiles
import TestSupport
import Testing

@testable import KobaiImages

/// Pictures that announce more pixels than their bytes can hold take no memory for them.
@Suite struct AnnouncedSizeTests {
  private func reason(_ body: () throws -> Void) -> String {
    do { try body() } catch ImageError.file(let error) { return error.description } catch { return "\(error)" }
    return "nothing"
  }

  @Test(.enabled(if: hasLibpng, "sudo apt-get install libpng16-16")) func png() throws {
    // A file of eight pixels, whose header claims 10,000 of 10,000.
    for (color, samples, bits) in [(PNGFixture.Color.gray, 1, 1), (.gray, 1, 8), (.rgba, 4, 16)] {
      let small = PNGFixture(width: 8, height: 1, bits: bits, color: color) { _, _ in
        [Int](repeating: 0, count: samples)
      }
      let side = PNGFixture.number(10_000)
      let header = PNGFixture.chunk("IHDR", side + side + [UInt8(bits), color.rawValue, 0, 0, 0])
      let file = small.bytes.prefix(8) + header + small.bytes.dropFirst(8 + header.count)
      let line =
        "p.png: its \(file.count) bytes cannot hold the 10000×10000 pixels that it announces; take another copy"
      #expect(reason { _ = try PNGFile.decode(Array(file), path: "p.png") } == line)
      #expect(reason { _ = try PNGFile.header(Array(file), path: "p.png") } == line)
    }
  }

  @Test(.enabled(if: hasLibjpeg, "sudo apt-get install libjpeg62-turbo")) func jpeg() throws {
    var file = JPEGFixture.gray(exif: [])
    let frame = try #require(
      file.indices.dropLast(9).first { file[$0] == 0xff && (0xc0...0xc2).contains(file[$0 + 1]) })
    file.replaceSubrange(frame + 5..<frame + 9, with: [0x27, 0x10, 0x27, 0x10])  // height and width: 10,000
    let line =
      "p.jpg: its \(file.count) bytes cannot hold the 10000×10000 pixels that it announces; take another copy"
    #expect(reason { _ = try JPEGFile.decode(file, path: "p.jpg") } == line)
    #expect(reason { _ = try JPEGFile.header(file, path: "p.jpg") } == line)
  }
}
