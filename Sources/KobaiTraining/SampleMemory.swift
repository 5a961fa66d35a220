import Kobai
import KobaiData

/// The memory that samples of a source are loaded into: inputs, targets of the source's type, and weights where it has them.
/// Nothing is allocated any more once it is made.
///
/// It has a place for each sample of a step. Where the targets are the inputs, these have as many places and are read twice;
/// else only those of a batch are needed at a time.
final class SampleMemory {
  private let format: TargetFormat
  private let inputs: Tensor
  private let classes: Labels?
  private let values: Tensor?
  private let weights: Tensor?

  /// Memory for samples that fit the network (`BatchSource.fit`).
  ///
  /// - Parameter count: the number of samples whose targets are there at a time.
  init(_ source: any BatchSource, _ network: Network, targets count: Int) {
    format = source.targetFormat
    let output = network.output
    switch format {
    case .classes:
      inputs = Tensor(network.input.batched(network.batch))
      classes = Labels(shape: output.element.batched(count))
      values = nil
    case .values:
      inputs = Tensor(network.input.batched(network.batch))
      classes = nil
      values = Tensor(output.batched(count))
    case .input:
      inputs = Tensor(network.input.batched(count))
      classes = nil
      values = inputs.reshaped(output.batched(count))
    }
    weights = source.isWeighted ? Tensor([count]) : nil
  }

  /// Whether samples of that source can be loaded into it.
  func takes(_ source: any BatchSource) -> Bool {
    source.targetFormat == format && source.isWeighted == (weights != nil)
  }

  /// Loads the targets and weights of some positions of the pass into the first places. Targets that are inputs come with
  /// ``loadInputs(of:_:at:on:)``.
  func loadTargets(of source: any BatchSource, _ positions: Range<Int>) throws {
    switch format {
    case .classes:
      if let classes { try source.loadClasses(positions, into: classes.prefix(positions.count).mutableSpan) }
    case .values: if let values { try source.loadValues(positions, into: values.prefix(positions.count).mutableSpan) }
    case .input: break
    }
    if let weights { try source.loadWeights(positions, into: weights.prefix(positions.count).mutableSpan) }
  }

  /// Loads the inputs of some positions of the pass, which belong to these places.
  func loadInputs(
    of source: any BatchSource, _ positions: Range<Int>, at places: Range<Int>, on kernels: Kernels
  ) throws -> Tensor {
    let x = if case .input = format { inputs.slice(places) } else { inputs.prefix(places.count) }
    try source.loadInputs(positions, into: x.mutableSpan, on: kernels)
    return x
  }

  /// Loads the inputs of a process that computes some of a batch's samples; where the targets are the inputs, those of all.
  ///
  /// - Parameters:
  ///   - positions: the positions of the whole batch.
  ///   - share: the process's samples among them.
  /// - Returns: what was loaded, and the inputs of the process's samples in it.
  func loadInputs(
    of source: any BatchSource, _ positions: Range<Int>, share: Range<Int>, on kernels: Kernels
  ) throws -> (loaded: Tensor, own: Tensor) {
    if case .input = format {
      let all = try loadInputs(of: source, positions, at: 0..<positions.count, on: kernels)
      return (all, all.slice(share))
    }
    guard !share.isEmpty else { return (inputs.prefix(0), inputs.prefix(0)) }
    let first = positions.lowerBound + share.lowerBound
    let own = try loadInputs(of: source, first..<first + share.count, at: share, on: kernels)
    return (own, own)
  }

  /// The targets at some places, and what their samples count.
  func targets(_ places: Range<Int>) -> Targets {
    let weights = weights?.slice(places)
    if let classes { return .classes(classes.slice(places), weights: weights) }
    guard let values else { fatalError("targets of no type") }
    return .values(values.slice(places), weights: weights)
  }
}
