// The code of the articles in the documentation catalogues, as it stands there (see Examples.swift).
import Kobai
import KobaiData
import KobaiReport
import KobaiTextbook
import KobaiTraining

enum ArticleExamples {
  /// What the article on the kernels says in its comments.
  struct KernelNumbers {
    var product: [Float]
    var pixels: [Float]
    var loss: Float
    var error: String
    var few: [Float]
    var many: [Float]
  }

  static func callingTheKernels() throws -> KernelNumbers {
    let kernels = Kernels(threads: 2)
    let a: [Float] = [1, 2, 3, 4, 5, 6]  // 2 × 3
    let b: [Float] = [1, 0, 0, 1, 1, 1]  // 3 × 2
    var c: [Float] = [0, 0, 0, 0]
    try kernels.gemm(GemmShape(m: 2, n: 2, k: 3), a.span, b.span, into: c.mutableSpan)  // 4 5 10 11

    let shape = Conv2DShape(batch: 1, channels: 1, input: 4, filters: 1, kernel: 3)
    let image = [Float](repeating: 1, count: shape.inputCount)
    let filter = [Float](repeating: 0.5, count: shape.weightCount)
    var y = [Float](repeating: 0, count: shape.outputCount)  // 2 × 2
    try kernels.conv2DForward(shape, image.span, weight: filter.span, bias: nil, into: y.mutableSpan)  // all 4.5

    let workspace = Workspace()
    for _ in 0..<3 {
      try kernels.gemm(GemmShape(m: 2, n: 2, k: 3), a.span, b.span, into: c.mutableSpan, workspace: workspace)
    }

    let plan = try Conv2DPlan(kernels, shape)
    try plan.forward(
      batch: 1, image.span, weight: filter.span, bias: nil, into: y.mutableSpan, workspace: workspace)

    let logits: [Float] = [2, 1, 0, 0, 0, 5]
    let labels: [Int32] = [0, 2]
    var gradient = [Float](repeating: 0, count: 6)
    let loss = try kernels.softmaxCrossEntropy(
      rows: 2, columns: 3, logits.span, labels: labels.span, dx: gradient.mutableSpan)  // the mean of 0.408 and 0.013

    do {
      try kernels.activationForward(.relu, logits.span, into: c.mutableSpan)
    } catch {
      print(error)  // relu forward: y has 4 elements, but the sizes need 6
    }
    var words = ""
    do { try kernels.activationForward(.relu, logits.span, into: c.mutableSpan) } catch { words = "\(error)" }

    let key = RandomKey(seed: 7, stream: 1, step: 0)
    var (few, many) = ([Float](repeating: 0, count: 5), [Float](repeating: 0, count: 5000))
    kernels.randomNormal(key, into: few.mutableSpan)
    kernels.randomNormal(key, into: many.mutableSpan)  // begins with the same five
    return KernelNumbers(product: c, pixels: y, loss: loss, error: words, few: few, many: many)
  }

  /// What the tutorial says in its comments.
  struct TutorialNumbers {
    var outputs: [Float]
    var scores: [Float]
    var gradient: [Float]
    var losses: (before: Float, after: Float)
    var accuracy: Double
  }

