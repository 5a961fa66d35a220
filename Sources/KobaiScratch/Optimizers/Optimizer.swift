/// A way to change parameters by their gradients (section 6.1, common/optimizer.py).
public protocol Optimizer {
  /// Changes every parameter that has a gradient.
  mutating func update(_ params: OrderedDictionary<Parameter>, _ grads: OrderedDictionary<NDArray>)
}

extension OrderedDictionary where Value == NDArray {
  /// Zeros in the shapes of the gradients, which the memory of an optimizer begins with.
  var zeros: OrderedDictionary<NDArray> { mapValues { .zeros(like: $0) } }
}

extension OrderedDictionary<Parameter> {
  /// Calls `change` with each parameter and its gradient.
  func update(
    _ grads: OrderedDictionary<NDArray>, _ change: (_ key: String, _ p: inout NDArray, _ g: NDArray) -> Void
  ) {
    for (key, parameter) in self {
      if let gradient = grads[key] { change(key, &parameter.value, gradient) }
    }
  }
}
