import Kobai
import KobaiKernels
import TestSupport

/// What each layer and merge computes, in Double and in as few words as it takes. It is the specification that fuzzed
/// networks are held to.
struct DoubleLayer {
  /// The samples of the batch.
  let count: Int
  /// The shapes of one sample of the inputs and of the output.
  let inputs: [Shape], output: Shape
  let mode: Mode
  /// The layer's parameter or buffer of that name.
  let tensor: (String) -> [Double]?
  /// What dropout multiplies so many elements by; `part` tells several masks of one layer apart.
  let dropout: (_ rate: Float, _ plane: Int, _ part: Int, _ count: Int) -> [Double]
  private(set) var changedBuffers: [String: [Double]] = [:]
  private(set) var distanceToKink = Double.infinity
  /// Where each element's slope is the difference of large ones: how large these are.
  private(set) var cancelling: [Double] = []

  init(
    count: Int, inputs: [Shape], output: Shape, mode: Mode, tensor: @escaping (String) -> [Double]?,
    dropout: @escaping (Float, Int, Int, Int) -> [Double]
  ) {
    (self.count, self.inputs, self.output, self.mode) = (count, inputs, output, mode)
    (self.tensor, self.dropout) = (tensor, dropout)
  }

  /// The output of a node from its inputs.
  mutating func compute(_ spec: any NodeSpec, _ xs: [[Double]]) -> [Double] {
    let x = xs[0]
    switch spec {
    case is Add: return (1..<xs.count).reduce(x) { sum, i in sum.indices.map { sum[$0] + xs[i][$0] } }
    case is Concatenate:
      return (0..<count).flatMap { sample in
        xs.indices.flatMap { i in xs[i][sample * inputs[i].count..<(sample + 1) * inputs[i].count] }
      }
    case let spec as any ActivationSpec: return activation(spec.activation, x)
    case is PReLU: return prelu(x)
    case is Flatten: return x
    case is Softmax:
      cancelling = Oracle.softmax(rows: count, columns: output.count, x)
      return cancelling
    case let spec as Dropout: return product(x, dropout(spec.rate, 1, 0, x.count))
    case let spec as Dropout2D: return product(x, dropout(spec.rate, output[1] * output[2], 0, x.count))
    case is Affine: return affine(x)
    case let spec as Embedding:
      let table = tensor("weight") ?? []
      return x.flatMap { table[Int($0) * spec.width..<(Int($0) + 1) * spec.width] }
    case let spec as Conv2D: return convolution(spec, x)
    case let spec as ConvTranspose2D: return transposedConvolution(spec, x)
    case let spec as MaxPool2D: return maxPool(spec, x)
    case let spec as AveragePool2D: return Oracle.averagePool(window(spec.window, spec.stride, spec.padding), x)
    case is AdaptiveAveragePool2D, is GlobalAveragePool2D: return adaptiveAveragePool(x)
    case let spec as Upsample: return upsample(spec, x)
    case let spec as BatchNorm: return batchNorm(spec, x)
    case let spec as GroupNorm: return groupNorm(spec, x)
    case let spec as LayerNorm: return layerNorm(spec, x)
    case let spec as LSTM: return recurrent(spec, isLSTM: true, x)
    case let spec as GRU: return recurrent(spec, isLSTM: false, x)
    default: fatalError("\(spec) has no oracle; write one in DoubleLayer")
    }
  }

  private var shape: Shape { inputs[0] }

  private func product(_ a: [Double], _ b: [Double]) -> [Double] { a.indices.map { a[$0] * b[$0] } }

  /// Notes that the layer's slope changes where x is at one of these places.
  private mutating func bends(_ x: [Double], at places: Double...) {
    for x in x {
      for place in places where x != place { distanceToKink = min(distanceToKink, abs(x - place)) }
    }
  }

  private mutating func activation(_ activation: Activation, _ x: [Double]) -> [Double] {
    switch activation {
    case .relu, .leakyReLU, .elu, .step: bends(x, at: 0)
    case .hardSwish: bends(x, at: -3, 3)
    case .softplus(let beta, let threshold): bends(x, at: Double(threshold) / Double(beta))
    case .sigmoid, .tanh, .identity, .gelu, .geluTanh, .silu, .custom: break
    }
    return x.map { Oracle.activation(activation, $0).value }
  }

