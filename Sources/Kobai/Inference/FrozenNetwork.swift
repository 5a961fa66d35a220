import KobaiFiles
import KobaiKernels
import KobaiPreconditions

/// A network that only predicts, for any number of tasks at once.
///
/// Its weights are in memory once, packed as the kernels read them, batch normalisation folded into the convolutions before it;
/// there are no gradients, and nothing of it changes. A task that predicts borrows a ``Context``, the memory for the values between
/// the layers. The outputs are, to the bit, those of a `Network` after `Network.freeze()`, whatever the number of tasks and
/// threads.
///
/// ```swift
/// let model = try FrozenNetwork(contentsOf: "model.safetensors")
/// let logits = try model.predict(pixels)  // from any task
/// ```
///
/// Whoever predicts alone has all threads of the kernels. Those who predict at the same time have one each: that wastes none on
/// waiting for each other. Where they are more than processors, and a prediction takes long enough that the system would
/// interrupt it, they wait for their turn: none takes much longer than others, and few contexts suffice.
public final class FrozenNetwork: Sendable {
  /// The name and the shape of one sample of each input.
  public let inputs: [(name: String, shape: Shape)]
  /// The name and the shape of one sample of each output.
  public let outputs: [(name: String, shape: Shape)]
  /// The largest batch that is computed at once; larger ones are cut into such.
  public let batch: Int
  /// What the kernels compute with where one task predicts alone.
  public let kernels: Kernels
  /// The number of elements of all parameters.
  public let parameterCount: Int
  private let graph: Graph
  private let design: Network.Design
  private let weights = SharedWeights()
  private let pool: ContextPool

  /// A copy of a network's weights, for inference.
  ///
  /// - Parameters:
  ///   - network: the network; it may be trained on, and this one stays as it is.
  ///   - batch: the largest batch that is computed at once.
  ///   - kernels: what to compute with; nil is what the network computes with.
  /// - Throws: ``BuildError`` where there is not that much memory.
  public convenience init(_ network: Network, batch: Int = 1, kernels: Kernels? = nil) throws {
    try self.init(network.graph, batch: batch, kernels: kernels ?? network.kernels) {
      try copyingByName(network.namedTensors, into: $0, what: "the network's weights")
    }
  }

  /// The network that a safetensors file describes.
  ///
  /// - Parameters:
  ///   - path: a file that `Network.save(to:metadata:registry:)` wrote.
  ///   - batch: the largest batch that is computed at once.
  ///   - registry: the layers that the description may name.
  ///   - kernels: the kernels to compute with.
  /// - Throws: `FileError` for a file that is none, holds no description, or one that cannot be built or does not fit its
  ///   weights.
  public convenience init(
    contentsOf path: String, batch: Int = 1, registry: NodeRegistry = .standard, kernels: Kernels = .default
  ) throws(FileError) {
    let file = try SafetensorsFile(path)
    let graph = try file.describedGraph(registry)
    do {
      try self.init(graph, batch: batch, kernels: kernels) { tensors in
        try file.check(for: tensors)
        return { try file.load($0.name, into: $0.tensor) }
      }
    } catch let error as FileError {
      throw error
    } catch {
      throw FileError(path: path, reason: "its network cannot be built: \(error)")
    }
  }

  /// A network of a graph with weights from anywhere.
  ///
  /// - Parameters:
  ///   - graph: the design.
  ///   - batch: the largest batch that is computed at once.
  ///   - kernels: the kernels to compute with.
  ///   - weights: checks, before anything is allocated, that there are weights for all of the network's tensors, and returns
  ///     what fills one of these. That is called for the tensors of a layer before those of the next one have memory.
  package init(
    _ graph: Graph, batch: Int, kernels: Kernels, weights source: ([NamedShape]) throws -> (NamedTensor) throws -> Void
  ) throws {
    design = try Network.Design(graph, batch: batch, kernels: kernels)
    (self.graph, self.batch, self.kernels) = (graph, batch, kernels)
    let fill = try source(design.tensors)
    let network = try Network(inference: graph, design, batch: batch, kernels: kernels, weights)
    let weights = weights
    try network.freeze { try weights.load($0.sharedWeights, fill) }
    weights.seal()
    (inputs, outputs, parameterCount) = (network.inputs, network.outputs, network.parameters.count)
    pool = ContextPool(Context(network))
  }

  /// The shape of one sample of the input; of the first one where there are several.
  public var input: Shape { inputs[0].shape }
  /// The shape of one sample of the output; of the first one where there are several.
  public var output: Shape { outputs[0].shape }

  /// The layer or merge that makes the output; of the first one where there are several.
  public var outputLayer: any NodeSpec {
    guard let layer = design.outputLayer else { fatalError("an output that nothing makes") }
    return layer
  }

