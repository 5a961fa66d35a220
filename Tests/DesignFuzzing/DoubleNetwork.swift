import Kobai
import KobaiKernels
import TestSupport

/// A network in Double, node by node as its design says: what a network of Kobai's should compute, fused or not, on any
/// number of threads. ``DoubleLayer`` has the layers.
public struct DoubleNetwork {
  /// What a pass comes to.
  public struct Pass {
    /// The outputs, each (count, shape).
    public var outputs: [[Double]] = []
    /// The buffers after the pass, such as running statistics.
    public var buffers: [String: [Double]]
    /// How near a value comes to where its layer bends or jumps: floats that are that far off may see another slope.
    public var distanceToKink = Double.infinity
    /// All values of the design.
    var values: [[Double]] = []
  }

  /// The parameters by name, as they are now.
  public var parameters: [String: [Double]]
  /// The inputs, each (count, shape).
  public var inputs: [[Double]]
  private let buffers: [String: [Double]]
  private let design: Network.Design
  private let count: Int
  private let seed: UInt64
  private let kernels: Kernels

  /// The network with the parameters and buffers that it has now, for these inputs.
  public init(_ network: Network, _ inputs: [Tensor]) {
    func table(_ tensors: [(name: String, value: Tensor)]) -> [String: [Double]] {
      Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.value.elements.doubles) })
    }
    parameters = table(network.parameters.all.map { ($0.name, $0.value) })
    buffers = table(network.buffers)
    self.inputs = inputs.map(\.elements.doubles)
    (design, count, seed, kernels) = (network.design, inputs[0].shape[0], network.seed, network.kernels)
  }

  /// About how many products a pass computes.
  public var work: Int {
    design.nodes.reduce(0) { sum, node in
      let (x, y) = (design.shapes[node.inputs[0]], design.shapes[node.output])
      let products =
        switch node.spec {
        case let conv as Conv2D: y.count * x[0] / conv.groups * conv.kernel.area
        case let conv as ConvTranspose2D: x.count * conv.filters / conv.groups * conv.kernel.area
        case is Affine: x.count * y.count
        case is Upsample, is AdaptiveAveragePool2D: x.count * y.count / x[0]
        case let spec as any RecurrentSpec: 8 * spec.layers * spec.hidden * (spec.hidden + x[1]) * x[0]
        default: 10 * y.count
        }
      return sum + count * products
    }
  }

  /// Runs the network.
  ///
  /// - Parameters:
  ///   - mode: whether the pass trains, and in which step.
  ///   - noise: what every value is off by, relative to itself, at most; how much depends on `noiseSeed` alone, so that the
  ///     network with noise is as smooth as the one without.
  ///   - base: the pass without noise. Slopes that are differences of large ones, as those of normalisations are, are off by
  ///     noise of the large ones, as values go away from that pass's.
  public func run(_ mode: Mode, noise: Double = 0, noiseSeed: UInt64 = 0, base: Pass? = nil) -> Pass {
    var pass = Pass(buffers: buffers)
    var random = TestRandom(noiseSeed)
    var values = [[Double]](repeating: [], count: design.shapes.count)
    func disturb(_ x: [Double]) -> [Double] {
      noise == 0 ? x : x.map { $0 * (1 + noise * Double(random.float())) }
    }
    for (i, input) in design.inputs.enumerated() { values[input.value] = disturb(inputs[i]) }
    for (i, node) in design.nodes.enumerated() {
      var layer = DoubleLayer(
        count: count, inputs: node.inputs.map { design.shapes[$0] }, output: design.shapes[node.output], mode: mode,
        tensor: { name in parameters["\(node.weights).\(name)"] ?? pass.buffers["\(node.weights).\(name)"] },
        dropout: { rate, plane, part, count in
          mask(rate, plane: plane, count, index: i + part << 16, mode)
        })
      var y = disturb(layer.compute(node.spec, node.inputs.map { values[$0] }))
      if let base, !layer.cancelling.isEmpty {
        let (x, old) = (values[node.inputs[0]], base.values[node.inputs[0]])
        for k in y.indices { y[k] += layer.cancelling[k] * noise * Double(random.float()) * (x[k] - old[k]) }
      }
      values[node.output] = y
      for (name, value) in layer.changedBuffers { pass.buffers["\(node.weights).\(name)"] = value }
      pass.distanceToKink = min(pass.distanceToKink, layer.distanceToKink)
    }
    pass.outputs = design.outputs.map { values[$0.value] }
    pass.values = values
    return pass
  }

  /// What dropout multiplies the elements by: random numbers are the kernels', keyed by seed, layer, and step.
  private func mask(_ rate: Float, plane: Int, _ count: Int, index: Int, _ mode: Mode) -> [Double] {
    guard case .training(let step) = mode else { return [Double](repeating: 1, count: count) }
    let mask = Tensor([count])
    do {
      try drop(RandomKey(seed: seed, .dropout, index: index, step: step), rate, plane, mask)
    } catch { fatalError("\(error)") }
    return mask.elements.doubles
  }

  private func drop(_ key: RandomKey, _ rate: Float, _ plane: Int, _ mask: Tensor) throws(KernelError) {
    mask.fill(1)
    let ones = Tensor(mask.shape, mask.elements)
    if plane > 1 {
      try kernels.dropoutPlanes(key, rate: rate, plane: plane, ones.span, into: mask.mutableSpan)
    } else {
      try kernels.dropout(key, rate: rate, ones.span, into: mask.mutableSpan)
    }
  }
}
