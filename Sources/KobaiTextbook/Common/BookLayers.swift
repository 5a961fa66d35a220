import Kobai

/// Dropout as the book writes it (section 6.4.3): elements are dropped while training and nothing else happens to them;
/// inference multiplies by the share that training keeps. Kobai's own ``Dropout`` scales while training instead, as
/// every framework does.
struct BookDropout: LayerSpec {
  var rate: Float

  var description: String { "BookDropout \(rate)" }

  func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> BookDropoutLayer {
    BookDropoutLayer(rate, input, scope)
  }
}

final class BookDropoutLayer: Layer {
  let output: Shape
  private let rate: Float
  private let scope: BuildScope
  private var key: RandomKey?  // that of the last forward pass; nil where it was inference
  private var first = 0  // which of the stream's numbers decides on its first element

  init(_ rate: Float, _ shape: Shape, _ scope: BuildScope) {
    (self.rate, output, self.scope) = (rate, shape, scope)
  }

  var retained: Retained { [] }

  func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    if case .training(let step) = mode { key = scope.randomKey(step: step) } else { key = nil }
    first = (scope.batchPart?.first ?? 0) * output.count
    try apply(x, into: y)
  }

  func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    if let dx { try apply(dy, into: dx) }
  }

  private func apply(_ x: Tensor, into y: Tensor) throws {
    if let key {
      try scope.kernels.dropout(key, rate: rate, first: first, x.span, into: y.mutableSpan)
    } else {
      y.copy(from: x)
    }
    // The kernel has already scaled what it kept by 1 / (1 − rate).
    var elements = y.mutableSpan
    for i in elements.indices { elements[i] *= 1 - rate }
  }
}

extension Architecture {
  /// The same network with the book's own layers where they differ from everybody's: dropout, and a batch normalisation
  /// that adds 1e-6 to the variance instead of 1e-5. (What the book calls momentum 0.9 is the share of the running mean
  /// that is kept; everybody's 0.1 is that of the new one.)
  func asInTheBook() -> Sequential {
    layers.elements.reduce(into: Sequential()) { layers, element in
      switch element.part {
      case let dropout as Dropout: layers.append(element.name, BookDropout(rate: dropout.rate))
      case is BatchNorm: layers.append(element.name, BatchNorm(epsilon: 1e-6))
      case let part: layers.append(element.name, part)
      }
    }
  }
}
