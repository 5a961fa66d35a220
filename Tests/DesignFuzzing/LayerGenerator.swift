import Kobai
import TestSupport

/// Random layers, with every option of theirs.
extension DesignGenerator {
  mutating func activation() -> any LayerSpec {
    switch random.index(below: 14) {
    case 0, 1, 2: ReLU()
    case 3: Sigmoid()
    case 4: Tanh()
    case 5: chance(0.3) ? Step() : Identity()
    case 6: LeakyReLU(pick([0.01, 0.2, -0.5]))
    case 7: ELU(alpha: pick([1, 0.5, 2]))
    case 8: GELU(approximate: pick(GELU.Approximation.allCases))
    case 9: SiLU()
    case 10: chance(0.5) ? Softplus(threshold: pick([20, 30])) : Softplus(beta: pick([0.5, 3]))
    case 11: HardSwish()
    default: PReLU(perChannel: chance(0.5), initial: pick([0.25, 0.1]))
    }
  }

  /// A layer for a sample of some shape; it may not fit.
  mutating func layer(of shape: Shape) -> any LayerSpec {
    if chance(0.35) { return activation() }
    if chance(0.3) { return anywhere(shape) }
    switch shape.rank {
    case 3: return image(shape)
    case 2: return recurrent()
    default:
      if chance(0.6) { return affine() }
      return chance(0.7) ? batchNorm() : Softmax()
    }
  }

  /// What takes samples of all shapes.
  private mutating func anywhere(_ shape: Shape) -> any LayerSpec {
    switch random.index(below: 6) {
    case 0: return Dropout(pick([0.5, 0.1, 0]))
    case 1: return Flatten()
    case 2: return chance(0.3) ? Softmax() : affine()
    case 3:
      let axes = number(1...max(shape.rank, 1))
      let normalized: Shape? =
        chance(0.4) ? nil : Shape((shape.rank - min(axes, shape.rank)..<shape.rank).map { shape[$0] })
      return LayerNorm(normalized, epsilon: pick([1e-5, 0.1]), affine: chance(0.7), bias: chance(0.7))
    case 4:
      let divisors = shape.rank == 0 ? [1] : (1...max(shape[0], 1)).filter { shape[0] % $0 == 0 }
      return GroupNorm(pick(divisors), epsilon: pick([1e-5, 0.1]), affine: chance(0.7))
    default: return affine()
    }
  }

  private mutating func initializer() -> Initializer {
    pick([.automatic, .automatic, .automatic, .he, .xavier, .pytorchUniform, .normal(deviation: 0.5)])
  }

  private mutating func affine() -> Affine {
    Affine(number(1...(largest > 400 ? 40 : 9)), bias: chance(0.7), initializer: initializer())
  }

  private mutating func batchNorm() -> BatchNorm {
    BatchNorm(epsilon: pick([1e-5, 1e-3, 0.1]), momentum: pick([0.1, 0.5, 1]))
  }

  private mutating func recurrent() -> any LayerSpec {
    let (hidden, layers, bias, both) = (number(1...5), pick([1, 1, 2, 3]), chance(0.7), chance(0.3))
    let (dropout, all) = (pick([0, 0, 0.3] as [Float]), chance(0.6))
    guard chance(0.5) else {
      return GRU(hidden, layers: layers, bias: bias, dropout: dropout, bidirectional: both, returnsSequence: all)
    }
    return LSTM(hidden, layers: layers, bias: bias, dropout: dropout, bidirectional: both, returnsSequence: all)
  }

  private mutating func size(_ range: ClosedRange<Int>) -> Size2D {
    let height = number(range)
    return Size2D(height, chance(0.6) ? height : number(range))
  }

  /// Groups that channels divide into, mostly one.
  private mutating func groups(_ channels: Int) -> Int {
    chance(0.6) ? 1 : pick((1...max(channels, 1)).filter { channels % $0 == 0 })
  }

  mutating func convolution(_ shape: Shape) -> Conv2D {
    let groups = groups(shape.rank == 3 ? shape[0] : 1)
    let filters = largest > 400 && groups == 1 ? pick([4, 16, 20, 32]) : number(1...6)
    return Conv2D(
      filters: groups * max(filters / groups, 1), kernel: size(1...4), stride: chance(0.7) ? 1 : size(1...3),
      padding: chance(0.3) ? 0 : chance(0.1) ? -1 : size(0...2), dilation: chance(0.8) ? 1 : size(1...3),
      groups: groups,
      bias: chance(0.7), initializer: initializer())
  }

  private mutating func image(_ shape: Shape) -> any LayerSpec {
    switch random.index(below: 12) {
    case 0, 1, 2: return convolution(shape)
    case 3:
      let groups = groups(shape[0])
      let stride = size(1...3)
      return ConvTranspose2D(
        filters: groups * number(1...3), kernel: size(1...3), stride: stride, padding: chance(0.5) ? 0 : size(0...1),
        outputPadding: Size2D(number(0...stride.height - 1), number(0...stride.width - 1)),
        dilation: chance(0.7) ? 1 : size(1...2), groups: groups, bias: chance(0.7), initializer: initializer())
    case 4, 5:
      let window = size(1...3)
      let stride = chance(0.5) ? nil : size(1...3)
      let padding = chance(0.6) ? 0 : Size2D(number(0...window.height / 2), number(0...window.width / 2))
      return chance(0.6)
        ? MaxPool2D(window, stride: stride, padding: padding) : AveragePool2D(window, stride: stride, padding: padding)
    case 6: return AdaptiveAveragePool2D(size(1...5))
    case 7: return chance(0.5) ? GlobalAveragePool2D() : Dropout2D(pick([0.5, 0.2]))
    case 8:
      let mode = pick(UpsampleMode.allCases)
      return chance(0.5) ? Upsample(scale: size(1...3), mode: mode) : Upsample(size: size(1...9), mode: mode)
    case 9, 10: return batchNorm()
    default: return chance(0.5) ? Dropout2D(0.3) : convolution(shape)
    }
  }

  /// Layers that often stand behind each other, which is what is fused.
  mutating func motif(of shape: Shape) -> [any LayerSpec] {
    guard shape.rank == 3 else {
      return chance(0.5) ? [affine(), ReLU()] : [affine(), batchNorm(), chance(0.5) ? ReLU() : activation()]
    }
    var layers: [any LayerSpec] = [convolution(shape)]
    if chance(0.5) { layers.append(batchNorm()) }
    if chance(0.7) { layers.append(chance(0.7) ? ReLU() : activation()) }
    if chance(0.4) { layers.append(chance(0.8) ? MaxPool2D(2) : AveragePool2D(2)) }
    return layers
  }
}