  private mutating func prelu(_ x: [Double]) -> [Double] {
    let slopes = tensor("weight") ?? []
    let plane = slopes.count > 1 ? shape.count / shape[0] : shape.count
    bends(x, at: 0)
    return x.indices.map { x[$0] > 0 ? x[$0] : x[$0] * slopes[$0 / plane % slopes.count] }
  }

  private func affine(_ x: [Double]) -> [Double] {
    let (rows, columns) = (output[0], shape.count)
    let (sum, _) = Oracle.product(
      m: count, n: rows, k: columns, transposeB: true, lda: columns, ldb: columns, x, tensor("weight") ?? [])
    guard let bias = tensor("bias") else { return sum }
    return sum.indices.map { sum[$0] + bias[$0 % rows] }
  }

  private func window(_ kernel: Size2D, _ stride: Size2D, _ padding: Size2D) -> Oracle.Window {
    var window = Oracle.Window()
    (window.batch, window.channels, window.height, window.width) = (count, shape[0], shape[1], shape[2])
    (window.kernelHeight, window.kernelWidth) = (kernel.height, kernel.width)
    (window.strideHeight, window.strideWidth) = (stride.height, stride.width)
    (window.padHeight, window.padWidth) = (padding.height, padding.width)
    return window
  }

  private func bias(_ filters: Int) -> [Double] { tensor("bias") ?? [Double](repeating: 0, count: filters) }

  private func convolution(_ spec: Conv2D, _ x: [Double]) -> [Double] {
    var window = window(spec.kernel, spec.stride, spec.padding)
    (window.filters, window.groups) = (spec.filters, spec.groups)
    (window.dilationHeight, window.dilationWidth) = (spec.dilation.height, spec.dilation.width)
    return Oracle.convolution(window, x, tensor("weight") ?? [], bias(spec.filters))
  }

  private func transposedConvolution(_ spec: ConvTranspose2D, _ x: [Double]) -> [Double] {
    var spread = Oracle.Spread()
    (spread.batch, spread.channels, spread.height, spread.width) = (count, shape[0], shape[1], shape[2])
    (spread.filters, spread.kernelHeight, spread.kernelWidth) = (spec.filters, spec.kernel.height, spec.kernel.width)
    (spread.strideHeight, spread.strideWidth) = (spec.stride.height, spec.stride.width)
    (spread.padHeight, spread.padWidth) = (spec.padding.height, spec.padding.width)
    (spread.moreRows, spread.moreColumns) = (spec.outputPadding.height, spec.outputPadding.width)
    (spread.dilationHeight, spread.dilationWidth) = (spec.dilation.height, spec.dilation.width)
    spread.groups = spec.groups
    return Oracle.transposedConvolution(spread, x, tensor("weight") ?? [], bias(spec.filters))
  }

  private mutating func maxPool(_ spec: MaxPool2D, _ x: [Double]) -> [Double] {
    let window = window(spec.window, spec.stride, spec.padding)
    let (y, place) = Oracle.maxPool(window, x)
    distanceToKink = min(distanceToKink, Oracle.smallestLead(window, x, place))
    return y
  }

  private func adaptiveAveragePool(_ x: [Double]) -> [Double] {
    Oracle.adaptiveAveragePool(
      planes: count * shape[0], height: shape[1], width: shape[2], to: (output[1], output[2]), x)
  }

  private func upsample(_ spec: Upsample, _ x: [Double]) -> [Double] {
    Oracle.upsample(
      planes: count * shape[0], height: shape[1], width: shape[2], to: (output[1], output[2]),
      bilinear: spec.mode == .bilinear, x)
  }

