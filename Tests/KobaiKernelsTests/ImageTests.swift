import KobaiKernels
import TestSupport
import Testing

@Suite struct ImageTests {
  private func images(_ count: Int, _ pixels: Int) -> [UInt8] {
    var random = TestRandom(79)
    return (0..<count * pixels).map { _ in UInt8(truncatingIfNeeded: random.bits()) }
  }

  @Test(arguments: InstructionSet.supported, [1, 15, 16, 17, 784])
  func gathersAndScales(_ isa: InstructionSet, _ pixels: Int) throws {
    let bytes = images(5, pixels)
    let index: [Int32] = [4, 0, 0, 2]
    var out = [Float](repeating: .nan, count: index.count * pixels)
    try Kernels(instructionSet: isa, threads: 2).gatherImages(
      bytes.span, pixels: pixels, index: index.span, scale: 2, offset: -1, into: out.mutableSpan)
    let expected = index.flatMap { i in (0..<pixels).map { Float(bytes[Int(i) * pixels + $0]) * 2 - 1 } }
    #expect(out == expected)
  }

  @Test(arguments: InstructionSet.supported)
  func theIdentityMapChangesNothing(_ isa: InstructionSet) throws {
    let size = Size2D(9, 21)
    let bytes = images(3, 2 * size.area)
    let index: [Int32] = [2, 1]
    let maps = [AffineMap](repeating: AffineMap(), count: 2)
    let kernels = Kernels(instructionSet: isa, threads: 2)
    var (warped, plain) = (
      [Float](repeating: .nan, count: 4 * size.area), [Float](repeating: .nan, count: 4 * size.area)
    )
    let (scale, offset) = ([0.25, -3] as [Float], [1.5, 0.1] as [Float])
    try kernels.warpImages(
      bytes.span, channels: 2, size: size, index: index.span, maps: maps.span, erased: Span(), scale: scale.span,
      offset: offset.span,
      into: warped.mutableSpan)
    try kernels.gatherImages(
      bytes.span, channels: 2, plane: size.area, index: index.span, scale: scale.span, offset: offset.span,
      into: plain.mutableSpan)
    expectSameBits(warped, plain)
    // Each channel alone has the same bits.
    for c in 0..<2 {
      func plane(_ i: Int) -> Range<Int> { (2 * i + c) * size.area..<(2 * i + c + 1) * size.area }
      let stored = (0..<3).flatMap { bytes[plane($0)] }
      var alone = [Float](repeating: .nan, count: 2 * size.area)
      try kernels.gatherImages(
        stored.span, pixels: size.area, index: index.span, scale: scale[c], offset: offset[c], into: alone.mutableSpan)
      for i in 0..<2 {
        expectSameBits(Array(plain[plane(i)]), Array(alone[i * size.area..<(i + 1) * size.area]))
      }
    }
  }

  /// Bilinear interpolation in Double, with zeros beyond the edge.
  @Test(arguments: InstructionSet.supported)
  func warpsAsDoubleDoes(_ isa: InstructionSet) throws {
    let size = Size2D(12, 19)
    let bytes = images(1, size.area)
    let maps = [
      AffineMap(x0: 1.25, y0: -2.5), AffineMap(xx: 0.9, xy: 0.3, x0: -1, yx: -0.3, yy: 0.9, y0: 2),
      AffineMap(x0: 1e9, y0: -1e9),
    ]
    var out = [Float](repeating: .nan, count: 3 * size.area)
    try Kernels(instructionSet: isa, threads: 2).warpImages(
      bytes.span, channels: 1, size: size, index: [0, 0, 0].span, maps: maps.span, erased: Span(), scale: [1].span,
      offset: [0].span,
      into: out.mutableSpan)
    func pixel(_ x: Int, _ y: Int) -> Double {
      x >= 0 && x < size.width && y >= 0 && y < size.height ? Double(bytes[y * size.width + x]) : 0
    }
    var expected: [Double] = []
    for m in maps {
      for y in 0..<size.height {
        for x in 0..<size.width {
          let sx = Double(m.xx) * Double(x) + Double(m.xy) * Double(y) + Double(m.x0)
          let sy = Double(m.yx) * Double(x) + Double(m.yy) * Double(y) + Double(m.y0)
          let (ix, iy) = (Int(sx.rounded(.down)), Int(sy.rounded(.down)))
          let (fx, fy) = (sx - Double(ix), sy - Double(iy))
          let top = pixel(ix, iy) * (1 - fx) + pixel(ix + 1, iy) * fx
          let low = pixel(ix, iy + 1) * (1 - fx) + pixel(ix + 1, iy + 1) * fx
          expected.append(top * (1 - fy) + low * fy)
        }
      }
    }
    // Bytes up to 255 interpolated at places known to 1e-5 of a pixel.
    expectClose(out, expected, tolerance: 255 * 2e-5)
  }