  static func fromNumbersToDigits(saveTo path: String) throws -> TutorialNumbers {
    let x: [Float] = [1, 2, 3]
    let weight: [Float] = [0.1, 0.3, 0.5, 0.2, 0.4, 0.6]  // (outputs, inputs)
    var y: [Float] = [0, 0]
    try Kernels.default.gemm(GemmShape(m: 1, n: 2, k: 3, transposeB: true), x.span, weight.span, into: y.mutableSpan)
    print(y)  // 2.2 and 2.8, but for rounding

    let small = try Network(
      input: [3], batch: 1, ["affine1": Affine(2, initializer: .constant(0.5))])
    let input = Tensor([1, 3], [1, 2, 3])
    let scores = try small.forward(input)  // 3 and 3
    let firstScores = scores.elements

    let loss = SoftmaxCrossEntropy()
    let label = Labels([1])
    let before = try loss.evaluate(
      scores, label, gradient: small.outputGradient, on: small.kernels)  // 0.693

    try small.backward()
    print(small.parameters.all[0].gradient.elements)  // [0.5, 1, 1.5, -0.5, -1, -1.5]
    let gradient = small.parameters.all[0].gradient.elements

    var descent = SGD(learningRate: 0.1)
    try descent.step(small.parameters)
    let after = try loss.evaluate(small.forward(input), label, gradient: nil, on: small.kernels)  // 0.201

    let digits = try Dataset.embedded()
    let network = try Network(input: [1, 28, 28], batch: 100, SimpleConvNet(), seed: 1)
    for layer in network.summary { print(layer.name, layer.description, layer.output) }

    let trainer = Trainer(
      network, loss: SoftmaxCrossEntropy(), optimizer: Adam(learningRate: 0.003),
      train: Batches(digits.train, batchSize: 100, shuffles: true, augmentation: Augmentation(), seed: 1),
      validation: Batches(digits.test, batchSize: 100), options: .init(epochs: 4, schedule: .oneCycle()))
    _ = try trainer.run { print($0.number, $0.trainLoss, $0.evaluation?.accuracy ?? 0) }

    let evaluation = try Evaluator(network, loss: SoftmaxCrossEntropy())
      .evaluate(Batches(digits.test, batchSize: 100))
    for digit in 0..<10 { print(digit, evaluation.confusion?.recall(of: digit) ?? 0) }

    let averaged = try Evaluator(ensemble: [network], task: .classification(classes: 10))
      .evaluate(views: Batches.views(digits.test, batchSize: 100, shift: 1))
    print(evaluation.accuracy, averaged.accuracy)

    try network.save(to: path, metadata: ["accuracy": "\(evaluation.accuracy)"])
    print(network.weightsSHA256)
    return TutorialNumbers(
      outputs: y, scores: firstScores, gradient: gradient, losses: (before, after), accuracy: evaluation.accuracy)
  }

  static func theSameBits() throws -> Bool {
    let all = try Dataset.embedded()
    let few = ImageSet(pixels: firstPixels(of: all), size: 28, labels: Array(all.train.labels[..<300]))
    let digits = try Dataset(name: "300 digits", train: few, test: few, path: "")
    func digest(_ kernels: Kernels) throws -> String {
      let network = try Network(input: [1, 28, 28], batch: 100, SimpleConvNet(), seed: 5, kernels: kernels)
      let trainer = Trainer(
        network, loss: SoftmaxCrossEntropy(), optimizer: Adam(),
        train: Batches(digits.train, batchSize: 100, shuffles: true, seed: 5),
        options: .init(epochs: 1))
      _ = try trainer.run()
      return network.weightsSHA256
    }
    let same = try digest(Kernels(threads: 1)) == digest(Kernels(instructionSet: .portable, threads: 2))  // true
    return same
  }

  /// The pixels of the first 300 training images: enough for three steps.
  private static func firstPixels(of digits: Dataset) -> [UInt8] {
    let pixels = digits.train.pixels
    return (0..<300 * digits.train.pixelsPerImage).map { pixels[$0] }
  }

  static func writingALayer() throws -> Network {
    let layers: Sequential = [
      "conv1": Conv2D(filters: 16, kernel: 5), "prelu1": PReLU(), "pool1": MaxPool2D(2),
      "affine1": Affine(64), "prelu2": PReLU(slope: 0.1), "affine2": Affine(10),
    ]
    return try Network(input: [1, 28, 28], batch: 10, layers)
  }

  static func batches() throws -> Int {
    let digits = try Dataset.embedded()
    let batches = Batches(digits.train, batchSize: 100, shuffles: true, augmentation: Augmentation(), seed: 1)
    return batches.count
  }

  static func photos() throws -> Int {
    let photos = try Dataset.load(pictures: "photos")
    let batches = Batches(
      photos.train, batchSize: 128, shuffles: true, augmentation: .cifar,
      normalization: try .learned(from: photos.train), seed: 1)
    return batches.count
  }

  static func report() -> String {
    let figure = Figure(
      "Training", Panel(x: Axis("epoch"), y: Axis("loss"), [.line(.init("train", values: [2.3, 0.9, 0.4]))]))
    return figure.svg
  }

  static func textbook() throws -> Outcome {
    let experiment = try Textbook.experiment("ch02/logic-gates")
    let outcome = try experiment.run(Lab(print: { print($0) }))
    return outcome
  }

  static func settings() throws -> (end: [Double], pictures: [String]) {
    let patient = try GradientMethod().setting("lr", to: 0.01).setting("steps", to: 200)
    let end = try patient.run(Lab()).figures["path (-3, 4)"]
    let sweep = try Sweep(GradientMethod(), "lr=0.01,0.1,0.95,1.05").run(Lab(print: { print($0) }))
    return (end ?? [], sweep.pictures.map(\.name))
  }
}
