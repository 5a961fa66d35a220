import Kobai

/// How far the gradient of a parameter is from central differences of the loss (section 5.7.3 of the book): the mean over
/// about `samples` of its elements, for every difference takes two passes.
///
/// - Parameters:
///   - parameter: a parameter whose gradient is that of `loss`.
///   - samples: how many elements are compared.
///   - step: h, by which each of them is changed both ways.
///   - loss: the loss for the parameter's present value.
func meanGradientError(
  _ parameter: Parameter, samples: Int, step: Float, loss: () throws -> Double
) throws -> Double {
  let (value, gradient) = (parameter.value, parameter.gradient.elements)
  func set(_ index: Int, _ element: Float) {
    var span = value.mutableSpan
    span[index] = element
  }
  let indices = Array(stride(from: 0, to: value.count, by: max(1, value.count / samples)))
  let errors = try indices.map { i in
    let original = value.elements[i]
    func lossAfter(_ change: Float) throws -> Double {
      set(i, original + change)
      defer { set(i, original) }
      return try loss()
    }
    let difference = try (lossAfter(step) - lossAfter(-step)) / Double(2 * step)
    return abs(difference - Double(gradient[i]))
  }
  return errors.reduce(0, +) / Double(errors.count)
}
