import Kobai

/// Written as Conv, behind a Pad where padding below zero cuts pixels off.
extension Conv2D: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {
    let border = Size2D(max(padding.height, 0), max(padding.width, 0))
    var images = nodes.inputs
    if border != padding {  // ONNX's own padding must not be below zero
      let cut = [min(padding.height, 0), min(padding.width, 0)]
      images = [
        nodes.append("Pad", images + [nodes.constant([0, 0] + cut + [0, 0] + cut, "pads")], part: "crop")
      ]
    }
    nodes.append(
      "Conv", images + nodes.parameters("weight", "bias"),
      attributes: [
        "kernel_shape": .integers([kernel.height, kernel.width]), "strides": .integers([stride.height, stride.width]),
        "pads": .integers([border.height, border.width, border.height, border.width]),
        "dilations": .integers([dilation.height, dilation.width]), "group": .integer(groups),
      ])
  }
}

/// Written as ConvTranspose.
extension ConvTranspose2D: ONNXExportable {
  public func appendONNX(to nodes: inout ONNXNodes) {
    nodes.append(
      "ConvTranspose", nodes.inputs + nodes.parameters("weight", "bias"),
      attributes: [
        "kernel_shape": .integers([kernel.height, kernel.width]), "strides": .integers([stride.height, stride.width]),
        "pads": .integers([padding.height, padding.width, padding.height, padding.width]),
        "output_padding": .integers([outputPadding.height, outputPadding.width]),
        "dilations": .integers([dilation.height, dilation.width]), "group": .integer(groups),
      ])
  }
}

extension ONNXOperators {
  mutating func registerConvolution() {
    register("Conv") { node in
      guard let sizes = try node.parameter("weight", from: 1), sizes.count == 4 else {
        throw node.error("its weight has not the 4 axes of a convolution of images")
      }
      guard sizes[0] <= Limits.channels else {
        throw node.error("\(sizes[0]) filters; \(Limits.channels) are the most that are read")
      }
      let group = try node.integer("group", default: 1)
      guard (1...Limits.channels).contains(group) else {
        throw node.error("group \(group); a number from 1 to \(Limits.channels) is possible")
      }
      let window = try Window(node, kernel: Size2D(sizes[2], sizes[3]), mayBeDilated: true)
      let outer = node.takePadding()
      guard try outer == 0 || !node.string("auto_pad", default: "NOTSET").hasPrefix("SAME") else {
        throw node.error("auto_pad of what is padded already")
      }
      let padding = Size2D(
        try sum(outer.height, window.padding.height, node), try sum(outer.width, window.padding.width, node))
      let image = try node.image()
      guard sizes[1] * group == image[0] else {
        throw node.error("its weight is for \(sizes[1] * group) channels, but its input has \(image[0])")
      }
      guard window.outputs(sizes[0], in: image, padding: padding).count <= Limits.elements else {
        throw node.error(
          "\(sizes[0]) filters and padding \(padding) make more than \(Limits.elements) numbers of \(image)")
      }
      let hasBias =
        try node.parameter("bias", from: 2) != nil || node.takeAddition(as: "bias", channels: sizes[0], trailing: 2)
      return Conv2D(
        filters: sizes[0], kernel: window.size, stride: window.stride, padding: padding,
        dilation: window.dilation, groups: group, bias: hasBias)
    }
    register("ConvTranspose") { node in
      guard let sizes = try node.parameter("weight", from: 1), sizes.count == 4 else {
        throw node.error("its weight has not the 4 axes of a convolution of images")
      }
      let group = try node.integer("group", default: 1)
      guard (1...Limits.channels).contains(group), sizes[1] <= Limits.channels / group else {
        throw node.error("group \(group) of \(sizes[1]) filters; \(Limits.channels) are the most that are read")
      }
      let filters = sizes[1] * group
      let window = try Window(node, kernel: Size2D(sizes[2], sizes[3]), mayBeDilated: true)
      guard try node.string("auto_pad", default: "NOTSET") == "NOTSET", !node.has("output_shape") else {
        throw node.error("auto_pad or output_shape instead of pads; Kobai needs pads")
      }
      let image = try node.image()
      guard sizes[0] == image[0] else {
        throw node.error("its weight is for \(sizes[0]) channels, but its input has \(image[0])")
      }
      let outer = try Window.pair(node, "output_padding", atLeast: 0, default: 0)
      guard window.spread(filters, image, outer).count <= Limits.elements else {
        throw node.error("\(filters) filters make more than \(Limits.elements) numbers of \(image)")
      }
      let hasBias =
        try node.parameter("bias", from: 2) != nil || node.takeAddition(as: "bias", channels: filters, trailing: 2)
      return ConvTranspose2D(
        filters: filters, kernel: window.size, stride: window.stride, padding: window.padding, outputPadding: outer,
        dilation: window.dilation, groups: group, bias: hasBias)
    }
    read("Pad") { node in
      var value = try node.onlyValue()
      let isZero = try node.float("value", default: 0) == 0 && (!node.has(operand: 2) || node.constant(2)?.uniform == 0)
      guard isZero, try node.string("mode", default: "constant") == "constant" else {
        throw node.error("it pads with something else than zeros")
      }
      let listed = try node.integers("pads")
      guard let pads = listed ?? node.constant(1)?.integers, pads.count == 8, node.constant(3) == nil,
        value.view.rank == 3, value.view == value.shape, value.padding == 0
      else { throw node.error("it pads something else than the height and width of images") }
      guard pads.allSatisfy((-Limits.side...Limits.side).contains), pads[..<2] == [0, 0], pads[4..<6] == [0, 0],
        pads[2..<4] == pads[6...]
      else { throw node.error("pads \(listed: pads); Kobai pads all sides of images alike") }
      value.padding = Size2D(pads[2], pads[3])
      value.cause = (node.name, node.type)
      return .value(value)
    }
  }
}

/// The padding that two after one another amount to.
private func sum(_ outer: Int, _ own: Int, _ node: ONNXOperation) throws -> Int {
  guard outer >= 0 || own == 0 else { throw node.error("it pads by \(own) what was cropped by \(-outer) before") }
  return outer + own
}