  /// A context of one's own, for a thread that predicts all the time. Only one task at a time may use it.
  ///
  /// - Parameter threads: how many threads it computes with; nil is those of ``kernels``.
  public func makeContext(threads: Int? = nil) throws -> Context {
    let kernels = Kernels(
      instructionSet: kernels.instructionSet, precision: kernels.precision, threads: threads ?? kernels.threads)
    let network = try Network(inference: graph, design, batch: batch, kernels: kernels, weights)
    try network.freeze()
    return Context(network)
  }

  /// Calls `body` with a context that nobody else has meanwhile. Contexts are kept: there will be as many as tasks ever had
  /// one at the same time.
  public func withContext<Result>(_ body: (Context) throws -> Result) throws -> Result {
    let loan = try pool.take(forPrediction: false) { try makeContext(threads: 1) }
    defer { pool.giveBack(loan) }
    return try body(loan.context)
  }

  /// Predicts for as many samples as there are. Once as many tasks have predicted at the same time as ever will, that allocates
  /// nothing.
  ///
  /// - Parameters:
  ///   - x: (samples, input).
  ///   - y: (samples, output).
  /// - Throws: `KernelError` where the sizes do not fit, or the network has several inputs or outputs; see
  ///   ``withContext(_:)`` for those.
  public func predict(_ x: Span<Float>, into y: consuming MutableSpan<Float>) throws {
    let (each, made) = (input.count, output.count)
    guard inputs.count == 1, outputs.count == 1 else {
      throw KernelError.invalid(
        kernel: "network",
        reason: "it has \(inputs.count) inputs and \(outputs.count) outputs; give them to a context (withContext)")
    }
    guard each > 0, x.count % each == 0 else {
      throw KernelError.invalid(kernel: "network", reason: "\(x.count) numbers are no samples of \(input)")
    }
    let samples = x.count / each
    guard y.count == samples * made else {
      throw KernelError.count(kernel: "network", argument: "its output", needed: samples * made, given: y.count)
    }
    var first = 0
    while first < samples {
      let count = min(batch, samples - first)
      let loan = try pool.take(forPrediction: true) { try makeContext(threads: 1) }
      defer { pool.giveBack(loan) }
      let result = try loan.context.forward(x.extracting(first * each..<(first + count) * each), samples: count)
      copy(result.span, into: &y, at: first * made)
      first += count
    }
  }

  /// The same into an array.
  public func predict(_ x: [Float]) throws -> [Float] {
    let samples = input.count > 0 ? x.count / input.count : 0
    var y = [Float](repeating: 0, count: samples * output.count)
    try predict(x.span, into: y.mutableSpan)
    return y
  }
}

/// Copies all of `from` to where element `first` of `to` is.
private func copy(_ from: Span<Float>, into to: inout MutableSpan<Float>, at first: Int = 0) {
  require(first + from.count <= to.count, "\(from.count) numbers from \(first) on of \(to.count)")
  unsafe from.withUnsafeBufferPointer { from in
    unsafe to.withUnsafeMutableBufferPointer { to in
      guard let base = to.baseAddress, let source = from.baseAddress else { return }
      unsafe (base + first).update(from: source, count: from.count)
    }
  }
}

extension Network {
  /// A network that only predicts, with weights that others predict with, too.
  fileprivate convenience init(
    inference graph: Graph, _ design: Design, batch: Int, kernels: Kernels, _ weights: SharedWeights
  ) throws(BuildError) {
    try self.init(
      undrawn: Blueprint(
        graph, design, batch: batch, seed: 0, kernels: kernels, inputGradient: false, fuses: true, shared: weights))
  }
}

extension FrozenNetwork {
  /// What one task at a time predicts in: the memory of the values between the layers, and scratch for the kernels. It has
  /// no weights of its own.
  public final class Context {
    private let network: Network
    private let inputs: [Tensor]

    fileprivate init(_ network: Network) {
      self.network = network
      inputs = network.inputs.map { Tensor($0.shape.batched(network.batch)) }
    }

    /// Runs the layers on `x` (samples, input), at most the network's batch. The result stays valid until the next call;
    /// nothing is allocated.
    public func forward(_ x: Tensor) throws -> Tensor { try network.forward(x, .inference) }

    /// The same for a network with several inputs, in their order; the outputs are those of ``outputValue(_:)``.
    @discardableResult
    public func forward(_ xs: [Tensor]) throws -> Tensor { try network.forward(xs, .inference) }

    /// An output of the last call, by its place in ``FrozenNetwork/outputs``.
    public func outputValue(_ i: Int) -> Tensor { network.outputValue(i) }

    /// The same for numbers that lie anywhere.
    fileprivate func forward(_ x: Span<Float>, samples: Int) throws -> Tensor {
      let tensor = inputs[0].prefix(samples)
      var target = tensor.mutableSpan
      copy(x, into: &target)
      return try network.forward(tensor, .inference)
    }
  }
}
