/// A constant of a file as a parameter of a layer.
struct ONNXParameter {
  /// What it is called in the layer, such as "weight".
  let name: String
  let constant: Constant
  let arrangement: Arrangement

  /// Where the layer's elements are among those of the constant.
  enum Arrangement: Equatable {
    /// In their order.
    case asStored
    /// The file has the matrix as (inputs, outputs).
    case transposed
    /// Blocks of so many elements, that begin at these places; the layer has them in these sizes.
    case blocks([Int], length: Int, sizes: [Int])
  }

  init(_ name: String, _ constant: Constant, _ arrangement: Arrangement = .asStored) {
    (self.name, self.constant, self.arrangement) = (name, constant, arrangement)
  }

  /// The sizes as the layer has them.
  var sizes: [Int] {
    switch arrangement {
    case .asStored: constant.sizes
    case .transposed: constant.sizes.reversed()
    case .blocks(_, _, let sizes): sizes
    }
  }

  /// The number of elements of the layer.
  var count: Int { sizes.reduce(1, *) }

  /// Tells parameters apart: layers that have the same ones share them. A copy is the same, unless it is named after a layer
  /// of its own: exporters also keep equal parameters of different layers once.
  var signature: String {
    let tensor = LayerName.owner(of: constant.name, name) == nil ? constant.origin : constant.name
    return "\(name) \(tensor) \(arrangement)"
  }

  /// The elements as the layer has them.
  func elements() -> [Float] {
    let elements = constant.floats ?? []
    switch arrangement {
    case .asStored: return elements
    case .transposed:
      let (rows, columns) = (constant.sizes[0], constant.sizes[1])
      var result = elements
      for j in 0..<columns { for i in 0..<rows { result[j * rows + i] = elements[i * columns + j] } }
      return result
    case .blocks(let starts, let length, _): return starts.flatMap { elements[$0..<$0 + length] }
    }
  }
}
