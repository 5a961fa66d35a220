import KobaiKernels
import TestSupport
import Testing

@testable import KobaiData

@Suite struct BatchesTests {
  /// Ten images of two by two pixels, image i all of byte 10 i and label i.
  private let set = ImageSet(
    pixels: (0..<10).flatMap { [UInt8](repeating: UInt8(10 * $0), count: 4) }, size: 2,
    labels: (0..<10).map(Int32.init))

  /// The labels of every batch of an epoch; checks that each image goes with its label.
  private func labels(_ batches: Batches, epoch: Int) throws -> [[Int32]] {
    batches.startEpoch(epoch, on: .default)
    return try (0..<batches.count).map { i in
      let count = batches.size(of: i)
      var images = [Float](repeating: .nan, count: count * 4)
      var labels = [Int32](repeating: -1, count: count)
      try batches.load(i, inputs: images.mutableSpan, classes: labels.mutableSpan, on: .default)
      for j in 0..<count {
        #expect(images[4 * j..<4 * j + 4].allSatisfy { abs($0 - Float(10 * labels[j]) / 255) < 1e-6 })
      }
      return labels
    }
  }

  @Test func dealsInOrder() throws {
    let batches = Batches(set, batchSize: 4)
    #expect(batches.count == 3 && batches.samples == 10)
    #expect(try labels(batches, epoch: 0) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
  }

  @Test func shufflesWithoutReplacement() throws {
    let batches = Batches(set, batchSize: 4, shuffles: true, seed: 5)
    let first = try labels(batches, epoch: 0)
    let second = try labels(batches, epoch: 1)
    #expect(first.flatMap(\.self).sorted() == Array(0..<10))
    #expect(second.flatMap(\.self).sorted() == Array(0..<10))
    #expect(first != second)
    #expect(try labels(batches, epoch: 0) == first, "an epoch is a function of its number")
    #expect(try labels(Batches(set, batchSize: 4, shuffles: true, seed: 6), epoch: 0) != first)
  }

  /// Every image is as likely at every place: 10 places, 4,000 shuffles, 400 expected, five standard deviations of 19.
  @Test func shufflesEvenly() throws {
    let batches = Batches(set, batchSize: 10, shuffles: true)
    var counts = [[Int]](repeating: [Int](repeating: 0, count: 10), count: 10)
    for epoch in 0..<4000 {
      for (place, label) in try labels(batches, epoch: epoch)[0].enumerated() { counts[place][Int(label)] += 1 }
    }
    #expect(counts.allSatisfy { $0.allSatisfy { abs($0 - 400) < 95 } })
  }

  @Test func dealsASubset() throws {
    let batches = Batches(set, indices: [7, 2, 9], batchSize: 2)
    #expect(try labels(batches, epoch: 0) == [[7, 2], [9]])
  }

  @Test func normalises() throws {
    let batches = Batches(set, indices: [9], batchSize: 1, normalization: .mnist)
    var images = [Float](repeating: 0, count: 4)
    var labels: [Int32] = [0]
    try batches.load(0, inputs: images.mutableSpan, classes: labels.mutableSpan, on: .default)
    #expect(images.allSatisfy { abs($0 - (90.0 / 255 - 0.1307) / 0.3081) < 1e-6 })
  }

  @Test func splitsAtRandomAndForGood() {
    let (train, validation) = set.split(validation: 3, seed: 1)
    #expect(train.count == 7 && validation.count == 3)
    #expect((train + validation).sorted() == Array(0..<10))
    let again = set.split(validation: 3, seed: 1)
    #expect(again.train == train && again.validation == validation)
    #expect(
      set.split(validation: 3, seed: 2).validation != validation
        || set.split(validation: 3, seed: 3).validation != validation)
    #expect(set.split(validation: 0, seed: 1).train == Array(0..<10))
    let some = set.split(validation: 3, train: 4, seed: 1)
    #expect(some.validation == validation && some.train.count == 4 && Set(some.train).isSubset(of: train))
  }
}

@Suite struct AugmentationTests {
  /// A single bright pixel in the middle of 21 × 21: where does it go?
  private func brightest(_ augmentation: Augmentation, epochs: Int) throws -> [(x: Double, y: Double)] {
    var pixels = [UInt8](repeating: 0, count: 441)
    pixels[10 * 21 + 10] = 255
    let set = ImageSet(pixels: pixels, size: 21, labels: [0])
    let batches = Batches(set, batchSize: 1, shuffles: true, augmentation: augmentation)
    return try (0..<epochs).map { epoch in
      batches.startEpoch(epoch, on: .default)
      var image = [Float](repeating: 0, count: 441)
      var label: [Int32] = [0]
      try batches.load(0, inputs: image.mutableSpan, classes: label.mutableSpan, on: .default)
      let total = image.reduce(0, +)
      let x = image.indices.reduce(0.0) { $0 + Double($1 % 21) * Double(image[$1]) } / Double(total)
      let y = image.indices.reduce(0.0) { $0 + Double($1 / 21) * Double(image[$1]) } / Double(total)
      return (x, y)
    }
  }

