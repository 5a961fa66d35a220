import ArgumentParser
import Kobai

/// The networks that recipes bring along.
extension NetworkFile {
  /// The network of `--recipe sprint-99.5`: two convolutions and two affine layers, which did best of those tried. As in
  /// ``SprintConvNet``, weights start small before normalisations, which suits high rates.
  static func longSprint(for data: DataSize) throws -> NetworkFile? {
    try of(.longSprint, for: data) { classes in
      [
        "conv1": Conv2D(filters: 32, kernel: 5, initializer: .pytorchUniform), "relu1": ReLU(),
        "pool1": MaxPool2D(2), "norm1": BatchNorm(),
        "conv2": Conv2D(filters: 64, kernel: 3, initializer: .pytorchUniform), "relu2": ReLU(),
        "pool2": MaxPool2D(2), "norm2": BatchNorm(),
        "affine1": Affine(128, initializer: .pytorchUniform), "norm3": BatchNorm(), "relu3": ReLU(),
        "affine2": Affine(classes, initializer: .pytorchUniform),
      ]
    }
  }

  /// The network of `--recipe tiny-99`, of 1,898 parameters.
  static func tiny(for data: DataSize) throws -> NetworkFile? {
    try of(.tiny, for: data) { classes in
      separable(first: 8, stages: [[16], [16, 16], [20]], classes: classes)
    }
  }

  /// The network of `--recipe tiny-99.5`, of 4,922 parameters.
  static func tiny995(for data: DataSize) throws -> NetworkFile? {
    try of(.tiny995, for: data) { classes in
      separable(first: 8, stages: [[16, 16], [24, 24], [32, 32]], classes: classes)
    }
  }

  /// A 3 × 3 convolution, then stages of blocks with max-pooling in between, the mean of each channel, and an affine layer.
  /// A block is a depthwise 3 × 3 and a 1 × 1 convolution, which have fewer weights than a 3 × 3 convolution of all channels
  /// (Howard et al., "MobileNets", 2017).
  private static func separable(first: Int, stages: [[Int]], classes: Int) -> Sequential {
    var layers: Sequential = ["conv1": Conv2D(filters: first, kernel: 3, bias: false)]
    var (channels, block) = (first, 1)
    func normalise() {
      layers.append("norm\(block)", BatchNorm())
      layers.append("relu\(block)", ReLU())
    }
    normalise()
    for (stage, widths) in stages.enumerated() {
      if stage > 0 { layers.append("pool\(stage)", MaxPool2D(2)) }
      for width in widths {
        block += 1
        layers.append(
          "depthwise\(block)", Conv2D(filters: channels, kernel: 3, padding: 1, groups: channels, bias: false))
        layers.append("pointwise\(block)", Conv2D(filters: width, kernel: 1, bias: false))
        normalise()
        channels = width
      }
    }
    layers.append("mean", GlobalAveragePool2D())
    layers.append("affine", Affine(classes))
    return layers
  }

  /// - Returns: the network for images of classes; nil for other data, which need another one.
  /// - Throws: `ValidationError` where the images are too small for it.
  private static func of(_ preset: Preset, for data: DataSize, layers: (Int) -> Sequential) throws -> NetworkFile? {
    guard data.task == .classification, data.hasImages else { return nil }
    let name = preset.rawValue
    do throws(BuildError) {
      let graph = Graph(of: layers(data.classes), input: Shape(data.input))
      return NetworkFile(name: name, try NetworkDescription(Network.Design(graph, batch: 1, kernels: .default)))
    } catch {
      throw ValidationError(
        "--recipe \(name): its network does not take images of \(Shape(data.input)) (\(error)); name another with --model"
      )
    }
  }
}