  @Test func hasTheSameBitsEverywhere() throws {
    let size = Size2D(28, 28)
    let bytes = images(40, size.area)
    var random = TestRandom(83)
    let index = (0..<100).map { _ in Int32(random.index(below: 40)) }
    let maps = index.map { _ in
      AffineMap(xx: 1 + 0.1 * random.float(), xy: 0.2 * random.float(), x0: 3 * random.float(), yy: 0.9)
    }
    var first: [Float]?
    for kernels in Kernels.everyKind {
      var (warped, plain) = (
        [Float](repeating: 0, count: 100 * size.area), [Float](repeating: 0, count: 100 * size.area)
      )
      try kernels.warpImages(
        bytes.span, channels: 1, size: size, index: index.span, maps: maps.span, erased: Span(), scale: [1 / 255].span,
        offset: [0].span, into: warped.mutableSpan)
      try kernels.gatherImages(
        bytes.span, pixels: size.area, index: index.span, scale: 1 / 255 / 0.3081, offset: -0.1307 / 0.3081,
        into: plain.mutableSpan)
      if let first { expectSameBits(warped + plain, first, "\(kernels)") } else { first = warped + plain }
    }
  }

  /// Which of three images goes to each of sixty places, and how it is moved there: the last ten as far as `far`.
  private func moves(
    near: (x: Int, y: Int), far: (x: Int, y: Int), _ random: inout TestRandom
  ) -> (index: [Int32], shifts: [ImageShift]) {
    let index = (0..<60).map { _ in Int32(random.index(below: 3)) }
    let shifts = index.indices.map { i in
      let reach = i < 50 ? near : far
      return ImageShift(x: random.offset(reach.x), y: random.offset(reach.y), isFlipped: i % 2 == 1)
    }
    return (index, shifts)
  }

  /// Plain code, pixel by pixel: moved, black beyond the edge, and a patch of zeros.
  @Test(
    "moves, flips and erases as plain code does", arguments: InstructionSet.supported, [Size2D(5, 7), Size2D(4, 33)])
  func moves(_ isa: InstructionSet, _ size: Size2D) throws {
    let bytes = images(3, 2 * size.area)
    var random = TestRandom(101)
    func number(_ reach: Int) -> Int32 { random.offset(reach) }
    let (index, shifts) = moves(near: (9, 4), far: (40, 9), &random)
    let patches = index.map { _ in ImagePatch(x: number(8), y: number(6), width: abs(number(9)), height: abs(number(4)))
    }
    let (scale, offset) = ([0.25, -3] as [Float], [1.5, 0.1] as [Float])
    let kernels = Kernels(instructionSet: isa, threads: 2)
    for erases in [false, true] {
      var out = [Float](repeating: .nan, count: index.count * 2 * size.area)
      try kernels.moveImages(
        bytes.span, channels: 2, size: size, index: index.span, shifts: shifts.span,
        erased: erases ? patches.span : Span(), scale: scale.span, offset: offset.span, into: out.mutableSpan)
      var expected: [Float] = []
      for (i, image) in index.enumerated() {
        let (shift, patch) = (shifts[i], patches[i])
        for c in 0..<2 {
          for y in 0..<size.height {
            for x in 0..<size.width {
              let from = (x: (shift.isFlipped ? size.width - 1 - x : x) + Int(shift.x), y: y + Int(shift.y))
              let isInside = (0..<size.width).contains(from.x) && (0..<size.height).contains(from.y)
              let byte = isInside ? bytes[((Int(image) * 2 + c) * size.height + from.y) * size.width + from.x] : 0
              let isErased =
                erases && (Int(patch.x)..<Int(patch.x + patch.width)).contains(x)
                && (Int(patch.y)..<Int(patch.y + patch.height)).contains(y)
              expected.append(isErased ? 0 : offset[c].addingProduct(Float(byte), scale[c]))
            }
          }
        }
      }
      expectSameBits(out, expected)
    }
  }

