import KobaiData
import KobaiReport
import TestSupport
import Testing

@testable import KobaiImages

/// A hundred digits as people would bring them: drawn larger, off the middle, half of them dark on light.
struct ChangedDigits {
  /// A canvas, and where and how large the 28×28 pixels lie on it.
  struct Canvas {
    let width: Int, height: Int
    let left: Double, top: Double
    let factor: Double

    static let all = [
      Canvas(width: 100, height: 140, left: 1, top: 30, factor: 3.5),
      Canvas(width: 57, height: 57, left: 0.5, top: 0.5, factor: 2),
      Canvas(width: 300, height: 300, left: 40, top: -20, factor: 9.3),
      Canvas(width: 36, height: 48, left: -3, top: 12, factor: 1.3),
      Canvas(width: 200, height: 120, left: 110, top: 5, factor: 3.1),
    ]

    /// The image on the canvas, interpolated linearly.
    func draw(_ image: Picture) -> [UInt8] {
      func gray(_ x: Int, _ y: Int) -> Double {
        0..<image.width ~= x && 0..<image.height ~= y ? Double(image.pixels[y * image.width + x]) : 0
      }
      return (0..<width * height).map { i in
        let x = (Double(i % width) + 0.5 - left) / factor - 0.5
        let y = (Double(i / width) + 0.5 - top) / factor - 0.5
        let (column, row) = (x.rounded(.down), y.rounded(.down))
        let (u, v, c, r) = (x - column, y - row, Int(column), Int(row))
        let upper = gray(c, r) * (1 - u) + gray(c + 1, r) * u
        let lower = gray(c, r + 1) * (1 - u) + gray(c + 1, r + 1) * u
        return UInt8((upper * (1 - v) + lower * v).rounded())
      }
    }
  }

  let original: [UInt8]
  let isInverted: Bool
  let file: [UInt8]

  /// Ten of each class.
  static func all() throws -> [ChangedDigits] {
    let digits = try Dataset.embedded().test
    var taken = [Int](repeating: 0, count: 10)
    return digits.labels.indices.compactMap { i in
      let label = digits.labels[i]
      guard taken[Int(label)] < 10 else { return nil }
      taken[Int(label)] += 1
      let number = taken.reduce(0, +)
      let (canvas, isInverted) = (Canvas.all[number / 2 % Canvas.all.count], number % 2 == 0)
      let image = digits.image(i)
      let drawn = canvas.draw(image)
      let file = PNGImage(
        width: canvas.width, height: canvas.height, gray: isInverted ? drawn.map { 255 - $0 } : drawn)
      return ChangedDigits(original: image.pixels, isInverted: isInverted, file: file.bytes)
    }
  }
}

@Suite(.enabled(if: hasLibpng, "sudo apt-get install libpng16-16")) struct RoundTripTests {
  @Test func changedDigitsComeBack() throws {
    let digits = try ChangedDigits.all()
    #expect(digits.count == 100 && digits.count { $0.isInverted } == 50)
    let folder = try TemporaryFolder()
    var (errors, correlations) = ([Double](), [Double]())
    for digit in digits {
      try folder.write(digit.file, to: "digit.png")
      let prepared = try DigitPreparation.digits(in: folder / "digit.png", isSingle: true)[0].pixels.map(Double.init)
      let original = digit.original.map(Double.init)
      errors.append(zip(prepared, original).reduce(0) { $0 + abs($1.0 - $1.1) } / 784)
      correlations.append(Self.bestCorrelation(prepared, original))
    }
    // Measured: 0.974 on average and 0.893 at worst, and 9.0 of 255 grays.
    #expect(correlations.reduce(0, +) / 100 > 0.965)
    #expect(try #require(correlations.min()) > 0.86)
    #expect(errors.reduce(0, +) / 100 < 10)
  }

  /// The best of moving the first picture by at most a pixel: where a centre of mass lies near a pixel's edge, it is rounded
  /// this way or that.
  private static func bestCorrelation(_ a: [Double], _ b: [Double]) -> Double {
    var best = -1.0
    for (dx, dy) in [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)] {
      let moved = (0..<784).map { i in
        let (x, y) = (i % 28 + dx, i / 28 + dy)
        return 0..<28 ~= x && 0..<28 ~= y ? a[y * 28 + x] : 0
      }
      best = max(best, correlation(moved, b))
    }
    return best
  }

  /// Pearson's.
  private static func correlation(_ a: [Double], _ b: [Double]) -> Double {
    let (meanA, meanB) = (a.reduce(0, +) / Double(a.count), b.reduce(0, +) / Double(b.count))
    let products = zip(a, b).reduce(0) { $0 + ($1.0 - meanA) * ($1.1 - meanB) }
    let (squaresA, squaresB) = (
      a.reduce(0) { $0 + ($1 - meanA) * ($1 - meanA) }, b.reduce(0) { $0 + ($1 - meanB) * ($1 - meanB) }
    )
    return products / (squaresA * squaresB).squareRoot()
  }
}
