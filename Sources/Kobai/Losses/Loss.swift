import KobaiKernels

/// Measures how far outputs are from their targets. A loss is a mean over the batch, in which a sample counts as much as
/// its weight says; its definition is PyTorch's with `reduction="mean"` unless it says otherwise.
///
/// A loss of your own adds up what the samples lose and divides by `divisor`:
///
/// ```swift
/// final class LogCosh: Loss {
///   func evaluate(
///     _ outputs: Tensor, _ targets: Targets, divisor: Double, gradient: Tensor?, on kernels: Kernels
///   ) throws -> Float {
///     let (x, t) = (outputs.span, try targets.values(for: outputs.shape, "log cosh").span)
///     var sum = 0.0
///     for i in x.indices { sum += log(cosh(Double(x[i] - t[i]))) }
///     if let gradient {
///       var dx = gradient.mutableSpan
///       for i in x.indices { dx[i] = tanh(x[i] - t[i]) / Float(divisor) }
///     }
///     return Float(sum / divisor)
///   }
/// }
/// ```
public protocol Loss: AnyObject {
  /// What the batch counts in the mean: the sum of its samples' weights, unless a loss weighs classes or leaves targets out.
  func weight(of targets: Targets) -> Double

  /// The losses of all samples, each times its weight, added up and divided by `divisor`, and the gradient of that with
  /// respect to the outputs, in one pass.
  ///
  /// - Parameters:
  ///   - outputs: the network's outputs (batch, …), such as logits.
  ///   - targets: what they should be; ``Targets/values(for:_:)`` and ``Targets/classes(for:_:)`` check their shape.
  ///   - divisor: what the batch counts (`weight(of:)`), or what the whole batch does that this is a part of.
  ///   - gradient: filled with the gradient unless nil; same shape as `outputs`.
  ///   - kernels: the kernels to compute with: those of the network.
  /// - Throws: ``LossError`` for targets that do not fit.
  func evaluate(
    _ outputs: Tensor, _ targets: Targets, divisor: Double, gradient: Tensor?, on kernels: Kernels
  ) throws -> Float
}

extension Loss {
  public func weight(of targets: Targets) -> Double { targets.weight }

  /// The mean loss of `outputs` over the batch, and its gradient with respect to them.
  ///
  /// - Parameters:
  ///   - outputs: the network's outputs (batch, …), such as logits.
  ///   - targets: what they should be.
  ///   - gradient: filled with the gradient unless nil; same shape as `outputs`.
  ///   - kernels: the kernels to compute with; a network's own are `network.kernels`.
  /// - Throws: ``LossError`` for targets that do not fit.
  public func evaluate(
    _ outputs: Tensor, _ targets: Targets, gradient: Tensor?, on kernels: Kernels
  ) throws -> Float {
    try evaluate(
      outputs, targets, divisor: usableDivisor(weight(of: targets)), gradient: gradient, on: kernels)
  }

  /// The same for targets that are classes.
  public func evaluate(_ outputs: Tensor, _ labels: Labels, gradient: Tensor?, on kernels: Kernels) throws -> Float {
    try evaluate(outputs, .classes(labels), gradient: gradient, on: kernels)
  }

  /// The same for targets that are numbers.
  public func evaluate(_ outputs: Tensor, _ values: Tensor, gradient: Tensor?, on kernels: Kernels) throws -> Float {
    try evaluate(outputs, .values(values), gradient: gradient, on: kernels)
  }
}

/// What to divide by where samples count so much together: where none counts, there is nothing to divide.
package func usableDivisor(_ weight: Double) -> Double { weight > 0 ? weight : 1 }
