import KobaiPreconditions

// The book's layers as groups of nodes: a picture shows each as one node or node by node.

/// 1 / (1 + e⁻ˣ), a group of four nodes: ×, exp, + and / (section 5.5.2).
public func sigmoid(_ x: Variable) -> Variable {
  x.graph.group("sigmoid") {
    x.graph.symbolize("y · (1 − y)", for: x)
    return 1 / (1 + exp(x * -1))
  }
}

/// X · W + b, a group: the product, the broadcast of the bias over the batch, and the sum (section 5.6).
///
/// - Parameters:
///   - x: (N, D), or (D,) for a single sample.
///   - w: (D, H).
///   - b: (H,).
public func affine(_ x: Variable, _ w: Variable, _ b: Variable) -> Variable {
  x.graph.group("Affine") { dot(x, w) + b }
}

/// eˣ / Σ eˣ of each row, a group. As in the book's appendix A nothing is subtracted first; `softmax(x - max(x, axis: 1,
/// keepsAxis: true))` keeps large scores from overflowing (section 3.5.2).
///
/// - Parameter x: (N, C), or (C,) for a single sample.
public func softmax(_ x: Variable) -> Variable {
  x.graph.group("Softmax") {
    let exponentials = exp(x)
    return exponentials * (1 / sum(exponentials, axis: -1, keepsAxis: true))
  }
}

/// The same of numbers, each a variable of its own, as the book's appendix A draws it.
public func softmax(_ x: [Variable]) -> [Variable] {
  guard let graph = x.first?.graph else { return [] }
  return graph.group("Softmax") {
    let exponentials = x.map { exp($0) }
    let inverse = 1 / sum(exponentials).named("S")
    return exponentials.map { $0 * inverse }
  }
}

/// −Σ t log y, the mean over the rows, a group (section 4.2.4).
///
/// - Parameters:
///   - y: (N, C), or (C,) for a single sample; no element may be 0.
///   - t: one-hot labels in the same shape.
public func crossEntropy(_ y: Variable, _ t: Variable) -> Variable {
  require(y.shape == t.shape, "crossEntropy: shapes \(NDArray.text(y.shape)) and \(NDArray.text(t.shape)) differ")
  return y.graph.group("Cross Entropy Error") {
    sum(log(y) * t) * (-1 / Double(y.shape.count == 2 ? y.shape[0] : 1))
  }
}

/// The same of numbers, each a variable of its own.
public func crossEntropy(_ y: [Variable], _ t: [Variable]) -> Variable {
  require(!y.isEmpty && y.count == t.count, "crossEntropy: \(y.count) outputs and \(t.count) labels")
  return y[0].graph.group("Cross Entropy Error") { -sum(zip(y, t).map { log($0) * $1 }) }
}

/// Softmax and cross-entropy in one group, of which (y − t) / N comes back (section 5.6.3).
///
/// - Parameters:
///   - x: scores, (N, C) or (C,).
///   - t: one-hot labels in the same shape.
public func softmaxWithLoss(_ x: Variable, _ t: Variable) -> Variable {
  x.graph.group("Softmax-with-Loss") {
    x.graph.symbolize(x.shape.count == 2 ? "(Y − T) / N" : "(Y − T)", for: x)
    return crossEntropy(softmax(x).named("Y"), t)
  }
}

/// The same of numbers, each a variable of its own; the outputs of the softmax are named y1, y2, …
public func softmaxWithLoss(_ x: [Variable], _ t: [Variable]) -> Variable {
  require(!x.isEmpty && x.count == t.count, "softmaxWithLoss: \(x.count) scores and \(t.count) labels")
  let graph = x[0].graph
  return graph.group("Softmax-with-Loss") {
    for i in x.indices { graph.symbolize("(y\(i + 1) − t\(i + 1))", for: x[i]) }
    let y = softmax(x)
    for i in y.indices { y[i].named("y\(i + 1)") }
    return crossEntropy(y, t)
  }
}

/// γ (x − μ) / √(σ² + ε) + β with mean and variance of each column over the batch, a group (section 6.3.1).
///
/// - Parameters:
///   - x: (N, D).
///   - gamma: (D,).
///   - beta: (D,).
///   - epsilon: keeps the root away from 0.
public func batchNormalization(
  _ x: Variable, gamma: Variable, beta: Variable, epsilon: Double = 1e-7
) -> Variable {
  x.graph.group("Batch Normalization") {
    let centred = x - mean(x, axis: 0).named("μ")
    let variance = mean(square(centred), axis: 0).named("σ²")
    let normalised = (centred * (1 / sqrt(variance + epsilon))).named("x̂")
    return normalised * gamma + beta
  }
}
