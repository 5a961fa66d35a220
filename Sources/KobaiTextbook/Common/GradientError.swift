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

extension Lab {
  /// Says what the differences between kernels and plain loops in Double are.
  func explainRounding() {
    say(
      en: "(Differences of about 1e-6 are rounding: the kernels compute in single precision.)",
      ja: "（1e-6程度の差は、カーネルが単精度で計算することによる丸め誤差です）")
  }

  /// Says what the differences of a gradient check in single precision are made of, which are a thousand times those of
  /// the book.
  ///
  /// - Parameters:
  ///   - loss: the loss of which the numerical gradient takes differences.
  ///   - step: the h of the check.
  func explainSinglePrecision(loss: Double, step h: Double) {
    // The loss is right to half a unit in its last place; both sides of the difference are.
    let rounding = String(format: "%.0e", loss * Double(Float.ulpOfOne) / 2 / h)
    say(
      en:
        "(The kernels compute in single precision: rounding the loss alone moves a numerical gradient with h = \(h.short) by "
        + "up to \(rounding), and ReLUs that h switches move it further. The book computes in double precision, with "
        + "differences of 1e-7 and less; so does ch05/gradient-check.)",
      ja: "（カーネルは単精度で計算するため、h = \(h.short) の数値勾配には損失の丸めだけで最大 \(rounding) の誤差が入り、"
        + "hの幅でReLUのオン・オフが切り替わるとさらに増えます。倍精度で計算する書籍の実装では1e-7以下で、ch05/gradient-checkも同様です）")
  }
}
