import ArgumentParser
import Kobai

/// A network that a recipe brings along: one that did best of those tried. As with ``SprintConvNet``, weights start small before
/// normalisations, which suits high rates.
enum RecipeNetwork: String {
  /// Two convolutions and two affine layers.
  case short = "sprint-99.5"
  /// Four convolutions and two affine layers.
  case long = "sprint-99.7"

  /// The network for images of classes; nil for other data, which need another one.
  ///
  /// - Throws: `ValidationError` where the images are too small for it.
  func file(for data: DataSize) throws -> NetworkFile? {
    guard data.task == .classification, data.hasImages else { return nil }
    do throws(BuildError) {
      let graph = Graph(of: layers(classes: data.classes), input: Shape(data.input))
      return NetworkFile(
        name: rawValue, try NetworkDescription(Network.Design(graph, batch: 1, kernels: .default)))
    } catch {
      throw ValidationError(
        "--recipe \(rawValue): its network does not take images of \(Shape(data.input)) (\(error)); name another with --model"
      )
    }
  }

  private func layers(classes: Int) -> Sequential {
    switch self {
    case .short:
      [
        "conv1": conv(32, 5), "relu1": ReLU(), "pool1": MaxPool2D(2), "norm1": BatchNorm(),
        "conv2": conv(64, 3), "relu2": ReLU(), "pool2": MaxPool2D(2), "norm2": BatchNorm(),
        "affine1": affine(128), "norm3": BatchNorm(), "relu3": ReLU(), "affine2": affine(classes),
      ]
    case .long:
      [
        "conv1": conv(32, 3), "norm1": BatchNorm(), "relu1": ReLU(),
        "conv2": conv(32, 3), "norm2": BatchNorm(), "relu2": ReLU(), "pool1": MaxPool2D(2),
        "conv3": conv(64, 3), "norm3": BatchNorm(), "relu3": ReLU(),
        "conv4": conv(64, 3), "norm4": BatchNorm(), "relu4": ReLU(), "pool2": MaxPool2D(2),
        "affine1": affine(128), "norm5": BatchNorm(), "relu5": ReLU(), "affine2": affine(classes),
      ]
    }
  }

  private func conv(_ filters: Int, _ kernel: Int) -> Conv2D {
    Conv2D(filters: filters, kernel: Size2D(kernel), initializer: .pytorchUniform)
  }

  private func affine(_ outputs: Int) -> Affine { Affine(outputs, initializer: .pytorchUniform) }
}
