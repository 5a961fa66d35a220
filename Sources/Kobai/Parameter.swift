import KobaiKernels

/// A trained tensor and its gradient, under PyTorch's name for it ("conv1.weight").
public struct Parameter {
  /// The name under which it is saved: "layer.name".
  public let name: String
  /// The elements that are trained.
  public let value: Tensor
  /// The loss's derivative with respect to each element of ``value``; a backward pass overwrites it. Where a batch comes in
  /// parts, it is that of the batch after the last of them.
  public let gradient: Tensor
  /// Whether weight decay applies: to weights, not to biases and normalisation.
  public let decays: Bool
  let initializer: Initializer
  let fanIn: Int
  let tuningBox: TuningBox
  /// The place of its layer in the design.
  let node: Int

  /// The same parameter for a layer that computes a gradient of its own for it.
  func withGradient(_ gradient: Tensor) -> Parameter {
    Parameter(
      name: name, value: value, gradient: gradient, decays: decays, initializer: initializer, fanIn: fanIn,
      tuningBox: tuningBox, node: node)
  }

  /// How the parameter is trained; ``ParameterStore/tune(prefix:_:)`` sets it.
  public var tuning: Tuning { tuningBox.value }

  /// The gradient for a backward pass to fill; nil where the parameter is not trained, whose gradient nobody needs. Kernels
  /// take it as it is, for their optional arguments: `weight.trainedGradient.mutableSpan`.
  public var trainedGradient: Tensor? { tuning.isTrainable ? gradient : nil }
}

extension Parameter {
  /// One of a network that only predicts: its gradient has no elements, and it is not trained.
  init(_ name: String, _ value: Tensor, decays: Bool, node: Int) {
    self.init(
      name: name, value: value, gradient: .nothing, decays: decays, initializer: .zeros, fanIn: 1,
      tuningBox: TuningBox(), node: node)
    tuningBox.value.isTrainable = false
  }
}

/// All parameters of a network, each kind of them in one contiguous buffer, so that an optimizer step is one pass.
public final class ParameterStore {
  /// Parameters that are updated alike. Values, gradients and optimizer states are laid out alike: element i of one
  /// belongs to element i of the others. Gaps between parameters hold zeros.
  public struct Group {
    /// Whether weight decay applies to this group.
    public let decays: Bool
    /// All values, one after the other.
    public let values: Tensor
    /// All gradients, laid out as the values are.
    public let gradients: Tensor
    /// Where each of its parameters ends, the gap behind it included.
    public let parameterEnds: [Int]
  }

  /// The parameters in the order of the layers in the design.
  public private(set) var all: [Parameter] = []
  /// At most two groups: the parameters that decay, and those that do not.
  public private(set) var groups: [Group] = []
  /// The kernels that the network runs on, for optimizers that call some.
  public let kernels: Kernels
  private let values = (decaying: Arena(), plain: Arena())
  private let gradients = (decaying: Arena(), plain: Arena())

  /// Counts the changes of how parameters are trained.
  private(set) var tunings = 0

  init(kernels: Kernels) { self.kernels = kernels }

  /// Whether the values may not change at the moment.
  var isLocked: Bool {
    get { values.decaying.isLocked }
    set { (values.decaying.isLocked, values.plain.isLocked) = (newValue, newValue) }
  }

  /// The bytes of the values that were claimed so far.
  var bytes: Int { max(values.decaying.bytes, values.plain.bytes) }

  /// The bytes of values and gradients.
  var memory: (values: Int, gradients: Int) {
    (values.decaying.bytes + values.plain.bytes, gradients.decaying.bytes + gradients.plain.bytes)
  }

  /// The number of elements, trained or not.
  public var count: Int { all.reduce(0) { $0 + $1.value.count } }

  func claim(
    _ name: String, _ shape: Shape, _ initializer: Initializer, fanIn: Int, decays: Bool, node: Int
  ) -> Parameter {
    let (values, gradients) =
      decays ? (values.decaying, gradients.decaying) : (values.plain, gradients.plain)
    let parameter = Parameter(
      name: name, value: Tensor(shape, values.claim(Float.self, count: shape.count)),
      gradient: Tensor(shape, gradients.claim(Float.self, count: shape.count)), decays: decays,
      initializer: initializer, fanIn: fanIn, tuningBox: TuningBox(), node: node)
    all.append(parameter)
    return parameter
  }

  /// Adds a parameter whose value lies elsewhere, and which is not trained.
  func add(_ parameter: Parameter) { all.append(parameter) }

  /// Allocates the parameters. Where layers are fused with later ones they were claimed in another order than the design's.
  func allocate() {
    let inMemory = all
    all = all.enumerated().sorted { ($0.element.node, $0.offset) < ($1.element.node, $1.offset) }.map(\.element)
    for (values, gradients, decays) in [
      (values.decaying, gradients.decaying, true), (values.plain, gradients.plain, false),
    ] where values.bytes > 0 {
      values.allocate()
      gradients.allocate()
      let count = values.bytes / MemoryLayout<Float>.stride
      let starts = inMemory.filter { $0.decays == decays }.map { $0.value.buffer.offset / MemoryLayout<Float>.stride }
      groups.append(
        Group(
          decays: decays, values: Tensor([count], Buffer(arena: values, offset: 0, count: count)),
          gradients: Tensor([count], Buffer(arena: gradients, offset: 0, count: count)),
          parameterEnds: starts.dropFirst() + [count]))
    }
  }

  /// The group that a parameter lies in, and its first element there.
  func location(of parameter: Parameter) -> (group: Int, first: Int) {
    let buffer = parameter.value.buffer
    guard let group = groups.firstIndex(where: { $0.values.buffer.arena === buffer.arena }) else {
      fatalError("\(parameter.name) belongs to another network")
    }
    return (group, buffer.offset / MemoryLayout<Float>.stride)
  }

  /// The part of `buffer`, which is laid out as the values of the parameter's group are, that belongs to the parameter.
  func view(of parameter: Parameter, in buffer: Tensor) -> Tensor {
    Tensor(parameter.value.shape, buffer.buffer.slice(location(of: parameter).first, parameter.value.count))
  }

  /// Notes that parameters are trained in another way from now on.
  func tuned() { tunings += 1 }

  /// Draws every parameter's first values anew.
  func initialize(seed: UInt64) {
    for (i, parameter) in all.enumerated() {
      parameter.initializer.fill(
        parameter.value, fanIn: parameter.fanIn, key: RandomKey(seed: seed, .weights, index: i), kernels: kernels)
    }
  }
}
