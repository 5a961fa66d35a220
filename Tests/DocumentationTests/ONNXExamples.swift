import Kobai
import KobaiONNX

extension PReLU: ONNXExportable {
  func appendONNX(to nodes: inout ONNXNodes) {
    let slopes = nodes.parameters("weight", trailingAxes: nodes.inputShapes[0].rank - 1)
    nodes.append("PRelu", nodes.inputs + slopes)
  }
}

enum ONNXExamples {
  static func thereAndBack(_ network: Network, _ path: String) throws -> Network {
    try network.saveONNX(to: path)
    var operators = ONNXOperators.standard
    operators.register("PRelu") { node in
      try node.parameter("weight", from: 1)
      return PReLU()
    }
    let network = try Network(contentsOfONNX: path, batch: 32, operators: operators)
    return network
  }

  static func reading() throws -> Network {
    let file = try ONNXFile("model.onnx")
    let network = try Network(file, batch: 32)
    return network
  }
}
