/// A node of a network as it runs: one layer or merge, which may stand for several of the design that are fused.
struct Node {
  /// What runs.
  enum Operation {
    case layer(any Layer)
    case merge(any MergeLayer)
  }

  let operation: Operation
  let members: [Network.Design.Node]
  let inputs: [Int]  // the values that it reads
  let readers: [Int]  // the place in the design of the member that reads each of them
  let output: Int  // the value that it computes
  /// The parameters that it computes with, each with the gradient that its backward pass fills, and whether the node itself adds the
  /// gradients of a batch's shards up.
  let parameters: [(parameter: Parameter, sumsShards: Bool)]
  /// The nodes of the design whose parameters it computes with: its own, or those of the node whose weights it shares.
  let parameterNodes: [Int]
  /// The places among the ``SharedWeights`` of those that it is the first to read; none where the network trains.
  let sharedWeights: Range<Int>

  /// Builds what runs.
  init(_ group: Fusion.Group, _ design: Network.Design, _ construction: Construction) throws(BuildError) {
    let before = construction.uses.count
    let firstShared = construction.shared?.count ?? 0
    operation = try Operation(
      group.spec, group.inputs.map { design.shapes[$0.index] }, in: BuildScope(group.members, construction))
    parameters = Array(construction.uses[before...])
    parameterNodes = !parameters.isEmpty ? group.members.compactMap { design.index(of: $0.weights) } : []
    sharedWeights = firstShared..<(construction.shared?.count ?? 0)
    members = group.members.map { design.nodes[$0.index] }
    (inputs, readers, output) = (group.inputs.map(\.index), group.readers, group.output.index)
  }

  /// The name of the layer whose output this one's is.
  var name: String { members[members.count - 1].name }
}

extension Node.Operation {
  init(_ spec: any NodeSpec, _ inputs: [Shape], in scope: BuildScope) throws(BuildError) {
    switch spec {
    case let layer as any LayerSpec: self = .layer(try layer.build(inputs[0], in: scope))
    case let merge as any MergeSpec: self = .merge(try merge.build(inputs, in: scope))
    default: throw scope.error("\(spec) is neither a layer nor a merge")
    }
  }

  var output: Shape {
    switch self {
    case .layer(let layer): layer.output
    case .merge(let merge): merge.output
    }
  }

  var retained: Retained {
    switch self {
    case .layer(let layer): layer.retained
    case .merge(let merge): merge.retained
    }
  }

  var placement: Placement {
    switch self {
    case .layer(let layer): layer.placement
    case .merge(let merge): merge.placement
    }
  }

  /// Where the gradient of an input lies with respect to that of the output.
  func gradientPlacement(of input: Int) -> Placement {
    switch self {
    case .layer(let layer): layer.placement
    case .merge(let merge): merge.gradientPlacement(of: input)
    }
  }

  var backwardNeedsTraining: Bool {
    switch self {
    case .layer(let layer): layer.backwardNeedsTraining
    case .merge(let merge): merge.backwardNeedsTraining
    }
  }

  var differentiatesShards: Bool {
    switch self {
    case .layer(let layer): layer.differentiatesShards
    case .merge(let merge): merge.differentiatesShards
    }
  }

  /// What it does where its samples depend on each other; nil where they do not.
  var mixing: (any MixesSamples)? {
    switch self {
    case .layer(let layer): layer as? any MixesSamples
    case .merge(let merge): merge as? any MixesSamples
    }
  }

  func freeze() throws {
    switch self {
    case .layer(let layer): try layer.freeze()
    case .merge(let merge): try merge.freeze()
    }
  }

  func thaw() {
    switch self {
    case .layer(let layer): layer.thaw()
    case .merge(let merge): merge.thaw()
    }
  }
}
