import Foundation
import Kobai
import KobaiData
import KobaiFiles
import KobaiImages
import KobaiInference
import KobaiONNX
import KobaiReport
import KobaiTraining
import TestSupport
import Testing

/// A file is all that it takes to predict.
@Suite struct ModelTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static func digitNetwork() throws -> Network {
    try Network(
      input: [1, 28, 28], batch: 4,
      ["conv": Conv2D(filters: 4, kernel: 5, stride: 2), "relu": ReLU(), "affine": Affine(10)],
      seed: 3, kernels: Kernels(threads: 1))
  }

  @Test func digitsAreReadAsEvaluatorsReadThem() throws {
    let (network, digits) = (try Self.digitNetwork(), try Dataset.embedded().test)
    let names = try ClassNames((0..<10).map { "digit \($0)" })
    let card = ModelCard(input: network.input, classNames: names, normalization: .mnist)
    try network.save(to: folder / "digits.safetensors", metadata: card.metadata)
    try network.saveONNX(to: folder / "digits.onnx", metadata: card.metadata)
    let evaluator = Evaluator(network, loss: SoftmaxCrossEntropy())
    let expected = try evaluator.predictions(Batches(digits, indices: [0, 1, 2], batchSize: 3, normalization: .mnist))
    for file in ["digits.safetensors", "digits.onnx"] {
      let model = try Model(contentsOf: folder / file, batch: 2)
      #expect(model.card == card && model.notices.isEmpty)
      for (i, answer) in expected.enumerated() {
        let bytes = (0..<784).map { digits.pixels[i * 784 + $0] }
        let prediction = try model.predict(bytes: bytes)
        expectSameBits(prediction.values, answer.probabilities, "\(file), \(i)")
        #expect(prediction.ranking.map(\.label) == answer.ranking)
        #expect(prediction.best?.name == "digit \(answer.predictedLabel)")
        let picture = Picture(width: 28, height: 28, pixels: bytes)
        #expect(try model.predict(picture) == prediction)
        #expect(try model.predictDigits(in: picture) == [prediction])
        try folder.write(PNGImage(width: 28, height: 28, gray: bytes).bytes, to: "digit.png")
        #expect(try model.predict(contentsOf: folder / "digit.png") == prediction)
        let near = try model.predict(bytes.map { Float($0) / 255 })
        #expect(zip(near.values, prediction.values).allSatisfy { abs($0 - $1) < 1e-5 })
      }
    }
  }

  @Test("of equally probable classes the first comes first") func equalClasses() throws {
    let network = try Network(input: [4], batch: 1, ["affine": Affine(5, initializer: .zeros)])
    let card = ModelCard(input: [4], classNames: try ClassNames(["a", "b", "c", "d", "e"]))
    let equal = try Model(network, card: card).predict([1, 2, 3, 4])
    #expect(equal.ranking.map(\.name) == ["a", "b", "c", "d", "e"] && equal.best?.label == 0)
    network.parameters.all[1].value.copy(from: Tensor([5], [0, 1, 0, 1, 0]))
    #expect(try Model(network, card: card).predict([1, 2, 3, 4]).ranking.map(\.name) == ["b", "d", "a", "c", "e"])
  }

  @Test func coloursAreMadeAsLargeAsTheNetworksImages() throws {
    let network = try Network(
      input: [3, 8, 8], batch: 1, ["conv": Conv2D(filters: 4, kernel: 3), "affine": Affine(3), "softmax": Softmax()])
    let card = ModelCard(
      input: [3, 8, 8], classNames: try ClassNames(["cat", "dog", "ship"]), orientation: .transposed)
    let model = try Model(network, card: card)
    let colours: [[UInt8]] = [[200, 0, 50], [10, 90, 255]]
    let small = Picture(width: 8, height: 8, channels: 3, pixels: (0..<64).flatMap { colours[$0 / 32] })
    var transposed: [UInt8] = []
    for channel in 0..<3 {
      for i in 0..<64 { transposed.append(small.pixels[(i % 8 * 8 + i / 8) * 3 + channel]) }
    }
    let expected = try model.predict(bytes: transposed)
    #expect(try model.predict(small) == expected)
    #expect(abs(expected.values.reduce(0, +) - 1) < 1e-5)  // the probabilities of the network's own layer
    let alone = try network.forward(Tensor([1, 3, 8, 8], transposed.map { Float($0) / 255 })).elements
    #expect(zip(expected.values, alone).allSatisfy { abs($0 - $1) < 1e-6 }, "softmax once")
    let plain = Picture(
      width: 40, height: 30, channels: 3, pixels: (0..<1200).flatMap { _ in [200, 0, 50] as [UInt8] })
    let planes = [200, 0, 50].flatMap { [UInt8](repeating: $0, count: 64) }
    #expect(try model.predict(plain) == model.predict(bytes: planes))
    // Of a wider picture the middle is taken, as of one in a folder to train on.
    let wide = Picture(
      width: 20, height: 8, channels: 3,
      pixels: (0..<160).flatMap { i in (6..<14).contains(i % 20) ? colours[i / 80] : [99, 99, 99] })
    #expect(try model.predict(wide) == expected)
    try folder.write(PNGImage(width: 20, height: 8, rgb: wide.pixels).bytes, to: "wide.png")
    #expect(try model.predict(contentsOf: folder / "wide.png") == expected)
    let gray = Picture(width: 8, height: 8, pixels: [UInt8](repeating: 7, count: 64))
    #expect(try model.predict(gray) == model.predict(bytes: [UInt8](repeating: 7, count: 192)))
  }

  @Test func numbersComeOutOfRegressionsAndProbabilitiesOfLabels() throws {
    let network = try Network(input: [3], batch: 1, ["affine": Affine(2)], seed: 5)
    let normalization = Normalization(mean: 2, deviation: 4)
    let regression = ModelCard(input: [3], task: .regression, normalization: normalization)
    try network.save(to: folder / "regression", metadata: regression.metadata)
    let model = try Model(contentsOf: folder / "regression")
    #expect(model.card == regression)
    let prediction = try model.predict([6, 2, -2])
    expectSameBits(prediction.values, try network.forward(Tensor([1, 3], [1, 0, -1])).elements, "regression")
    #expect(prediction.ranking.isEmpty && prediction.best == nil)

    let labels = ModelCard(input: [3], task: .multiLabel, classNames: try ClassNames(["red", "round"]))
    try network.save(to: folder / "labels", metadata: labels.metadata)
    let tagged = try Model(contentsOf: folder / "labels").predict([1, 0, -1])
    let logits = try network.forward(Tensor([1, 3], [1, 0, -1])).elements
    for (probability, logit) in zip(tagged.values, logits) {
      #expect(abs(Double(probability) - 1 / (1 + exp(-Double(logit)))) < 1e-6)
    }
    #expect(tagged.ranking.map(\.name) == (logits[0] > logits[1] ? ["red", "round"] : ["round", "red"]))
  }

  @Test func namedNetworksAndFilesThatSayNothing() throws {
    let network = try Network(input: [1, 28, 28], batch: 1, SoftmaxRegression(classes: 7), seed: 1)
    try SafetensorsFile.write(network.namedTensors, metadata: ["model": "softmax"], to: folder / "old")
    let model = try Model(contentsOf: folder / "old")
    #expect(model.card.classNames?.count == 7 && model.card.normalization == nil && model.card.orientation == nil)
    #expect(model.notices == ["\(folder / "old") does not say how its inputs were normalised: unit is assumed"])
    #expect(try model.predict(bytes: [UInt8](repeating: 9, count: 784)).values.count == 7)
    let known = ModelCard(input: [1, 28, 28], classNames: ClassNames(count: 7), normalization: .mnist)
    #expect(try Model(contentsOf: folder / "old", card: known).notices.isEmpty)
  }

  @Test func errorsAreOneLine() throws {
    func reason(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return "nothing"
    }
    let path = folder / "file"
    func saved(_ metadata: [String: String]) throws -> String {
      try Network(input: [3], batch: 1, ["affine": Affine(2)]).save(to: path, metadata: metadata)
      return reason { _ = try Model(contentsOf: path) }
    }
    #expect(
      try saved(["task": "poetry"])
        == "\(path): its task \"poetry\" is neither classification, multi-label, regression nor reconstruction")
    #expect(
      try saved(["normalization": "imagenet"])
        == "\(path): its normalization \"imagenet\" is neither unit, mnist, cifar10, MEAN,STD nor MEAN,…/STD,…")
    #expect(
      try saved(["class_names": "[\"a\"]"])
        == "\(path): its class_names are no list of 2 names; name them with --class-names")
    #expect(
      reason { _ = try Model(contentsOf: folder / "nothing") }
        == "\(folder / "nothing"): cannot be read: No such file or directory")
    let single = try Network(input: [], batch: 1, ["affine": Affine(2)])
    try single.save(to: path, metadata: ["normalization": "unit"])
    #expect(
      reason { _ = try Model(contentsOf: path) }
        == "\(path): its network takes (), which is no list of numbers and no image")
    try SafetensorsFile.write([("a", Tensor([1]))], to: path)
    #expect(
      reason { _ = try Model(contentsOf: path) }
        == "\(path): does not say which network it holds; name it with --model")
    for input in ["1×9000×9000", "1×0×28", "1×28×10001", "1×1×28×28", "wide"] {
      try SafetensorsFile.write([("a", Tensor([1]))], metadata: ["model": "mlp", "input": input], to: path)
      #expect(reason { _ = try Model(contentsOf: path) } == "\(path): its input \"\(input)\" is no shape")
    }
    let broken = try Network(input: [3], batch: 1, ["affine": Affine(2)])
    broken.parameters.all[0].value.fill(.nan)
    try broken.save(to: path)
    #expect(
      reason { _ = try Model(contentsOf: path) }
        == "\(path): affine.weight holds nan; such weights predict nothing; train again with a lower rate")
    var graph = Graph()
    let (a, b) = (graph.input("a", [2]), graph.input("b", [2]))
    graph.output("sum", graph.append("sum", Add(), [a, b]))
    try Network(graph, batch: 1).save(to: path)
    #expect(
      reason { _ = try Model(contentsOf: path) }
        == "\(path): its network has the inputs a, b and the outputs sum; a Model takes one of each, "
        + "FrozenNetwork(contentsOf:) any")

    let network = try Network(input: [3], batch: 1, ["affine": Affine(2)])
    #expect(
      reason { _ = try Model(network, card: ModelCard(input: [4], classNames: ClassNames(count: 2))) }
        == "its card is of a network of 4, but it takes 3")
    #expect(
      reason { _ = try Model(network, card: ModelCard(input: [3], classNames: ClassNames(count: 5))) }
        == "its card names 5 classes, but it has 2 outputs")
    let model = try Model(network, card: ModelCard(input: [3], classNames: ClassNames(count: 2)))
    #expect(
      reason { _ = try model.predict([1, 2]) } == "model of 3: its input has 2 elements, but the sizes need 3")
    #expect(reason { _ = try model.predict(bytes: [1, 2, 3]) } == "model: it takes 3, which is no picture")
    let digits = try Model(Self.digitNetwork(), card: ModelCard(input: [1, 28, 28], classNames: ClassNames(count: 10)))
    #expect(
      reason { _ = try digits.predict(bytes: [1, 2, 3]) }
        == "model of 1×28×28: its image has 3 elements, but the sizes need 784")
    try folder.write(PNGImage(width: 9, height: 9, gray: [UInt8](repeating: 255, count: 81)).bytes, to: "blank.png")
    #expect(
      reason { _ = try digits.predict(contentsOf: folder / "blank.png") }
        == "\(folder / "blank.png"): the picture is blank; it takes a digit that stands out from its background")
    let picture = Picture(width: 2, height: 2, pixels: [0, 0, 0, 0])
    #expect(reason { _ = try model.predict(picture) } == "model: it takes 3, which is no picture")
    #expect(reason { _ = try model.predictDigits(in: picture) } == "model: it takes 3, not digits of 1×28×28")
  }

  @Test func cardsComeBackFromTheirMetadata() throws {
    let cards = [
      ModelCard(input: [1, 28, 28], classNames: ClassNames(count: 3)),
      ModelCard(
        input: [1, 28, 28], classNames: try ClassNames(["a", "b", "c"]), normalization: .mnist, orientation: .transposed
      ),
      ModelCard(input: [1, 28, 28], task: .multiLabel, classNames: ClassNames(count: 3), normalization: nil),
      ModelCard(input: [1, 28, 28], task: .regression, normalization: Normalization(mean: 0.5, deviation: 0.25)),
      ModelCard(input: [1, 28, 28], task: .reconstruction, orientation: nil),
    ]
    for card in cards {
      #expect(try ModelCard(metadata: card.metadata, input: card.input, outputs: [3], path: "p") == card)
    }
    #expect(
      cards[0].metadata == ["input": "1×28×28", "classes": "3", "normalization": "unit", "orientation": "upright"])
    // A network that makes images again says so by their shape.
    let usual = try ModelCard(metadata: [:], input: [1, 8, 8], outputs: [1, 8, 8], path: "p")
    #expect(usual.task == .reconstruction && usual.classNames == nil)
  }
}
