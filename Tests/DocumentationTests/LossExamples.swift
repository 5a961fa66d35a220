// The examples of the documentation of losses, as they stand there (see Examples.swift).
import Foundation
import Kobai

final class LogCosh: Loss {
  func evaluate(
    _ outputs: Tensor, _ targets: Targets, divisor: Double, gradient: Tensor?, on kernels: Kernels
  ) throws -> Float {
    let (x, t) = (outputs.span, try targets.values(for: outputs.shape, "log cosh").span)
    var sum = 0.0
    for i in x.indices { sum += log(cosh(Double(x[i] - t[i]))) }
    if let gradient {
      var dx = gradient.mutableSpan
      for i in x.indices { dx[i] = tanh(x[i] - t[i]) / Float(divisor) }
    }
    return Float(sum / divisor)
  }
}

enum LossExamples {
  static func targets() -> (weight: (Double, Double), shapes: [Shape]) {
    let classes = Targets.classes(Labels([2, 0, 1]))
    let numbers = Targets.values(Tensor([3, 1], [0.5, 2, -1]), weights: Tensor([3], [1, 1, 0.2]))
    return ((classes.weight, numbers.weight), [classes.shape, numbers.shape])
  }
}
