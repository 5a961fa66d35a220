import Kobai

/// The operators of ONNX for each layer (https://onnx.ai/onnx/operators).
extension GraphBuilder {
  /// Adds the nodes that compute what a layer or merge does when it predicts.
  ///
  /// - Parameters:
  ///   - inputs: the shapes of one sample of its inputs.
  ///   - output: the shape of one sample of its output.
  mutating func append(
    _ spec: any NodeSpec, named layer: String, inputs: [Shape], output: Shape
  ) throws(ONNXError) {
    let input = inputs[0]
    switch spec {
    case let conv as Conv2D:
      crop(conv, layer)
      append(
        "Conv", layer: layer, initializers: parameters("weight", "bias", of: layer),
        attributes: Self.window(conv.kernel, conv.stride, conv.border) + Self.taps(conv.dilation, conv.groups))
    case let conv as ConvTranspose2D:
      append(
        "ConvTranspose", layer: layer, initializers: parameters("weight", "bias", of: layer),
        attributes: Self.window(conv.kernel, conv.stride, conv.padding) + Self.taps(conv.dilation, conv.groups)
          + (conv.outputPadding == 0
            ? [] : [.integers("output_padding", [conv.outputPadding.height, conv.outputPadding.width])]))
    case let pool as MaxPool2D:
      append("MaxPool", layer: layer, attributes: Self.window(pool.window, pool.stride, pool.padding))
    case let pool as AveragePool2D:
      append(
        "AveragePool", layer: layer,
        attributes: Self.window(pool.window, pool.stride, pool.padding) + [.integer("count_include_pad", 1)])
    case is Affine:
      if input.rank != 1 { append("Flatten", layer: layer, part: "flat", attributes: [.integer("axis", 1)]) }
      append(
        "Gemm", layer: layer, initializers: parameters("weight", "bias", of: layer),
        attributes: [.integer("transB", 1)])
    case let norm as BatchNorm:
      append(
        "BatchNormalization", layer: layer,
        initializers: parameters("weight", "bias", "running_mean", "running_var", of: layer),
        attributes: [.float("epsilon", norm.epsilon)])
    case let function as any ActivationSpec: append(function.activation, named: layer)
    case is Softmax: softmax(layer, input)
    case is Flatten:
      if input.rank != 1 { append("Flatten", layer: layer, attributes: [.integer("axis", 1)]) }
    case is Dropout: break
    case is Add: append("Sum", layer: layer)
    case is Concatenate: append("Concat", layer: layer, attributes: [.integer("axis", 1)])
    default:
      throw ONNXError(
        layer: layer, reason: "\(spec) is a layer of your own, unknown to ONNX; express it with Kobai's layers")
    }
  }

  /// Cuts off what a convolution does with padding below zero, which ONNX's own padding must not be.
  private mutating func crop(_ conv: Conv2D, _ layer: String) {
    guard conv.border != conv.padding else { return }
    let cut = [Int64(min(conv.padding.height, 0)), Int64(min(conv.padding.width, 0))]
    append(
      "Pad", layer: layer, part: "crop", initializers: [constant([0, 0] + cut + [0, 0] + cut, "pads", of: layer)])
  }

  private mutating func append(_ activation: Activation, named layer: String) {
    switch activation {
    case .relu: append("Relu", layer: layer)
    case .sigmoid: append("Sigmoid", layer: layer)
    case .tanh: append("Tanh", layer: layer)
    case .step:
      append("Greater", layer: layer, part: "above", initializers: [constant(0, "zero", of: layer)])
      append("Cast", layer: layer, attributes: [.integer("to", ONNXElementType.float.rawValue)])
    case .identity: break
    }
  }

  /// Adds a softmax over all elements of a sample; ONNX's goes along one axis.
  private mutating func softmax(_ layer: String, _ shape: Shape) {
    guard shape.rank != 1 else { return append("Softmax", layer: layer, attributes: [.integer("axis", 1)]) }
    append("Flatten", layer: layer, part: "flat", attributes: [.integer("axis", 1)])
    append("Softmax", layer: layer, part: "shares", attributes: [.integer("axis", 1)])
    let sizes = [-1] + (0..<shape.rank).map { Int64(shape[$0]) }  // -1: whatever the batch is
    append("Reshape", layer: layer, initializers: [constant(sizes, "shape", of: layer)])
  }

  /// Which pixels and channels a filter sees, where that is not what ONNX assumes.
  private static func taps(_ dilation: Size2D, _ groups: Int) -> [ONNXAttribute] {
    (dilation == 1 ? [] : [.integers("dilations", [dilation.height, dilation.width])])
      + (groups == 1 ? [] : [.integer("group", groups)])
  }

  private static func window(_ kernel: Size2D, _ stride: Size2D, _ padding: Size2D) -> [ONNXAttribute] {
    [
      .integers("kernel_shape", [kernel.height, kernel.width]),
      .integers("strides", [stride.height, stride.width]),
      .integers("pads", [padding.height, padding.width, padding.height, padding.width]),
    ]
  }
}

extension Conv2D {
  /// The zeros around the image.
  fileprivate var border: Size2D { Size2D(max(padding.height, 0), max(padding.width, 0)) }
}
