// The examples of the READMEs and of the documentation comments, as they stand there. DocumentationTests checks that each
// of them is here, word for word, and runs them.
import Kobai
import KobaiData
import KobaiKernels
import KobaiTensorBoard
import KobaiTraining

enum Examples {
  static func readmeNetwork() throws -> Double {
    let digits = try Dataset.embedded()
    let network = try Network(
      input: [1, 28, 28], batch: 100,
      [
        "conv1": Conv2D(filters: 30, kernel: 5), "relu1": ReLU(), "pool1": MaxPool2D(2),
        "affine1": Affine(100), "relu2": ReLU(), "affine2": Affine(10),
      ])
    let trainer = Trainer(
      network, loss: SoftmaxCrossEntropy(), optimizer: Adam(),
      train: Batches(digits.train, batchSize: 100, shuffles: true, augmentation: Augmentation()),
      options: .init(epochs: 3, schedule: .oneCycle()))
    _ = try trainer.run()
    let evaluation = try Evaluator(network, loss: SoftmaxCrossEntropy())
      .evaluate(Batches(digits.test, batchSize: 100))
    print(evaluation.accuracy, network.weightsSHA256)
    return evaluation.accuracy
  }

  static func readmeKernels() throws -> [Float] {
    let kernels = Kernels(threads: 2)
    let (a, b) = ([Float](repeating: 1, count: 6), [Float](repeating: 2, count: 12))
    var c = [Float](repeating: 0, count: 8)
    try kernels.gemm(GemmShape(m: 2, n: 4, k: 3), a.span, b.span, into: c.mutableSpan)  // all 6
    return c
  }

  static func kernels() throws -> [Float] {
    let kernels = Kernels(threads: 2)
    var y = [Float](repeating: 0, count: 3)
    try kernels.activationForward(.relu, [-1, 0, 2].span, into: y.mutableSpan)
    return y
  }

  static func leakyReLU() throws -> [Float] {
    let kernels = Kernels(threads: 2)
    let x: [Float] = [-1, 0, 2]
    var y = [Float](repeating: 0, count: 3)
    try kernels.map(x.span, into: y.mutableSpan) { x in x.replacing(with: 0.01 * x, where: x .< 0) }  // LeakyReLU
    return y
  }

  static func meansOfRows() throws -> [Float] {
    let kernels = Kernels(threads: 2)
    let (rows, columns) = (2, 3)
    let x: [Float] = [1, 2, 3, 4, 5, 9]
    var means = [Float](repeating: 0, count: rows)
    try kernels.parallelFor(rows, grain: 64, into: means.mutableSpan) { range, part in
      for i in range {
        var sum: Float = 0
        for j in 0..<columns { sum += x[i * columns + j] }
        part[i - range.lowerBound] = sum / Float(columns)
      }
    }
    return means
  }

  static func convolutionPlan() throws -> Conv2DAlgorithm {
    let shape = Conv2DShape(batch: 100, channels: 1, input: 28, filters: 30, kernel: 5)
    let plan = try Conv2DPlan(Kernels(), shape)
    print(plan.algorithms.forward)  // direct
    return plan.algorithms.forward
  }

  static func sequential() throws -> Int {
    let layers: Sequential = [
      "conv1": Conv2D(filters: 30, kernel: 5), "relu1": ReLU(), "pool1": MaxPool2D(2),
      "affine1": Affine(100), "relu2": ReLU(), "affine2": Affine(10),
    ]
    return layers.elements.count
  }

  static func network(_ images: Tensor) throws -> Shape {
    let network = try Network(input: [1, 28, 28], batch: 100, SimpleConvNet())
    let logits = try network.forward(images, .inference)
    return logits.shape
  }

  static func events(_ folder: String) throws -> String {
    let events = try EventWriter(directory: folder)
    try events.addScalar("train/loss", 0.25, step: 1)
    return events.path
  }
}
