import Kobai
import Testing

/// x + second(drop(first(x))): a layer made of others, as one outside Kobai is written.
private struct Residual: LayerSpec {
  var dropout: Float = 0
  var description: String { "Residual" }

  func build(_ input: Shape, in scope: BuildScope) throws(BuildError) -> ResidualLayer {
    try ResidualLayer(self, input, in: scope)
  }
}

private final class ResidualLayer: Layer {
  let output: Shape
  private let layers: [any Layer]
  private let values: [Tensor]  // each layer's output
  private let gradients: [Tensor]  // each layer's input's

  init(_ spec: Residual, _ input: Shape, in scope: BuildScope) throws(BuildError) {
    output = input
    layers = [
      try Affine(input.count).build(input, in: scope.inner("first")),
      try BatchNorm().build(input, in: scope.inner("norm")),
      try Dropout(spec.dropout).build(input, in: scope.inner("drop1")),
      try Dropout(spec.dropout).build(input, in: scope.inner("drop2")),
      try Affine(input.count).build(input, in: scope.inner("second")),
    ]
    values = layers.map { scope.memory($0.output.batched(scope.batch)) }
    gradients = layers.map { _ in scope.memory(input.batched(scope.batch)) }
  }

  func forward(_ x: Tensor, into y: Tensor, _ mode: Mode) throws {
    var value = x
    for (layer, output) in zip(layers, values) {
      try layer.forward(value, into: output.prefix(x.shape[0]), mode)
      value = output.prefix(x.shape[0])
    }
    add(x, value, into: y)
  }

  func backward(_ dy: Tensor, x: Tensor, y: Tensor, into dx: Tensor?) throws {
    let count = x.shape[0]
    var gradient = dy
    for i in layers.indices.reversed() {
      let input = i > 0 ? values[i - 1].prefix(count) : x
      try layers[i].backward(gradient, x: input, y: values[i].prefix(count), into: gradients[i].prefix(count))
      gradient = gradients[i].prefix(count)
    }
    if let dx { add(dy, gradient, into: dx) }
  }

  private func add(_ a: Tensor, _ b: Tensor, into sum: Tensor) {
    let (a, b) = (a.span, b.span)
    var sum = sum.mutableSpan
    for i in a.indices { sum[i] = a[i] + b[i] }
  }

  /// Which elements the two dropouts kept in the last pass.
  var kept: (first: [Bool], second: [Bool]) {
    (zip(values[2].elements, values[1].elements).map { $0 != 0 || $1 == 0 }, values[3].elements.map { $0 != 0 })
  }
}

@Suite struct BuildScopeTests {
  private let x = Tensor([6, 4], (0..<24).map { Float($0 * 7 % 11) / 11 - 0.4 })

  private func network(dropout: Float = 0) throws -> Network {
    try Network(input: [4], batch: 6, ["block": Residual(dropout: dropout)], inputGradient: true)
  }

  @Test func innerLayersHaveNamesAndMemoryOfTheirOwn() throws {
    let network = try network()
    let names = ["block.first.weight", "block.first.bias", "block.norm.weight", "block.norm.bias"]
    #expect(network.parameters.all.map(\.name) == names + ["block.second.weight", "block.second.bias"])
    #expect(network.buffers.map(\.name) == ["block.norm.running_mean", "block.norm.running_var"])
    #expect(network.buffers[1].value.elements == [1, 1, 1, 1])
    #expect(network.parameters.all[0].value.elements != network.parameters.all[4].value.elements)
  }

  /// An element that the first dropout drops is 0 after the second as well; one that it keeps may be dropped by it.
  @Test func innerLayersDrawTheirOwnRandomNumbers() throws {
    let network = try network(dropout: 0.5)
    try network.forward(x, .training(step: 3))
    let kept = try #require(network["block"] as? ResidualLayer).kept
    #expect(kept.first != kept.second)
  }

  /// The gradient of Σ y · direction with respect to the input, against differences.
  @Test func gradientsPassThroughInnerLayers() throws {
    let network = try network()
    let direction = Tensor([6, 4], (0..<24).map { Float($0 * 5 % 13) / 13 - 0.5 })
    func loss() throws -> Double {
      zip(try network.forward(x, .training(step: 0)).elements, direction.elements).reduce(0) {
        $0 + Double($1.0) * Double($1.1)
      }
    }
    let differences = try (0..<24).map { i in
      func at(_ change: Float) throws -> Double {
        let old = x.elements[i]
        set(i, old + change)
        defer { set(i, old) }
        return try loss()
      }
      return try (at(1 / 256) - at(-1 / 256)) * 128
    }
    _ = try loss()
    network.outputGradient.copy(from: direction)
    try network.backward()
    let gradient = try #require(network.inputGradient).elements
    for i in 0..<24 { #expect(abs(Double(gradient[i]) - differences[i]) < 2e-2, "element \(i)") }
  }

  private func set(_ index: Int, _ value: Float) {
    var span = x.mutableSpan
    span[index] = value
  }
}
