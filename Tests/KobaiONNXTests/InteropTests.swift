import Foundation
import Kobai
import KobaiData
import KobaiFiles
import KobaiONNX
import KobaiTraining
import TestSupport
import Testing

/// Networks, trained for a few steps, as another runtime sees them.
@Suite(
  .enabled(if: Interop.python != nil, "set KOBAI_PYTHON to a Python that has onnx, onnxruntime and numpy"))
struct InteropTests {
  struct Example: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let architecture: any Architecture
    let operators: [String]
  }

  private static let examples = [
    Example(
      testDescription: "SimpleConvNet", architecture: SimpleConvNet(),
      operators: ["Conv", "Relu", "MaxPool", "Flatten", "Gemm", "Relu", "Gemm"]),
    Example(
      testDescription: "DeepConvNet", architecture: DeepConvNet(),
      operators: [[String]](repeating: ["Conv", "Relu", "Conv", "Relu", "MaxPool"], count: 3).flatMap(\.self)
        + ["Flatten", "Gemm", "Relu", "Gemm"]),
    Example(
      testDescription: "SprintConvNet", architecture: SprintConvNet(),
      operators: [
        "Pad", "Conv", "Relu", "MaxPool", "BatchNormalization", "Conv", "Relu", "Flatten", "Gemm",
        "BatchNormalization", "Relu", "Gemm",
      ]),
    Example(
      testDescription: "MultiLayerNet with BatchNorm",
      architecture: MultiLayerNet(hidden: [50, 30], batchNorm: true, dropout: 0.3),
      operators: ["Flatten", "Gemm", "BatchNormalization", "Relu", "Gemm", "BatchNormalization", "Relu", "Gemm"]),
    Example(
      testDescription: "every convolution",
      architecture: [
        "conv": Conv2D(filters: 8, kernel: 3, stride: 2, padding: 1),
        "depthwise": Conv2D(filters: 16, kernel: 3, padding: 1, groups: 8), "relu1": ReLU(),
        "grouped": Conv2D(filters: 12, kernel: Size2D(3, 2), padding: Size2D(2, 1), dilation: Size2D(2, 3), groups: 4),
        "relu2": ReLU(),
        "up": ConvTranspose2D(
          filters: 6, kernel: 3, stride: 2, padding: 1, outputPadding: Size2D(1, 0), groups: 3),
        "down": Conv2D(filters: 4, kernel: 4, stride: 3),
        "wide": ConvTranspose2D(filters: 3, kernel: 2, dilation: 2, bias: false), "affine": Affine(10),
      ] as Sequential,
      operators: [
        "Conv", "Conv", "Relu", "Conv", "Relu", "ConvTranspose", "Conv", "ConvTranspose", "Flatten", "Gemm",
      ]),
    Example(
      testDescription: "every layer",
      architecture: [
        "step": Step(), "conv1": Conv2D(filters: 6, kernel: Size2D(3, 5), stride: Size2D(1, 2), padding: Size2D(1, 0)),
        "norm": BatchNorm(), "relu": ReLU(), "pool1": MaxPool2D(3, stride: 2, padding: 1),
        "conv2": Conv2D(filters: 8, kernel: 3, bias: false, initializer: .normal(deviation: 1)), "softmax1": Softmax(),
        "pool2": AveragePool2D(Size2D(2, 3), stride: 2, padding: Size2D(0, 1)), "identity": Identity(),
        "flatten": Flatten(), "affine1": Affine(20, bias: false, initializer: .normal(deviation: 10)), "tanh": Tanh(),
        "dropout": Dropout(0.2), "affine2": Affine(20), "sigmoid": Sigmoid(),
        "affine3": Affine(10, initializer: .normal(deviation: 2)), "softmax2": Softmax(),
      ] as Sequential,
      operators: [
        "Greater", "Cast", "Conv", "BatchNormalization", "Relu", "MaxPool", "Conv", "Flatten", "Softmax",
        "Reshape", "AveragePool", "Flatten", "Gemm", "Tanh", "Gemm", "Sigmoid", "Gemm", "Softmax",
      ]),
  ]

  private struct Report: Decodable {
    let samples: Int
    let opset: Int
    let operators: [String]
    let classesSeen: Int
    let largestLogit: Double
    let largestDifference: Double
  }

  @Test(arguments: examples)
  func onnxRuntimeComesToTheSameLogits(_ example: Example) throws {
    let digits = try Dataset.embedded()
    let network = try Network(input: [1, 28, 28], batch: 100, example.architecture, seed: 5)
    let train = Batches(digits.train, indices: Array(0..<600), batchSize: 100, shuffles: true)
    let loss = SoftmaxCrossEntropy()
    _ = try Trainer(network, loss: loss, optimizer: Adam(), train: train, options: .init(epochs: 1)).run()

    let test = Batches(digits.test, batchSize: 100)
    var (inputs, logits) = ([Float](), [Float]())
    try Evaluator(network, loss: loss).forEachBatch(
      test, preparing: { inputs += $0.elements }, { outputs, _ in logits += outputs.elements })
    let report = try Self.check(network, inputs, logits)
    #expect(report.samples == 1000 && report.opset == 13 && report.operators == example.operators)
    #expect(report.classesSeen > 1 && report.largestLogit > 0.1, "the comparison says something")
  }

  /// Writes the network, and lets ONNX Runtime compute the logits of the inputs.
  private static func check(_ network: Network, _ inputs: [Float], _ logits: [Float]) throws -> Report {
    let folder = try TemporaryFolder()
    try network.saveONNX(to: folder / "model.onnx")
    try folder.write(inputs.littleEndianBytes, to: "inputs.f32")
    try folder.write(logits.littleEndianBytes, to: "logits.f32")
    let check = try Interop.run(
      "onnx_check.py", [folder / "model.onnx", folder / "inputs.f32", folder / "logits.f32"])
    try #require(check.code == 0, "\(check.errors)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Report.self, from: Data(check.output.utf8))
  }

  /// Layers that no network of the book has, with random weights.
  @Test func layersOfOtherNetworks() throws {
    for (input, opset, layers) in Designs.chains {
      let network = try Network(input: input, batch: 30, layers, seed: 3)
      var random = TestRandom(5)
      for parameter in network.parameters.all {
        parameter.value.copy(from: Tensor([parameter.value.count], random.floats(parameter.value.count)))
      }
      let hasIndices = layers.elements[0].part is Embedding
      let x = (0..<30 * input.count).map { _ in hasIndices ? Float(random.index(below: 10)) : random.float() * 2 }
      let logits = try network.forward(Tensor(input.batched(30), x)).elements
      let report = try Self.check(network, x, logits)
      #expect(report.opset == opset && report.classesSeen > 1 && report.largestLogit > 0.1, "\(report)")
    }
  }

  /// Designs that are no chains; the weights as they were drawn.
  @Test(arguments: Designs.all)
  func onnxRuntimeComesToTheSameOutputsOfGraphs(_ design: Designs.Example) throws {
    let network = try Network(design.graph, batch: 50, seed: 7)
    let (xs, _) = try Designs.run(network, seed: 6)
    let folder = try TemporaryFolder()
    try network.saveONNX(to: folder / "model.onnx")
    var files: [String] = []
    for (i, x) in xs.enumerated() {
      try folder.write(x.elements.littleEndianBytes, to: "\(i).in")
      files.append(folder / "\(i).in")
    }
    for i in network.outputs.indices {
      try folder.write(network.outputValue(i).elements.littleEndianBytes, to: "\(i).out")
      files.append(folder / "\(i).out")
    }
    let check = try Interop.run("onnx_check.py", [folder / "model.onnx"] + files)
    try #require(check.code == 0, "\(check.errors)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let report = try decoder.decode(Report.self, from: Data(check.output.utf8))
    #expect(report.samples == 50 && report.classesSeen > 1 && report.largestLogit > 0.01)
  }

  private struct Exports: Decodable {
    let batch: Int
    let networks: [String: [String]?]
  }

  /// What PyTorch exports is read, under the names of its modules, and computes what PyTorch computes.
  @Test func networksOfPyTorch() throws {
    let folder = try TemporaryFolder()
    let made = try Interop.run("torch_onnx.py", [folder.path])
    try #require(made.code == 0, "\(made.errors)")
    let exports = try JSONDecoder().decode(Exports.self, from: Data(made.output.utf8))
    #expect(exports.networks.count >= 18)
    for (name, parameters) in exports.networks.sorted(by: { $0.key < $1.key }) {
      let network = try Network(contentsOfONNX: folder / "\(name).onnx", batch: exports.batch)
      let xs = try network.inputs.enumerated().map { i, input in
        Tensor(input.shape.batched(exports.batch), try Self.floats(folder / "\(name).in\(i).f32"))
      }
      let y = try network.forward(xs).elements
      let expected = try Self.floats(folder / "\(name).out.f32")
      let difference = zip(y, expected).map { abs($0 - $1) }.max() ?? .infinity
      let largest = expected.map(abs).max() ?? 0
      // Each of a dozen layers rounds in its own order.
      #expect(
        y.count == expected.count && difference < 3e-5 * max(1, largest) && largest > 0.1, "\(name): \(difference)")
      // Batch normalisations may be part of the convolutions, which then have biases.
      let names = Set(network.parameters.all.map(\.name))
      guard let parameters else { continue }
      let isKnown = { (parameter: String) in parameters.contains(parameter) || parameter.hasSuffix(".bias") }
      #expect(names.allSatisfy(isKnown), "\(name): \(names.sorted())")
      #expect(!names.isEmpty)
    }
  }

  private static func floats(_ path: String) throws -> [Float] {
    let bytes = try readFile(path)
    return stride(from: 0, to: bytes.count, by: 4).map { i in
      Float(bitPattern: bytes[i..<i + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
  }

  /// The script itself can say no.
  @Test func theCheckFindsAWrongLogit() throws {
    let network = try Network(input: [3], batch: 1, ["a": Affine(2)] as Sequential)
    let folder = try TemporaryFolder()
    try network.saveONNX(to: folder / "model.onnx")
    let x: [Float] = [1, 2, 3]
    var logits = try network.forward(Tensor([1, 3], x)).elements
    logits[1] += 2e-4
    try folder.write(x.littleEndianBytes, to: "inputs.f32")
    try folder.write(logits.littleEndianBytes, to: "logits.f32")
    let check = try Interop.run(
      "onnx_check.py", [folder / "model.onnx", folder / "inputs.f32", folder / "logits.f32"])
    #expect(check.code == 1 && check.errors.hasPrefix("error: logits differ by up to 0.0002"), "\(check.errors)")
  }
}