  private mutating func batchNorm(_ spec: BatchNorm, _ x: [Double]) -> [Double] {
    let channels = shape[0]
    let plane = shape.count / channels
    let (gamma, beta) = (tensor("weight") ?? [], tensor("bias") ?? [])
    var (mean, variance) = (tensor("running_mean") ?? [], tensor("running_var") ?? [])
    guard mode.isTraining else {
      return x.indices.map { i in
        let c = i / plane % channels
        return (x[i] - mean[c]) / (variance[c] + Double(spec.epsilon)).squareRoot() * gamma[c] + beta[c]
      }
    }
    let own = Oracle.batchNorm(
      batch: count, channels: channels, plane: plane, epsilon: Double(spec.epsilon), x, gamma: gamma, beta: beta)
    cancelling = x.indices.map { i in
      let c = i / plane % channels
      return gamma[c] / (own.variance[c] + Double(spec.epsilon)).squareRoot()
    }
    let (n, share) = (Double(count * plane), Double(spec.momentum))
    for c in 0..<channels {
      mean[c] += share * (own.mean[c] - mean[c])
      variance[c] += share * (own.variance[c] * n / max(n - 1, 1) - variance[c])
    }
    changedBuffers = ["running_mean": mean, "running_var": variance]
    return own.y
  }

  private mutating func groupNorm(_ spec: GroupNorm, _ x: [Double]) -> [Double] {
    normalize(
      x, samples: count, groups: spec.groups, channels: shape[0] / spec.groups, plane: shape.count / shape[0],
      spec.epsilon)
  }

  private mutating func layerNorm(_ spec: LayerNorm, _ x: [Double]) -> [Double] {
    let normalized = (spec.shape ?? [shape[shape.rank - 1]]).count
    return normalize(x, samples: x.count / normalized, groups: 1, channels: normalized, plane: 1, spec.epsilon)
  }

  private mutating func normalize(
    _ x: [Double], samples: Int, groups: Int, channels: Int, plane: Int, _ epsilon: Float
  ) -> [Double] {
    let (gamma, beta) = (tensor("weight"), tensor("bias"))
    func norm(_ x: [Double], _ beta: [Double]?) -> [Double] {
      Oracle.groupNorm(
        samples: samples, groups: groups, channels: channels, plane: plane, epsilon: Double(epsilon), x, gamma: gamma,
        beta: beta)
    }
    let size = channels * plane
    let scaled = norm(x, nil)
    // What one element differs from its group's mean by, and what that becomes, have the slope as their quotient.
    cancelling = x.indices.map { i in
      let group = i / size * size..<(i / size + 1) * size
      let mean = group.reduce(0) { $0 + x[$1] } / Double(size)
      return x[i] == mean ? 0 : scaled[i] / (x[i] - mean)
    }
    return norm(x, beta)
  }

  private func recurrent(_ spec: some RecurrentSpec, isLSTM: Bool, _ x: [Double]) -> [Double] {
    let (steps, hidden) = (shape[0], spec.hidden)
    let outputs = spec.bidirectional ? 2 * hidden : hidden
    var sequence = x
    for layer in 0..<spec.layers {
      var y = [Double](repeating: 0, count: count * steps * outputs)
      for reverse in spec.bidirectional ? [false, true] : [false] {
        let suffix = "_l\(layer)" + (reverse ? "_reverse" : "")
        let oracle = Oracle.Recurrent(
          isLSTM: isLSTM, batch: count, steps: steps, inputs: layer == 0 ? shape[1] : outputs, hidden: hidden,
          reverse: reverse)
        let states = oracle.states(
          sequence, tensor("weight_ih" + suffix) ?? [], tensor("weight_hh" + suffix) ?? [], tensor("bias_ih" + suffix),
          tensor("bias_hh" + suffix))
        for i in states.indices { y[i / hidden * outputs + i % hidden + (reverse ? hidden : 0)] = states[i] }
      }
      sequence =
        layer < spec.layers - 1 && spec.dropout > 0 ? product(y, dropout(spec.dropout, 1, layer + 1, y.count)) : y
    }
    guard !spec.returnsSequence else { return sequence }
    return (0..<count * outputs).map { i in
      let (sample, j) = (i / outputs, i % outputs)
      return sequence[(sample * steps + (j < hidden ? steps - 1 : 0)) * outputs + j]
    }
  }
}
