import KobaiKernels
import TestSupport
import Testing

@Suite("Cross-entropy of pixels")
struct PixelCrossEntropyTests {
  static let sizes = [(1, 1, 2), (2, 3, 15), (3, 5, 48), (2, 4, 1030)]

  /// Everything in Double: the targets of all pixels, then the sum.
  private func oracle(
    _ loss: PixelCrossEntropy, _ x: [Double], targets: [Double], isIgnored: [Bool], classWeights: [Double],
    sampleWeights: [Double]
  ) -> (value: Double, gradient: [Double]) {
    var (value, gradient) = (0.0, [Double](repeating: 0, count: x.count))
    let (classes, plane) = (loss.classes, loss.plane)
    let smoothing = Double(loss.labelSmoothing)
    for b in 0..<loss.batch {
      for p in 0..<plane where !isIgnored[b * plane + p] {
        let places = (0..<classes).map { (b * classes + $0) * plane + p }
        let logits = places.map { x[$0] }
        let probabilities = Oracle.softmax(rows: 1, columns: classes, logits)
        let t = (0..<classes).map {
          classWeights[$0] * ((1 - smoothing) * targets[places[$0]] + smoothing / Double(classes))
        }
        let (mass, weight) = (t.reduce(0, +), sampleWeights[b] / Double(loss.divisor))
        for c in 0..<classes {
          value -= weight * t[c] * Oracle.log(probabilities[c])
          gradient[places[c]] = weight * (probabilities[c] * mass - t[c])
        }
      }
    }
    return (value, gradient)
  }

  @Test("labels and distributions, smoothed and weighted, are Double's", arguments: InstructionSet.supported, sizes)
  func agreesWithDouble(_ isa: InstructionSet, _ size: (batch: Int, classes: Int, plane: Int)) throws {
    let kernels = Kernels(instructionSet: isa, threads: 2)
    let (batch, classes, plane) = size
    let pixels = batch * plane
    for (smoothing, isWeighted) in [(0, false), (0.1, false), (0, true), (0.2, true)] as [(Float, Bool)] {
      var random = TestRandom(19)
      let x = random.floats(pixels * classes).map { $0 * 8 }
      let labels = (0..<pixels).map { _ in random.index(below: 5) == 0 ? -7 : Int32(random.index(below: classes)) }
      let distributions = random.floats(x.count).map(abs)
      let ofClasses = random.floats(classes).map { abs($0) + 0.2 }
      let ofSamples = random.floats(batch).map(abs)
      var loss = PixelCrossEntropy(batch: batch, classes: classes, plane: plane, ignoredLabel: -7)
      loss.labelSmoothing = smoothing
      loss.divisor = 2.5
      var oneHot = [Float](repeating: 0, count: x.count)
      for (i, label) in labels.enumerated() where label >= 0 {
        oneHot[(i / plane * classes + Int(label)) * plane + i % plane] = 1
      }
      func check(_ targets: [Float], ignoring isIgnored: [Bool], _ evaluate: (inout [Float]) throws -> Float) throws {
        var dx = [Float](repeating: .nan, count: x.count)
        let value = try evaluate(&dx)
        let right = oracle(
          loss, x.doubles, targets: targets.doubles, isIgnored: isIgnored,
          classWeights: isWeighted ? ofClasses.doubles : [Double](repeating: 1, count: classes),
          sampleWeights: isWeighted ? ofSamples.doubles : [Double](repeating: 1, count: batch))
        #expect(abs(Double(value) - right.value) <= 2e-6 * abs(right.value) + 1e-7, "\(size), \(smoothing)")
        expectClose(dx, right.gradient, tolerance: 1e-6, "\(size), \(smoothing), weighted: \(isWeighted)")
      }
      let (asked, classWeights, sampleWeights) = (loss, isWeighted ? ofClasses : nil, isWeighted ? ofSamples : nil)
      try check(oneHot, ignoring: labels.map { $0 < 0 }) { dx in
        if let classWeights, let sampleWeights {
          return try kernels.pixelCrossEntropy(
            asked, x.span, labels: labels.span, classWeights: classWeights.span, sampleWeights: sampleWeights.span,
            dx: dx.mutableSpan)
        }
        return try kernels.pixelCrossEntropy(asked, x.span, labels: labels.span, dx: dx.mutableSpan)
      }
      try check(distributions, ignoring: [Bool](repeating: false, count: pixels)) { dx in
        if let classWeights, let sampleWeights {
          return try kernels.pixelCrossEntropy(
            asked, x.span, targets: distributions.span, classWeights: classWeights.span,
            sampleWeights: sampleWeights.span, dx: dx.mutableSpan)
        }
        return try kernels.pixelCrossEntropy(asked, x.span, targets: distributions.span, dx: dx.mutableSpan)
      }
    }
  }

  @Test("the same bits on every thread and instruction set") func hasTheSameBitsEverywhere() throws {
    var random = TestRandom(23)
    let loss = PixelCrossEntropy(batch: 3, classes: 7, plane: 2051)
    let x = random.floats(3 * 7 * 2051).map { $0 * 9 }
    let labels = (0..<3 * 2051).map { _ in Int32(random.index(below: 7)) }
    var first: (value: Float, gradient: [Float])?
    for kernels in Kernels.everyKind {
      var dx = x
      let value = try kernels.pixelCrossEntropy(loss, x.span, labels: labels.span, dx: dx.mutableSpan)
      let inPlace = dx
      if let first {
        #expect(value == first.value, "\(kernels)")
        expectSameBits(inPlace, first.gradient, "\(kernels)")
      } else {
        first = (value, inPlace)
      }
    }
  }

  @Test("a class without a chance may have a logit of minus infinity; a wrong label is named") func edges() throws {
    let loss = PixelCrossEntropy(batch: 1, classes: 2, plane: 2)
    var dx = [Float](repeating: .nan, count: 4)
    let value = try Kernels().pixelCrossEntropy(
      loss, [0, 0, -.infinity, -.infinity].span, labels: [0, 0].span, dx: dx.mutableSpan)
    #expect(value == 0 && dx == [0, 0, 0, 0])
    let error = #expect(throws: KernelError.self) {
      _ = try Kernels().pixelCrossEntropy(loss, [0, 0, 0, 0].span, labels: [0, 2].span)
    }
    #expect(error?.description == "softmax cross-entropy: labels[1] is 2, not in 0 ..< 2")
  }
}
