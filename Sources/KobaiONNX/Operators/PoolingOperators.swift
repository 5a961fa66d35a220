import Kobai

/// Written as MaxPool.
extension MaxPool2D: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {
    nodes.append(
      "MaxPool", nodes.inputs,
      attributes: [
        "kernel_shape": .integers([window.height, window.width]), "strides": .integers([stride.height, stride.width]),
        "pads": .integers([padding.height, padding.width, padding.height, padding.width]),
      ])
  }
}

/// Written as AveragePool that counts its padding.
extension AveragePool2D: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {
    nodes.append(
      "AveragePool", nodes.inputs,
      attributes: [
        "kernel_shape": .integers([window.height, window.width]), "strides": .integers([stride.height, stride.width]),
        "pads": .integers([padding.height, padding.width, padding.height, padding.width]), "count_include_pad": 1,
      ])
  }
}

/// Written as GlobalAveragePool.
extension GlobalAveragePool2D: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) { nodes.append("GlobalAveragePool", nodes.inputs) }
}

extension ONNXOperators {
  mutating func registerPooling() {
    register("MaxPool") { node in
      let window = try Window(node)
      return MaxPool2D(window.size, stride: window.stride, padding: window.padding)
    }
    register("AveragePool") { node in
      let window = try Window(node)
      guard try window.padding == 0 || node.integer("count_include_pad", default: 0) == 1 else {
        throw node.error("count_include_pad 0 with padding \(window.padding); Kobai's means count the padding as zeros")
      }
      // Windows side by side without a word about a border are how pooling to a size is written, by PyTorch, too.
      let image = try node.image()
      if window.stride == window.size,
        ["pads", "auto_pad", "count_include_pad", "ceil_mode"].allSatisfy({ !node.has($0) }),
        image[1] % window.size.height == 0, image[2] % window.size.width == 0
      {
        return AdaptiveAveragePool2D(Size2D(image[1] / window.size.height, image[2] / window.size.width))
      }
      return AveragePool2D(window.size, stride: window.stride, padding: window.padding)
    }
    register("GlobalAveragePool") { node in
      _ = try node.image()
      return GlobalAveragePool2D()
    }
    // PyTorch's newer exporter writes a global mean like this.
    read("ReduceMean") { node in
      _ = try node.image()
      let axes = (try node.axes() ?? []).map { $0 < 0 ? $0 &+ 4 : $0 }
      guard axes.sorted() == [2, 3] else {
        throw node.error("over axes \(listed: axes); Kobai's goes over height and width")
      }
      return .squeezed(GlobalAveragePool2D(), try node.integer("keepdims", default: 1) == 1 ? [] : axes)
    }
  }
}
