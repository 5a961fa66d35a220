import Foundation
import Kobai
import TestSupport
import Testing

/// Every loss with its gradient beside PyTorch's.
@Suite("Losses are PyTorch's")
struct PyTorchLossTests {
  /// One evaluation, as the script reads it.
  private struct Case: Encodable {
    let loss: String
    var options: [String: [Float]] = [:]
    let shape: [Int]
    let outputs: [Float]
    var values: [Float]?
    var classes: [Int]?
    let value: Float
    let gradient: [Float]
  }

  @Test(.enabled(if: Interop.python != nil, "set KOBAI_PYTHON to a Python with torch and numpy"))
  func valuesAndGradients() throws {
    var random = TestRandom(3)
    var cases: [Case] = []
    func add(
      _ name: String, _ loss: any Loss, _ shape: [Int], options: [String: [Float]] = [:], values: Bool = true
    ) throws {
      let sizes = Shape(shape)
      let x = random.floats(sizes.count).map { 3 * $0 }
      let t = random.floats(x.count).map(abs)
      let labels = (0..<x.count / shape[1]).map { i in i % 7 == 3 ? -100 : random.index(below: shape[1]) }
      let gradient = Tensor(sizes)
      let targets: Targets =
        values
        ? .values(Tensor(sizes, t))
        : .classes(Labels(Shape([shape[0]] + shape[2...]), labels))
      let value = try loss.evaluate(Tensor(sizes, x), targets, gradient: gradient, on: .default)
      cases.append(
        Case(
          loss: name, options: options, shape: shape, outputs: x, values: values ? t : nil,
          classes: values ? nil : labels, value: value, gradient: gradient.elements))
    }
    for shape in [[5, 7], [3, 2, 4, 6], [9, 1]] {
      try add("MSELoss", MeanSquaredError(), shape)
      try add("L1Loss", MeanAbsoluteError(), shape)
      try add("HuberLoss", HuberLoss(), shape)
      try add("HuberLoss", HuberLoss(delta: 0.3), shape, options: ["delta": [0.3]])
      try add("SmoothL1Loss", SmoothL1Loss(), shape)
      try add("SmoothL1Loss", SmoothL1Loss(beta: 0.5), shape, options: ["beta": [0.5]])
      try add("SmoothL1Loss", SmoothL1Loss(beta: 0), shape, options: ["beta": [0]])
      try add("BCEWithLogitsLoss", BinaryCrossEntropy(), shape)
      try add("BCEWithLogitsLoss", BinaryCrossEntropy(positiveWeights: [2.5]), shape, options: ["pos_weight": [2.5]])
    }
    let positive: [Float] = [1, 2, 0.5, 0, 3, 1, 4]
    try add(
      "BCEWithLogitsLoss", BinaryCrossEntropy(positiveWeights: positive), [5, 7], options: ["pos_weight": positive])
    for shape in [[10, 4], [3, 4, 5, 6]] {
      for hasValues in [false, true] {
        try add("CrossEntropyLoss", SoftmaxCrossEntropy(), shape, values: hasValues)
        try add(
          "CrossEntropyLoss", SoftmaxCrossEntropy(labelSmoothing: 0.2), shape, options: ["label_smoothing": [0.2]],
          values: hasValues)
        let weights: [Float] = [1, 2, 0.5, 3]
        try add(
          "CrossEntropyLoss", SoftmaxCrossEntropy(classWeights: weights), shape, options: ["weight": weights],
          values: hasValues)
        try add(
          "CrossEntropyLoss", SoftmaxCrossEntropy(labelSmoothing: 0.1, classWeights: weights), shape,
          options: ["weight": weights, "label_smoothing": [0.1]], values: hasValues)
      }
    }
    let folder = try TemporaryFolder()
    try folder.write([UInt8](try JSONEncoder().encode(cases)), to: "cases.json")
    let check = try Interop.run("loss_check.py", [folder / "cases.json"])
    #expect(check.code == 0, "\(check.output)\(check.errors)")
    #expect(check.output == "\(cases.count) losses and gradients agree\n")
  }
}