  /// Plain code: the place of each pixel in a row that goes on beyond its ends.
  @Test(
    "beyond the edge lies what the padding says", arguments: InstructionSet.supported,
    [ImagePadding.edge, .reflect, .symmetric])
  func pads(_ isa: InstructionSet, _ padding: ImagePadding) throws {
    func place(_ at: Int, _ count: Int) -> Int {
      let mirrored =
        switch padding {
        case .reflect: at < 0 ? -at : at >= count ? 2 * count - 2 - at : at
        case .symmetric: at < 0 ? -at - 1 : at >= count ? 2 * count - 1 - at : at
        default: at
        }
      return min(max(mirrored, 0), count - 1)
    }
    for size in [Size2D(5, 7), Size2D(4, 39)] {
      let bytes = images(3, 2 * size.area)
      var random = TestRandom(103)
      // The last ones go farther than a mirror shows.
      let (index, shifts) = moves(near: (6, 3), far: (90, 20), &random)
      let (scale, offset) = ([0.25, -3] as [Float], [1.5, 0.1] as [Float])
      var out = [Float](repeating: .nan, count: index.count * 2 * size.area)
      try Kernels(instructionSet: isa, threads: 2).moveImages(
        bytes.span, channels: 2, size: size, index: index.span, shifts: shifts.span, padding: padding, erased: Span(),
        scale: scale.span, offset: offset.span, into: out.mutableSpan)
      var expected: [Float] = []
      for (image, shift) in zip(index, shifts) {
        for c in 0..<2 {
          for y in 0..<size.height {
            for x in 0..<size.width {
              let column = place((shift.isFlipped ? size.width - 1 - x : x) + Int(shift.x), size.width)
              let row = place(y + Int(shift.y), size.height)
              let byte = bytes[((Int(image) * 2 + c) * size.height + row) * size.width + column]
              expected.append(offset[c].addingProduct(Float(byte), scale[c]))
            }
          }
        }
      }
      expectSameBits(out, expected)
    }
  }

  /// A row of a table, where neighbours are columns, and planes of images; each quotient is that of plain code.
  @Test(arguments: InstructionSet.supported, [(7, 1), (37, 1), (3, 50), (1, 16)])
  func standardizes(_ isa: InstructionSet, _ sizes: (channels: Int, plane: Int)) throws {
    let (channels, plane) = sizes
    var random = TestRandom(89)
    let x = (0..<5 * channels * plane).map { _ in 10 * random.float() }
    let mean = (0..<channels).map { _ in random.float() }
    let deviation = (0..<channels).map { _ in 0.5 + abs(random.float()) }
    var out = x
    try Kernels(instructionSet: isa, threads: 2).standardize(
      out.mutableSpan, plane: plane, mean: mean.span, deviation: deviation.span)
    let expected = x.indices.map { i in
      let c = i / plane % channels
      return (x[i] - mean[c]) / deviation[c]
    }
    expectSameBits(out, expected)
  }

  @Test func refusesPartsOfSamples() {
    var x = [Float](repeating: 0, count: 7)
    let error = #expect(throws: KernelError.self) {
      try Kernels().standardize(x.mutableSpan, plane: 1, mean: [0, 0].span, deviation: [1, 1].span)
    }
    #expect(error?.description == "standardization: 7 numbers are no samples of 2×1")
  }

  @Test func namesAnIndexOutOfRange() {
    var out = [Float](repeating: 0, count: 4)
    let error = #expect(throws: KernelError.self) {
      try Kernels().gatherImages([0, 1, 2, 3].span, pixels: 4, index: [1].span, into: out.mutableSpan)
    }
    #expect(error?.description == "image gather: index[0] is 1, not in 0 ..< 1")
  }
}

extension TestRandom {
  /// A number that is at most so far from 0.
  fileprivate mutating func offset(_ reach: Int) -> Int32 { Int32(index(below: 2 * reach + 1) - reach) }
}
