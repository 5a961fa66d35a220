import KobaiPreconditions

/// What the networks of the book share, from TwoLayerNet (sections 4.5.1 and 5.7.2) to DeepConvNet: a class that lists
/// its weights and its layers can predict, be measured, and say its gradients in both ways.
public protocol NeuralNetwork: AnyObject {
  /// The weights and biases by the book's names: "W1", "b1", … They are the layers' own.
  var params: OrderedDictionary<Parameter> { get }
  /// The layers, in order, without the last.
  var layers: OrderedDictionary<any Layer> { get }
  /// The loss.
  var lastLayer: SoftmaxWithLoss { get }
  /// λ: the loss grows by ½ λ Σ W² for every weight matrix (section 6.4.2).
  var weightDecay: Double { get }
}

extension NeuralNetwork {
  public var weightDecay: Double { 0 }

  /// The scores of a batch, before softmax.
  public func predict(_ x: NDArray, train: Bool = false) -> NDArray {
    layers.values.reduce(x) { x, layer in layer.forward(x, train: train) }
  }

  /// The mean loss of a batch, penalties for large weights included.
  public func loss(_ x: NDArray, _ t: [Int], train: Bool = false) -> Double {
    let penalty = weightDecay == 0 ? 0 : weights.reduce(0) { $0 + 0.5 * weightDecay * ($1.value * $1.value).sum() }
    return lastLayer.forward(predict(x, train: train), t) + penalty
  }

  /// The share of correct predictions, a hundred images at a time unless said otherwise.
  public func accuracy(_ x: NDArray, _ t: [Int], batchSize: Int = 100) -> Double {
    var right = 0
    for start in stride(from: 0, to: t.count, by: batchSize) {
      let batch = start..<min(start + batchSize, t.count)
      right += zip(predict(x.rows(batch)).argmax(axis: 1), t[batch]).count { $0 == $1 }
    }
    return Double(right) / Double(t.count)
  }

  /// The gradients by trying out every single weight: right, and slow (section 4.5.1).
  public func numericalGradient(_ x: NDArray, _ t: [Int]) -> OrderedDictionary<NDArray> {
    params.mapValues { parameter in
      let original = parameter.value
      defer { parameter.value = original }
      return KobaiScratch.numericalGradient(
        {
          parameter.value = $0
          return loss(x, t, train: true)
        }, original)
    }
  }

  /// The gradients by backpropagation: once forward, once back (section 5.7.2).
  public func gradient(_ x: NDArray, _ t: [Int]) -> OrderedDictionary<NDArray> {
    _ = loss(x, t, train: true)
    _ = layers.values.reversed().reduce(lastLayer.backward()) { dout, layer in layer.backward(dout) }
    for weight in weights where weightDecay != 0 { weight.gradient += weightDecay * weight.value }
    return params.mapValues(\.gradient)
  }

  /// Replaces parameters by others of the same shapes: a network saved before, or one that was trained elsewhere.
  public func setParams(_ values: [String: NDArray]) {
    for (name, value) in values {
      guard let parameter = params[name] else { fail("no parameter \(name)", #fileID, #line) }
      require(
        value.shape == parameter.value.shape,
        "\(name) has shape \(NDArray.text(parameter.value.shape)), not \(NDArray.text(value.shape))")
      parameter.value = value
    }
  }

  /// The weight matrices and filters, without biases.
  private var weights: [Parameter] { params.filter { $0.key.hasPrefix("W") }.map(\.value) }
}
