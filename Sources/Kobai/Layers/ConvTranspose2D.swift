/// Transposed convolution of images (channels, height, width) with `filters` kernels: each pixel is spread over a window
/// of the output, so that with a stride images grow.
///
/// Its output has sides (side − 1) · stride − 2 · padding + dilation · (kernel − 1) + output padding + 1.
///
/// Parameters: "weight" (channels, filters / groups, kernel height, kernel width) and "bias" (filters), as in PyTorch.
public struct ConvTranspose2D: LayerSpec, Codable {
  /// The number of channels of the output.
  public var filters: Int
  /// The height and width of a filter, in pixels.
  public var kernel: Size2D
  /// Output pixels from one input pixel's window to the next.
  public var stride: Size2D
  /// Pixels of the output that are left out all around.
  public var padding: Size2D
  /// Rows at the bottom and columns at the right that the output has besides; below the stride.
  public var outputPadding: Size2D
  /// Pixels from one tap of a filter to the next.
  public var dilation: Size2D
  /// How many groups channels and filters fall into; the filters of a group see its channels alone.
  public var groups: Int
  /// Whether a bias is added.
  public var bias: Bool
  /// How the weight's first values are drawn. The fan-in is PyTorch's: filters / groups · kernel height · kernel width.
  public var initializer: Initializer
  /// How the bias's first values are drawn.
  public var biasInitializer: Initializer

  /// A plain integer for a size means a square.
  public init(
    filters: Int, kernel: Size2D, stride: Size2D = 1, padding: Size2D = 0, outputPadding: Size2D = 0,
    dilation: Size2D = 1, groups: Int = 1, bias: Bool = true, initializer: Initializer = .automatic,
    biasInitializer: Initializer = .zeros
  ) {
    (self.filters, self.kernel, self.stride, self.padding) = (filters, kernel, stride, padding)
    (self.outputPadding, self.dilation, self.groups) = (outputPadding, dilation, groups)
    (self.bias, self.initializer, self.biasInitializer) = (bias, initializer, biasInitializer)
  }

  public var description: String {
    var words = "ConvTranspose2D \(filters) @ \(kernel)"
    if stride != 1 { words += ", stride \(stride)" }
    if padding != 0 { words += ", padding \(padding)" }
    if outputPadding != 0 { words += ", output padding \(outputPadding)" }
    if dilation != 1 { words += ", dilation \(dilation)" }
    if groups != 1 { words += ", \(groups) groups" }
    return words
  }

  public func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> ConvTranspose2DLayer {
    guard input.rank == 3 else {
      throw scope.error("a transposed convolution needs (channels, height, width), not \(input)")
    }
    let shape = ConvTranspose2DShape(
      batch: scope.batch, channels: input[0], input: Size2D(input[1], input[2]), filters: filters, kernel: kernel,
      stride: stride, padding: padding, outputPadding: outputPadding, dilation: dilation, groups: groups)
    if let reason = shape.misfit { throw scope.error(reason) }
    do { return ConvTranspose2DLayer(self, try ConvTranspose2DPlan(scope.kernels, shape), in: scope) } catch {
      throw scope.error("\(error)")
    }
  }
}

/// A built ``ConvTranspose2D``.
public final class ConvTranspose2DLayer: Layer {
  /// The weight (channels, filters / groups, kernel height, kernel width).
  public let weight: Parameter
  /// The bias (filters); nil where the layer has none.
  public let bias: Parameter?
  public let output: Shape
  private let plan: ConvTranspose2DPlan
  private let sums: BatchSums
  private let workspace: Workspace

  init(_ spec: ConvTranspose2D, _ plan: ConvTranspose2DPlan, in scope: BuildScope) {
    let shape = plan.shape
    let filtersOfGroup = shape.filters / shape.groups
    let fanIn = filtersOfGroup * shape.kernel.area
    weight = scope.parameter(
      "weight", [shape.channels, filtersOfGroup, shape.kernel.height, shape.kernel.width], spec.initializer,
      fanIn: fanIn, decays: true, sumsParts: true)
    bias =
      spec.bias
      ? scope.parameter(
        "bias", [spec.filters], spec.biasInitializer, fanIn: fanIn, decays: false, sumsParts: true) : nil
    sums = scope.batchSums()
    output = [spec.filters, shape.output.height, shape.output.width]
    (self.plan, workspace) = (plan, scope.workspace)
    workspace.reserve(plan.workspaceBytes)
  }

  public var retained: Retained { .input }
  public var differentiatesShards: Bool { true }

  public func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    try plan.forward(
      batch: x.shape[0], x.span, weight: weight.value.span, bias: (bias?.value).span, into: y.mutableSpan,
      workspace: workspace)
  }

  public func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    try plan.backward(
      batch: x.shape[0], dy.span, x: x.span, weight: weight.value.span, dx: dx.mutableSpan,
      dWeight: weight.trainedGradient.mutableSpan, dBias: (bias?.trainedGradient).mutableSpan, sums: sums,
      workspace: workspace)
  }
}
