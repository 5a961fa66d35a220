import ArgumentParser
import Kobai

/// The networks that are timed: the book's, and three that later years are known for, at sizes for images of 3 × 32 × 32.
/// Benchmarks/peers/networks.py has the same.
enum BenchModel: String, CaseIterable, ExpressibleByArgument {
  case simple, deep, mlp
  /// Half as wide as the one of the DAWNBench entries.
  case resnet9
  /// VGG-11 with BatchNorm (Simonyan and Zisserman, 2014), half as wide.
  case vgg11
  /// Depthwise and 1 × 1 convolutions in turn (Howard et al., "MobileNets", 2017).
  case mobile

  static let book: [BenchModel] = [.simple, .deep, .mlp]

  /// One sample of the input.
  var input: Shape { Self.book.contains(self) ? [1, 28, 28] : [3, 32, 32] }

  var architecture: any Architecture {
    switch self {
    case .simple: SimpleConvNet()
    case .deep: DeepConvNet()
    case .mlp: MultiLayerNet()
    case .resnet9: ResNet9()
    case .vgg11: VGG11()
    case .mobile: Self.smallMobileNet
    }
  }

  private static var smallMobileNet: Sequential {
    var layers: Sequential = ["prepare": block(32)]
    var channels = 32
    for (i, (filters, stride)) in [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1)].enumerated() {
      layers.append("depthwise\(i + 1)", block(channels, stride: stride, groups: channels))
      layers.append("pointwise\(i + 1)", block(filters, kernel: 1))
      channels = filters
    }
    layers.append("mean", GlobalAveragePool2D())
    layers.append("affine", Affine(10))
    return layers
  }

  /// Convolution, BatchNorm and ReLU.
  private static func block(
    _ filters: Int, kernel: Int = 3, stride: Int = 1, groups: Int = 1
  ) -> Sequential {
    [
      "conv": Conv2D(
        filters: filters, kernel: Size2D(kernel, kernel), stride: Size2D(stride, stride),
        padding: Size2D(kernel / 2, kernel / 2), groups: groups, bias: false),
      "norm": BatchNorm(), "relu": ReLU(),
    ]
  }
}
