import ArgumentParser
import Kobai

extension NetworkFile {
  /// The network of `--recipe sprint-99.5`: two convolutions and two affine layers, which did best of those tried. As in
  /// ``SprintConvNet``, weights start small before normalisations, which suits high rates.
  ///
  /// - Returns: the network for images of classes; nil for other data, which need another one.
  /// - Throws: `ValidationError` where the images are too small for it.
  static func longSprint(for data: DataSize) throws -> NetworkFile? {
    guard data.task == .classification, data.hasImages else { return nil }
    let layers: Sequential = [
      "conv1": conv(32, 5), "relu1": ReLU(), "pool1": MaxPool2D(2), "norm1": BatchNorm(),
      "conv2": conv(64, 3), "relu2": ReLU(), "pool2": MaxPool2D(2), "norm2": BatchNorm(),
      "affine1": affine(128), "norm3": BatchNorm(), "relu3": ReLU(), "affine2": affine(data.classes),
    ]
    let name = Preset.longSprint.rawValue
    do throws(BuildError) {
      let graph = Graph(of: layers, input: Shape(data.input))
      return NetworkFile(name: name, try NetworkDescription(Network.Design(graph, batch: 1, kernels: .default)))
    } catch {
      throw ValidationError(
        "--recipe \(name): its network does not take images of \(Shape(data.input)) (\(error)); name another with --model"
      )
    }
  }

  private static func conv(_ filters: Int, _ kernel: Int) -> Conv2D {
    Conv2D(filters: filters, kernel: Size2D(kernel), initializer: .pytorchUniform)
  }

  private static func affine(_ outputs: Int) -> Affine { Affine(outputs, initializer: .pytorchUniform) }
}