  @Test func shiftsEverywhereWithinItsRange() throws {
    let places = try brightest(Augmentation(shift: 3, rotation: 0, scale: 0), epochs: 400)
    #expect(places.allSatisfy { abs($0.x - 10) <= 3.01 && abs($0.y - 10) <= 3.01 })
    #expect((places.map(\.x).min() ?? 0) < 7.3 && (places.map(\.x).max() ?? 0) > 12.7)
    #expect((places.map(\.y).min() ?? 0) < 7.3 && (places.map(\.y).max() ?? 0) > 12.7)
    #expect(abs(places.map(\.x).reduce(0, +) / 400 - 10) < 0.5, "no drift")
  }

  @Test func turnsAboutTheCentre() throws {
    let places = try brightest(Augmentation(shift: 0, rotation: 45, scale: 0), epochs: 20)
    #expect(places.allSatisfy { abs($0.x - 10) < 0.01 && abs($0.y - 10) < 0.01 })
  }

  @Test("the largest turn is the rotation that is asked for") func largestTurn() {
    // The sines of the rotation, and of nine tenths of it: tan(angle / 2) is taken for half the angle.
    for (degrees, least, most) in [(10, 0.1564, 0.1737), (30, 0.454, 0.5001), (60, 0.809, 0.8661)]
      as [(Float, Float, Float)]
    {
      let map = Augmentation(shift: 0, rotation: degrees, scale: 0).map([.max, 0, 0, 0].span, size: 28)
      let sine = abs(map.xy)
      #expect(sine > least && sine < most, "\(degrees): a sine of \(sine)")
    }
  }

  @Test("what turns an image flips no other one") func streamsApart() {
    var changes = ImageChanges(
      Augmentation(shift: 0, rotation: 20, scale: 0, horizontalFlip: 0.5), images: 1000, size: 28)
    changes.draw(seed: 3, epoch: 2, on: .default)
    let (flips, turns) = (changes.maps.map { $0.xx < 0 }, changes.maps.map { $0.xy < 0 })
    #expect((400...600).contains(flips.count(where: \.self)) && (400...600).contains(turns.count(where: \.self)))
    // Five numbers an image for moves and four for turns: of one stream, image 4k's flip would be image 5k's turn.
    let equal = (0..<200).count { flips[4 * $0] == turns[5 * $0] }
    #expect((60...140).contains(equal), "\(equal) of 200")
  }

  @Test func nothingChangesNothing() throws {
    let set = ImageSet(pixels: (0..<16).map(UInt8.init), size: 4, labels: [0])
    let batches = Batches(set, batchSize: 1, augmentation: Augmentation(shift: 0, rotation: 0, scale: 0))
    batches.startEpoch(3, on: .default)
    var image = [Float](repeating: 0, count: 16)
    var label: [Int32] = [0]
    try batches.load(0, inputs: image.mutableSpan, classes: label.mutableSpan, on: .default)
    #expect(image.indices.allSatisfy { abs(image[$0] - Float($0) / 255) < 1e-5 })
  }

  /// Images whose pixels are all different, loaded as bytes.
  private func loaded(_ augmentation: Augmentation?, epoch: Int = 0, count: Int = 200, side: Int = 9) throws -> [Float]
  {
    let images = ImageSet(
      pixels: (0..<count * side * side).map { UInt8($0 % (side * side) + 1) }, size: Size2D(side),
      labels: [Int32](repeating: 0, count: count))
    let batches = Batches(images, batchSize: count, augmentation: augmentation, seed: 3)
    batches.startEpoch(epoch, on: .default)
    var inputs = [Float](repeating: .nan, count: count * side * side)
    try batches.loadInputs(0..<count, into: inputs.mutableSpan, on: .default)
    return inputs.map { ($0 * 255).rounded() }
  }

