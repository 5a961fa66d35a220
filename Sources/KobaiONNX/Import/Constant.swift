import Foundation
import Kobai

/// A tensor whose elements the file knows: an initializer, what a Constant node has, or what was computed from such.
struct Constant {
  /// The name of the tensor.
  let name: String
  /// The name of the tensor that it is a copy of; its own where it is none.
  let origin: String
  private let content: Content

  private enum Content {
    case tensor(ONNXTensor)
    case dimensions([Dimension], isScalar: Bool)
    case uniform(Float)
  }

  /// A number of a shape that is computed: a size, or the batch, which is known only when the network runs.
  enum Dimension: Equatable {
    case size(Int)
    case batch
  }

  /// - Throws: ``ONNXError`` where the tensor's elements are not as many as its sizes say.
  init(_ tensor: ONNXTensor) throws(ONNXError) {
    (name, origin) = (tensor.name, tensor.name)
    content = .tensor(tensor)
    if let problem = tensor.problem { throw ONNXError(layer: name.isEmpty ? "a constant" : name, reason: problem) }
  }

  init(_ dimensions: [Dimension], isScalar: Bool = false) {
    self.init(name: "", origin: "", content: .dimensions(dimensions, isScalar: isScalar))
  }

  /// The same under another name.
  func named(_ name: String) -> Constant { Constant(name: name, origin: origin, content: content) }

  private init(name: String, origin: String, content: Content) {
    (self.name, self.origin, self.content) = (name, origin, content)
  }

  /// Floats that are all the same, as many as there may be: the state before the first step is made so.
  init(uniform value: Float) { self.init(name: "", origin: "", content: .uniform(value)) }

  /// The size along each axis.
  var sizes: [Int] {
    switch content {
    case .uniform: []
    case .tensor(let tensor): tensor.dims.map(Int.init)
    case .dimensions(let dimensions, let isScalar): isScalar ? [] : [dimensions.count]
    }
  }

  /// The number of elements.
  var count: Int { sizes.reduce(1, *) }

  /// Whether the elements are floats that can be read.
  var isFloat: Bool {
    guard case .tensor(let tensor) = content else { return false }
    return [.float, .float16, .bfloat16, .double].contains(tensor.dataType)
  }

  /// The number that all elements are; nil where they are not the same, and for integers.
  var uniform: Float? {
    if case .uniform(let value) = content { return value }
    guard let floats, let first = floats.first, floats.allSatisfy({ $0 == first }) else { return nil }
    return first
  }

  /// The elements as floats; nil for integers.
  var floats: [Float]? {
    guard case .tensor(let tensor) = content else { return nil }
    return tensor.floats
  }

  /// The elements of a shape, of indices or of axes; nil for floats, and for what has more axes than one.
  var dimensions: [Dimension]? {
    switch content {
    case .dimensions(let dimensions, _): dimensions
    case .tensor(let tensor): tensor.dims.count <= 1 ? tensor.integers?.map { .size($0) } : nil
    case .uniform: nil
    }
  }

  /// The same where the batch is none of them.
  var integers: [Int]? {
    guard let dimensions else { return nil }
    var integers: [Int] = []
    for dimension in dimensions {
      guard case .size(let size) = dimension else { return nil }
      integers.append(size)
    }
    return integers
  }
}
