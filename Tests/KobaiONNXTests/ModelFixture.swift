import Foundation

@testable import KobaiONNX

/// Small ONNX models by hand.
enum ModelFixture {
  /// A model of these nodes, with an input "x" and an output "y".
  static func model(
    _ nodes: [ONNXNode], input: [Int] = [0, 2, 6, 6], initializers: [ONNXTensor] = [], operatorSet: Int64 = 13
  ) -> ONNXModel {
    .with {
      $0.irVersion = 7
      $0.opsetImport = [.with { $0.version = operatorSet }]
      $0.graph = .with {
        $0.node = nodes
        $0.initializer = initializers
        $0.input = [value("x", input)]
        $0.output = [value("y", [0])]
      }
    }
  }

  /// Sizes of 0 are left open.
  static func value(_ name: String, _ sizes: [Int]) -> ONNXValueInfo {
    .with {
      $0.name = name
      $0.type.tensorType.elemType = .float
      $0.type.tensorType.shape.dim = sizes.map { size in
        .with { if size > 0 { $0.dimValue = Int64(size) } else { $0.dimParam = "n" } }
      }
    }
  }

  static func node(
    _ type: String, _ inputs: [String] = ["x"], _ output: String = "y", name: String = "",
    with attributes: KeyValuePairs<String, ONNXValue> = [:]
  ) -> ONNXNode {
    .with {
      ($0.opType, $0.input, $0.output, $0.name) = (type, inputs, [output], name)
      $0.attribute = attributes.map { ONNXAttribute($0.key, $0.value) }
    }
  }

  /// Floats: 1, 2, 3 … unless they are given.
  static func floats(_ name: String, _ sizes: [Int], _ values: [Float]? = nil) -> ONNXTensor {
    .with {
      ($0.name, $0.dataType, $0.dims) = (name, .float, sizes.map { Int64($0) })
      $0.floatData = values ?? (0..<sizes.reduce(1, *)).map { Float($0 + 1) }
    }
  }

  static func integers(_ name: String, _ values: [Int]) -> ONNXTensor {
    .with {
      ($0.name, $0.dataType, $0.dims, $0.int64Data) = (name, .int64, [Int64(values.count)], values.map { Int64($0) })
    }
  }
}