  @Test("half of the images are flipped; the others stay")
  func flips() throws {
    let images = try loaded(Augmentation(shift: 0, rotation: 0, scale: 0, horizontalFlip: 0.5))
    let flipped = (0..<200).count { images[81 * $0] == 9 }
    #expect((0..<200).allSatisfy { [1, 9].contains(images[81 * $0]) } && abs(flipped - 100) < 30)
    #expect(
      try loaded(Augmentation(shift: 0, rotation: 0, scale: 0, horizontalFlip: 1)).prefix(9) == [
        9, 8, 7, 6, 5, 4, 3, 2, 1,
      ])
  }

  @Test("a crop takes each of its places, and what it pads is black")
  func crops() throws {
    let images = try loaded(Augmentation(shift: 0, rotation: 0, scale: 0, crop: 2))
    let centers = (0..<200).map { Int(images[81 * $0 + 40]) - 41 }  // 9 dy + dx
    #expect(Set(centers) == Set((-2...2).flatMap { dy in (-2...2).map { 9 * dy + $0 } }))
    for (i, center) in centers.enumerated() where center == 2 * 9 + 2 {
      #expect(images[81 * i + 80] == 0 && images[81 * i] == 21)
    }
    let again = try loaded(Augmentation(shift: 0, rotation: 0, scale: 0, crop: 2))
    #expect(again == images)
    #expect(try loaded(Augmentation(shift: 0, rotation: 0, scale: 0, crop: 2), epoch: 1) != images)
  }

  @Test("what a crop pads is what is asked for")
  func pads() throws {
    let images = try loaded(Augmentation(shift: 0, rotation: 0, scale: 0, crop: 2, padding: .reflect))
    #expect(!images.contains(0))
    for i in 0..<200 where images[81 * i + 40] == 41 + 2 * 9 + 2 {  // moved as far as it goes: the corner is mirrored
      #expect(images[81 * i + 80] == 61)
    }
  }

  @Test("what images cannot be changed by is said")
  func impossible() {
    func problem(_ change: (inout Augmentation) -> Void) -> String? {
      var augmentation = Augmentation.none
      change(&augmentation)
      return augmentation.problem(for: Size2D(8, 9))
    }
    #expect(problem { ($0.crop, $0.cutout, $0.padding) = (8, 8, .symmetric) } == nil)
    #expect(problem { $0.crop = -1 } == "a crop of -1 and a cutout of 0 must not be negative")
    #expect(problem { $0.cutout = 9 } == "a cutout of 9×9 is larger than images of 8×9")
    #expect(
      problem { ($0.crop, $0.padding) = (8, .reflect) }
        == "the padding reflect of images of 8×9 has 7 pixels at most, not 8")
    #expect(
      problem { ($0.rotation, $0.padding) = (5, .edge) }
        == "images that are shifted, rotated or scaled have black beyond their edge, not the padding edge")
  }

  @Test("cutout erases a square about any pixel")
  func cutouts() throws {
    let images = try loaded(Augmentation(shift: 0, rotation: 0, scale: 0, cutout: 4))
    let erased = (0..<200).map { i in (0..<81).count { images[81 * i + $0] == 0 } }
    #expect(Set(erased) == [4, 6, 8, 9, 12, 16] && erased.count { $0 == 16 } > 40)
  }

  @Test("flips leave the maps of rotation and shift as they are without them")
  func flipsBesideMaps() throws {
    let plain = try loaded(.digits)
    var both = Augmentation.digits
    both.horizontalFlip = 1
    let flipped = try loaded(both)
    for i in 0..<200 {
      for y in 0..<9 {
        for x in 0..<9 {
          #expect(abs(plain[81 * i + 9 * y + x] - flipped[81 * i + 9 * y + 8 - x]) <= 1)
        }
      }
    }
  }

  @Test(
    "flips and crops are torchvision's, to the byte",
    .enabled(if: Interop.python != nil, "set KOBAI_PYTHON to a Python with numpy"), arguments: ImagePadding.allCases)
  func torchvision(_ mode: ImagePadding) throws {
    var random = TestRandom(5)
    let (count, channels, size, padding) = (300, 3, Size2D(11, 21), 4)
    let pixels = (0..<count * channels * size.area).map { _ in UInt8(truncatingIfNeeded: random.bits()) }
    let set = ImageSet(pixels: pixels, size: size, channels: channels, labels: [Int32](repeating: 0, count: count))
    let augmentation = Augmentation(shift: 0, rotation: 0, scale: 0, horizontalFlip: 0.5, crop: padding, padding: mode)
    let batches = Batches(set, batchSize: count, augmentation: augmentation, seed: 9)
    batches.startEpoch(2, on: .default)
    var inputs = [Float](repeating: .nan, count: pixels.count)
    try batches.loadInputs(0..<count, into: inputs.mutableSpan, on: .default)
    var changes = ImageChanges(augmentation, images: count, size: size)
    changes.draw(seed: 9, epoch: 2, on: .default)
    // torchvision flips what it has cropped: the corner is that of the crop.
    let moves: [Int32] = changes.shifts.map { [Int32(padding) + $0.y, Int32(padding) + $0.x, $0.isFlipped ? 1 : 0] }
      .flatMap(\.self)
    let header: [Int32] = [count, channels, size.height, size.width, padding].map { Int32($0) }
    let bytes: [Float] = inputs.map { ($0 * 255).rounded() }
    let folder = try TemporaryFolder()
    var file: [UInt8] = header.flatMap(\.littleEndianBytes)
    file += pixels
    file += moves.flatMap(\.littleEndianBytes)
    file += bytes.littleEndianBytes
    try folder.write(file, to: "moves")
    let run = try Interop.run("image_moves.py", [folder / "moves", mode.rawValue])
    #expect(run.code == 0 && run.output == "300 images, as torchvision moves them\n", "\(run.errors)")
  }
}
