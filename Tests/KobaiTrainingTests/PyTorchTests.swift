import Foundation
import Kobai
import KobaiData
import KobaiTraining
import TestSupport
import Testing

/// Weights go to PyTorch and come from it.
@Suite("PyTorch reads and writes the same weights")
struct PyTorchTests {
  static let networks: [(name: String, architecture: any Architecture)] = [
    ("simple", SimpleConvNet()), ("deep", DeepConvNet()), ("sprint", SprintConvNet()),
    ("lenet", LeNet5()), ("resnet", ResNet9(width: 4)),
    (
      "norm",
      [
        "conv1": Conv2D(filters: 6, kernel: 3, stride: 2, padding: 1), "norm1": BatchNorm(), "tanh1": Tanh(),
        "pool1": AveragePool2D(2), "affine1": Affine(20), "norm2": BatchNorm(), "sigmoid1": Sigmoid(),
        "affine2": Affine(10),
      ] as Sequential
    ),
    (
      "convolutions",
      [
        "conv1": Conv2D(filters: 8, kernel: 3, stride: 2, padding: 1),
        "depthwise1": Conv2D(filters: 16, kernel: 3, padding: 1, groups: 8), "relu1": ReLU(),
        "grouped1": Conv2D(filters: 12, kernel: Size2D(3, 2), padding: Size2D(2, 1), dilation: Size2D(2, 3), groups: 4),
        "relu2": ReLU(),
        "up1": ConvTranspose2D(filters: 6, kernel: 3, stride: 2, padding: 1, outputPadding: Size2D(1, 0), groups: 3),
        "conv2": Conv2D(filters: 4, kernel: 4, stride: 3),
        "up2": ConvTranspose2D(filters: 3, kernel: 2, dilation: 2, bias: false), "affine1": Affine(10),
      ] as Sequential
    ),
  ]

  @Test(.enabled(if: Interop.python != nil, "set KOBAI_PYTHON to a Python with torch, safetensors and numpy"))
  func bothWays() throws {
    let folder = try TemporaryFolder()
    let images = Tensor([1000, 1, 28, 28])
    let labels = Labels(count: 1000)
    try Batches(embedded.test, batchSize: 1000).load(
      0, inputs: images.mutableSpan, classes: labels.mutableSpan, on: .default)
    try folder.write(images.elements.littleEndianBytes, to: "images")
    for (name, architecture) in Self.networks {
      let training = SmallTraining(architecture: architecture, images: 400, epochs: 2)
      let trainer = try training.trainer()
      _ = try trainer.run()
      try trainer.network.save(to: folder / "kobai.safetensors", metadata: ["format": "pt"])
      try folder.write(try logits(trainer.network, architecture, images).littleEndianBytes, to: "logits")
      let check = try Interop.run(
        "pytorch_check.py",
        [name, folder / "kobai.safetensors", folder / "images", folder / "logits"]
          + [folder / "torch.safetensors", folder / "torch.logits"])
      #expect(check.code == 0, "\(check.output)\(check.errors)")

      // And the other way round.
      let network = trainer.network
      try network.load(from: folder / "torch.safetensors")
      let mine = try logits(network, architecture, images)
      let theirs = try Self.floats(Data(contentsOf: URL(fileURLWithPath: folder / "torch.logits")))
      expectClose(mine, theirs.doubles, tolerance: 1e-4)
      func predictions(_ values: [Float]) -> [Int] {
        stride(from: 0, to: values.count, by: 10).map { start in
          (0..<10).max { values[start + $0] < values[start + $1] } ?? -1
        }
      }
      #expect(predictions(mine) == predictions(theirs))
    }
  }

  private func logits(_ network: Network, _ architecture: any Architecture, _ images: Tensor) throws -> [Float] {
    let whole = try Network(input: [1, 28, 28], batch: 1000, architecture)
    for (mine, theirs) in zip(whole.namedTensors, network.namedTensors) { mine.tensor.copy(from: theirs.tensor) }
    return try whole.forward(images).elements
  }

  private static func floats(_ data: Data) -> [Float] {
    let bytes = [UInt8](data)
    return stride(from: 0, to: bytes.count, by: 4).map { i in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[i + $1]) << (8 * UInt32($1)) })
    }
  }
}
