import Foundation
import Kobai
import KobaiImages
import KobaiTextbook
import TestSupport
import Testing

@testable import own_textbook

@Suite struct DocumentationTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  /// The swift blocks of a text, line by line, without `prefix` (such as "/// ") and indentation.
  private static func blocks(_ text: String, prefix: String = "") -> [[String]] {
    var blocks: [[String]] = []
    var block: [String]?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      var line = line.trimmingCharacters(in: .whitespaces)
      guard line.hasPrefix(prefix.trimmingCharacters(in: .whitespaces)) else { continue }
      line = line.dropFirst(prefix.trimmingCharacters(in: .whitespaces).count).trimmingCharacters(in: .whitespaces)
      if line == "```swift" {
        block = []
      } else if line == "```" {
        if let block { blocks.append(block) }
        block = nil
      } else {
        block?.append(line)
      }
    }
    return blocks
  }

  /// Code in the documentation compiles, because it stands in the files beside this one.
  @Test func everyExampleCompiles() throws {
    let files =
      [
        "Examples", "ArticleExamples", "DesignExamples", "ScratchExamples", "GraphExamples", "LossExamples",
        "FineTuningExamples", "PReLU", "Squareplus", "Scale", "Multiply", "SmoothedCrossEntropy", "Lion",
        "../OwnTextbook/SquareRoot",
        "../OwnTextbook/OwnTextbook", "TuningExamples", "ONNXExamples", "TaskExamples", "DataExamples",
        "ServingExamples", "DistributedExamples",
        "../Guides/MakeShapes",
      ] + Guide.names.map { "../Guides/\($0)" }
    let examples = try files.flatMap { try Self.text("Tests/DocumentationTests/\($0).swift").split(separator: "\n") }
      .map { $0.trimmingCharacters(in: .whitespaces) }
    var all = Self.blocks(try Self.text("README.md")) + Self.blocks(try Self.text("README.ja.md"))
    let sources = try #require(
      FileManager.default.enumerator(at: Self.root.appendingPathComponent("Sources"), includingPropertiesForKeys: nil))
    for case let url as URL in sources where ["swift", "md"].contains(url.pathExtension) {
      all += Self.blocks(
        try String(contentsOf: url, encoding: .utf8), prefix: url.pathExtension == "swift" ? "///" : "")
    }
    #expect(all.count >= 35)
    for block in all {
      let code = block.filter { !$0.isEmpty && !$0.hasPrefix("import ") }
      if code.isEmpty { continue }
      let starts = examples.indices.filter { examples[$0] == code.first }
      #expect(starts.contains { Array(examples[$0...].prefix(code.count)) == code }, "not in Examples.swift: \(code)")
    }
  }

  @Test func examplesDoWhatTheySay() throws {
    #expect(try Examples.readmeNetwork() > 0.9)
    #expect(try DistributedExamples.train(SingleProcess(), .embedded()).count == 64)
    #expect(try DistributedExamples.sharded(SingleProcess(), ["affine": Affine(3)]).network.batch == 100)
    #expect(try Examples.readmeKernels() == [Float](repeating: 6, count: 8))
    #expect(try Examples.kernels() == [0, 0, 2])
    #expect(try Examples.leakyReLU() == [-0.01, 0, 2])
    #expect(try Examples.meansOfRows() == [2, 6])
    #expect(try squareplusOfThree() == [1, 2, 0.5])
    #expect(try Examples.convolutionPlan() == .direct)
    #expect(try Examples.sequential() == 6)
    #expect(try Examples.network(Tensor([7, 1, 28, 28])) == [7, 10])
    let folder = try TemporaryFolder()
    #expect(try Examples.events(folder / "run").hasPrefix("\(folder / "run")/events.out.tfevents."))
  }

  /// An activation of one's own is absorbed, and trained and saved like Kobai's.
  @Test func anActivationOfOnesOwn() throws {
    let layers: Sequential = [
      "conv": Conv2D(filters: 4, kernel: 3), "a": Squareplus(), "pool": MaxPool2D(2), "affine": Affine(6),
      "b": Squareplus(), "out": Affine(2),
    ]
    let networks = try [true, false].map { try Network(input: [1, 8, 8], batch: 3, layers, seed: 4, fuses: $0) }
    let x = Tensor([3, 1, 8, 8], (0..<192).map { Float($0 % 13) / 6 - 1 })
    let results = try networks.map { network in
      var optimizer = SGD(learningRate: 0.1)
      for step in 0..<3 {
        let outputs = try network.forward(x, .training(step: step))
        _ = try SoftmaxCrossEntropy().evaluate(
          outputs, Labels([0, 1, 1]), gradient: network.outputGradient, on: network.kernels)
        try network.backward()
        try optimizer.step(network.parameters)
      }
      return network.weightsSHA256
    }
    #expect(results[0] == results[1])
    #expect(networks[0].design.nodes.map(\.name) == ["conv", "a", "pool", "affine", "b", "out"])
    let folder = try TemporaryFolder()
    var registry = NodeRegistry.standard
    registry.register(Squareplus())
    try networks[0].save(to: folder / "own.safetensors", registry: registry)
    let copy = try Network(contentsOf: folder / "own.safetensors", batch: 3, registry: registry)
    #expect(copy.weightsSHA256 == results[0] && copy.layers[1].spec is Squareplus)
  }

  /// A loss of one's own over numbers is trained like any other.
  @Test func lossesDoWhatTheySay() throws {
    let (weight, shapes) = LossExamples.targets()
    #expect(weight.0 == 3 && abs(weight.1 - 2.2) < 1e-6 && shapes == [[3], [3, 1]])
    let network = try Network(input: [1], batch: 4, ["line": Affine(1)])
    let (x, t) = (Tensor([4, 1], [-1, 0, 1, 2]), Tensor([4, 1], [-1, 1, 3, 5]))
    var (optimizer, losses) = (SGD(learningRate: 0.3), [Float]())
    for step in 0..<200 {
      let outputs = try network.forward(x, .training(step: step))
      losses.append(
        try LogCosh().evaluate(outputs, t, gradient: network.outputGradient, on: network.kernels))
      try network.backward()
      try optimizer.step(network.parameters)
    }
    #expect(losses[0] > 0.5 && losses[199] < 1e-6, "2 x + 1")
  }

  @Test func tasksAndMetricsDoWhatTheySay() throws {
    #expect(try TaskExamples.lastLayer().output == [2])
    #expect(try WithinTenth().value([0, 1, 2, 3], values: [0.05, 1.2, 2, 3], weights: [1, 1, 2, 4]) == 7.0 / 8)
    #expect(WithinTenth().text(0.875) == "87.50 %" && WithinTenth().key == "within01")
  }

  @Test func dataOfOnesOwn() throws {
    #expect(DataExamples.samples() == 102 && DataExamples.columns() == 3 && DataExamples.Squares().count == 1000)
    #expect(try DataExamples.retargeted(.embedded()) == .classes(2))
    let folder = try TemporaryFolder()
    let rows = (0..<30).map { "\($0).5,\($0 % 7),\(["setosa", "versicolor", "virginica"][$0 % 3])\n" }.joined()
    try folder.write(Array(("length,width,species\n" + rows).utf8), to: "iris.csv")
    #expect(try DataExamples.folds(folder / "iris.csv") == 150)
  }

  @Test func fineTuningDoesWhatItSays() throws {
    let folder = try TemporaryFolder()
    let (ten, many) = (
      try Network(input: [1, 12, 12], batch: 1, SimpleConvNet()),
      try Network(input: [1, 12, 12], batch: 1, SimpleConvNet(classes: 26))
    )
    try ten.save(to: folder / "ten")
    #expect(
      try FineTuningExamples.load(SafetensorsFile(folder / "ten"), into: many)
        == ["conv1.weight", "conv1.bias", "affine1.weight", "affine1.bias"])
    #expect(try FineTuningExamples.tuning(many) == 2626)
    #expect(FineTuningExamples.schedule() == [1, 1, 0.5, 0.5])
  }

  @Test func servingDoesWhatItSays() async throws {
    let folder = try TemporaryFolder()
    let network = try Network(input: [1, 28, 28], batch: 1, ["affine": Affine(10)])
    let path = folder / "digits.safetensors"
    try ServingExamples.save(network, path)
    // A digit as MNIST has them: a stroke of 20 pixels with its mass in the middle.
    let pixels = (0..<784).map { UInt8(4..<24 ~= $0 / 28 && 12..<16 ~= $0 % 28 ? 255 : 0) }
    let picture = Picture(width: 28, height: 28, pixels: pixels)
    let answer = try ServingExamples.predict(path, picture)
    #expect(answer.ranking.count == 10 && answer.best?.name.allSatisfy(\.isLetter) == true)
    let many = try await ServingExamples.manyTasks(path, [picture, picture, picture])
    #expect(many == [0: answer.best?.probability, 1: answer.best?.probability, 2: answer.best?.probability])
    #expect(try ServingExamples.reload(path, picture) == answer)
  }

  @Test func articlesDoWhatTheySay() throws {
    let kernels = try ArticleExamples.callingTheKernels()
    #expect(kernels.product == [4, 5, 10, 11])
    #expect(kernels.pixels == [4.5, 4.5, 4.5, 4.5])
    #expect(abs(kernels.loss - (0.4076 + 0.0134) / 2) < 1e-4)
    #expect(kernels.error == "relu forward: y has 4 elements, but the sizes need 6")
    #expect(kernels.few == Array(kernels.many.prefix(5)))
    #expect(try ArticleExamples.theSameBits())
    #expect(try ArticleExamples.batches() == 40)
    #expect(ArticleExamples.report().contains("epoch"))
    #expect(try !ArticleExamples.textbook().figures.isEmpty)
    let settings = try ArticleExamples.settings()
    #expect(abs(settings.end[0] + 3 * pow(0.98, 200)) < 1e-9)
    #expect(settings.pictures == ["gradient-method"])
    #expect(ScratchExamples.exclusiveOr() == [0, 1, 1, 0])
    #expect(abs((GraphExamples.apples()?.item ?? 0) - 2.2) < 1e-12)
    let folder = try TemporaryFolder()
    let file = folder / "apples.svg"
    let (picture, steps) = try GraphExamples.drawing(to: file)
    #expect(steps.count == 6 && steps.last?.contains("−12") == true)
    #expect(try String(contentsOfFile: file, encoding: .utf8).contains("−12") && picture.contains("f = (x + y) z"))
  }

  @Test func tutorialDoesWhatItSays() throws {
    let folder = try TemporaryFolder()
    let path = folder / "weights.safetensors"
    let numbers = try ArticleExamples.fromNumbersToDigits(saveTo: path)
    #expect(abs(numbers.outputs[0] - 2.2) < 1e-6 && abs(numbers.outputs[1] - 2.8) < 1e-6)
    #expect(numbers.scores == [3, 3])
    #expect(numbers.gradient == [0.5, 1, 1.5, -0.5, -1, -1.5])
    #expect(abs(numbers.losses.before - 0.6931) < 1e-4)
    #expect(abs(numbers.losses.after - 0.2014) < 1e-4)
    #expect(numbers.accuracy > 0.9)
    #expect(FileManager.default.fileExists(atPath: path))
  }

  @Test("the search of the article on KobaiTuning finds a learning rate near 0.01")
  func searchFinds() {
    #expect((0.009...0.011).contains(TuningExamples.bayesianSearch()))
  }

  /// The article's layer in a network, with the article's loss and optimizer: the loss falls.
  @Test func partsOfOnesOwnTrain() throws {
    let network = try ArticleExamples.writingALayer()
    let loss = SmoothedCrossEntropy()
    var optimizer = Lion(learningRate: 0.001)
    let images = Tensor([10, 1, 28, 28])
    Kernels.default.randomUniform(RandomKey(seed: 1), 0..<1, into: images.mutableSpan)
    let labels = Labels(0..<10)
    var losses: [Float] = []
    for step in 0..<20 {
      let outputs = try network.forward(images, .training(step: step))
      losses.append(try loss.evaluate(outputs, labels, gradient: network.outputGradient, on: network.kernels))
      try network.backward()
      optimizer.step(network.parameters)
    }
    #expect(losses[19] < losses[0] / 2, "\(losses)")
    let state = optimizer.state(for: network.parameters)
    var again = Lion()
    try again.load(state: state, for: network.parameters)
    #expect(again.state(for: network.parameters).tensors.map(\.tensor.elements) == state.tensors.map(\.tensor.elements))
    #expect((network["prelu2"] as? PReLULayer)?.slopes.value.elements.allSatisfy { $0 == 0.1 } == false)
  }

  /// The article's designs build, and their parts carry the names that it says.
  @Test func designsDoWhatTheySay() throws {
    let stages = try Network(input: [1, 28, 28], batch: 2, DesignExamples.stage())
    #expect(stages.parameters.all.contains { $0.name == "stage1.block.conv2.weight" })
    for layers in [DesignExamples.residual(), DesignExamples.branches(), DesignExamples.gate()] {
      #expect(try Network(input: [1, 28, 28], batch: 2, layers).output == [10])
    }
    #expect(try DesignExamples.graph().inputs.map(\.name) == ["left", "right"])
    let outputs = try DesignExamples.twoOutputs(Tensor([3, 1, 28, 28]))
    #expect(outputs.digit.shape == [3, 10] && outputs.isOdd.shape == [3, 2])
    let error = #expect(throws: BuildError.self) {
      try Network(input: [8], batch: 1, Branches(["a": Affine(2), "b": Affine(3)], merge: Multiply()))
    }
    #expect(error?.description == "merge: 2 and 3 are not two inputs of one shape")
  }

  /// The article's merge has the gradients that differences say, and its fused layer the bits of separate ones.
  @Test func mergesAndFusedLayersOfOnesOwnAreRight() throws {
    let gate = Branches(["value": Affine(3), "gate": Affine(3)], merge: Multiply())
    let network = try Network(input: [4], batch: 2, gate, seed: 5, inputGradient: true)
    let x = Tensor([2, 4], [0.3, -0.2, 0.5, 0.9, -0.7, 0.1, 0.4, -0.6])
    _ = try network.forward(x, .training(step: 0))
    network.outputGradient.fill(1)
    try network.backward()
    let gradient = try #require(network.inputGradient).elements
    for i in 0..<8 {
      func sum(_ change: Float) throws -> Double {
        var elements = x.elements
        elements[i] += change
        return try network.forward(Tensor([2, 4], elements)).elements.reduce(0) { $0 + Double($1) }
      }
      #expect(abs(try (sum(1 / 64) - sum(-1 / 64)) * 32 - Double(gradient[i])) < 1e-4)
    }

    let layers: Sequential = [
      "affine1": Affine(40), "scale": Scale(factor: -0.3), "relu": ReLU(), "affine2": Affine(3),
    ]
    let networks = try [true, false].map {
      try Network(input: [4], batch: 2, layers, inputGradient: true, fuses: $0)
    }
    #expect(networks.map { $0["relu"] == nil } == [true, false])
    let results = try networks.map { network in
      let y = try network.forward(x, .training(step: 0)).elements
      network.outputGradient.fill(1)
      try network.backward()
      return [y, network.inputGradient?.elements] + network.parameters.all.map(\.gradient.elements)
    }
    #expect(results[0] == results[1])
  }

  /// The article's layer, as ONNX and back.
  @Test func layersOfOnesOwnAsONNX() throws {
    let network = try ArticleExamples.writingALayer()
    let folder = try TemporaryFolder()
    let copy = try ONNXExamples.thereAndBack(network, folder / "model.onnx")
    #expect(copy.weightsSHA256 == network.weightsSHA256)
    let images = Tensor([10, 1, 28, 28])
    Kernels.default.randomUniform(RandomKey(seed: 1), 0..<1, into: images.mutableSpan)
    #expect(try copy.forward(images).elements == network.forward(images).elements)
  }

  /// An experiment of somebody else's package: it runs, its settings are found, and a sweep draws all its runs.
  @Test func experimentsOfOnesOwnHaveSettings() throws {
    let own = SquareRoot()
    #expect(own.settings.map(\.name) == ["a", "lr", "steps"])
    #expect(abs(try own.run(Lab())["root"] - 2.0.squareRoot()) < 1e-6)
    #expect(abs(try own.setting("a", to: 9).setting("lr", to: 0.01).setting("steps=100").run(Lab())["root"] - 3) < 1e-6)
    let sweep = try Sweep(own, "lr=0.01,0.1").run(Lab())
    let picture = try SVGDocument(#require(sweep.pictures.first).figure.svg)
    #expect(picture.series == ["lr=0.01", "lr=0.1"])
    #expect(own.about.sourceText?.contains("struct SquareRoot: Experiment {") == true)
  }

  /// Both READMEs have the same commands, and local links that lead somewhere.
  @Test func readmesAgree() throws {
    let (english, japanese) = (try Self.text("README.md"), try Self.text("README.ja.md"))
    func commands(_ text: String) -> [Substring] {
      text.split(separator: "\n").filter { $0.contains("swift run") && !$0.contains("`swift run") }
    }
    #expect(commands(english) == commands(japanese) && commands(english).count > 2)
    for text in [english, japanese] {
      for match in text.matches(of: /\]\(([^)#:]+)\)/) {
        #expect(FileManager.default.fileExists(atPath: Self.root.appendingPathComponent(String(match.1)).path))
      }
    }
  }
}
