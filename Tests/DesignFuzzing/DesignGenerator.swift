import Kobai
import TestSupport

/// Draws designs: graphs of parts, with parts in parts, that mostly fit together.
struct DesignGenerator {
  var random: TestRandom
  /// How many elements a sample of a value may have.
  var largest = 400
  /// Whether the design may hold layers that do not fit.
  var mayMisfit = false
  private var names = 0
  private var text: [String] = []

  init(seed: UInt64) { random = TestRandom(seed &* 0x9e37_79b9 &+ 1) }

  mutating func chance(_ share: Double) -> Bool { Double(random.index(below: 10_000)) < share * 10_000 }
  mutating func pick<Element>(_ choices: [Element]) -> Element { choices[random.index(below: choices.count)] }
  mutating func number(_ range: ClosedRange<Int>) -> Int { range.lowerBound + random.index(below: range.count) }

  mutating func name(_ spec: any NodeSpec) -> String { name("\(type(of: spec))".lowercased()) }

  mutating func name(_ kind: String) -> String {
    names += 1
    return kind + "\(names)"
  }

  /// A value that further parts may read.
  private struct Place {
    var value: Graph.Value
    var shape: Shape
    var isRead = false
    var isInput = false
  }

  mutating func design(seed: UInt64) -> FuzzedDesign {
    mayMisfit = chance(0.12)
    if chance(0.1) { largest = 4000 }
    let batch = number(1...4)
    var graph = Graph()
    var indices: [Int?] = []
    var places: [Place] = []
    var parts: [(name: String, input: Shape, output: Shape)] = []
    func note(_ name: String, _ what: String) { text.append("\(name): \(what)") }

    for i in 0..<pick([1, 1, 1, 2, 3]) {
      if chance(0.12) {
        let (shape, rows) = (pick([[3], [5], [2, 3]] as [Shape]), number(1...9))
        let x = graph.input("in\(i)", shape)
        let embedding = Embedding(rows + number(0...1), number(1...5))
        let (name, output) = (name(embedding), Shape((0..<shape.rank).map { shape[$0] } + [embedding.width]))
        note(name, "\(embedding) of in\(i) \(shape), indices below \(rows)")
        places.append(Place(value: graph.add(name, embedding, to: x), shape: output))
        indices.append(rows)
      } else {
        let shape = inputShape()
        places.append(Place(value: graph.input("in\(i)", shape), shape: shape, isInput: true))
        note("in\(i)", "\(shape)")
        indices.append(nil)
      }
    }
    for _ in 0..<number(1...4) {
      let unread = places.indices.filter { !places[$0].isRead }
      let i = !unread.isEmpty && chance(0.8) ? pick(unread) : random.index(below: places.count)
      if chance(0.25), places.count > 1 {
        merge(&graph, &places, i)
      } else if chance(0.15), let part = parts.first(where: { $0.input == places[i].shape }) {
        places[i].isRead = true
        note(part.name, "once more, of \(places[i].shape)")
        places.append(Place(value: graph.add(again: part.name, to: places[i].value), shape: part.output))
      } else {
        places[i].isRead = true
        let (layers, output) = sequential(of: places[i].shape, length: number(1...6), depth: 0)
        let name = name("part")
        note(name, "\(describe(layers)) of \(places[i].shape)")
        places.append(Place(value: graph.add(name, layers, to: places[i].value), shape: output))
        parts.append((name, places[i].shape, output))
      }
    }
    for i in places.indices where places[i].isInput && !places[i].isRead {
      let spec = activation()
      places[i].isRead = true
      places.append(Place(value: graph.add(name(spec), spec, to: places[i].value), shape: places[i].shape))
    }
    var outputs = 0
    for place in places where !place.isInput && (!place.isRead || chance(0.1)) {
      graph.output("out\(outputs)", place.value)
      outputs += 1
      if chance(0.04) { graph.output("same\(outputs)", place.value) }
    }
    return FuzzedDesign(
      seed: seed, graph: graph, batch: batch, count: chance(0.6) ? batch : number(1...batch), indices: indices,
      text: text.joined(separator: "\n"))
  }

  /// Merges a value with one or two others.
  private mutating func merge(_ graph: inout Graph, _ places: inout [Place], _ i: Int) {
    let target = places[i].shape
    var values: [Graph.Value] = []
    var channels = 0
    let concatenates = chance(0.5)
    for j in [i] + (0..<number(1...2)).map({ _ in random.index(below: places.count) }) {
      var shape = places[j].shape
      var value = places[j].value
      if shape != target, !(concatenates && shape.element == target.element && shape.rank == target.rank) {
        guard let part = adapter(from: shape, to: target) else { continue }
        let name = name("adapt")
        text.append("\(name): \(describe(part)) of \(shape)")
        value = graph.add(name, part, to: value)
        shape = target
      }
      places[j].isRead = true
      channels += shape[0]
      values.append(value)
    }
    let (spec, output): (any MergeSpec, Shape) =
      concatenates || values.count == 1 ? (Concatenate(), target.element.batched(channels)) : (Add(), target)
    let name = name(spec)
    text.append("\(name): \(spec) of \(values.count) values of \(target)")
    places.append(Place(value: graph.append(name, spec, values), shape: output))
  }

  private mutating func inputShape() -> Shape {
    let wide = largest > 400
    switch random.index(below: 10) {
    case 0..<6:
      let channels = wide ? pick([3, 8, 16, 17, 32]) : pick([1, 2, 3, 4, 6, 8])
      return wide ? [channels, number(5...12), number(5...12)] : [channels, number(2...8), number(2...8)]
    case 6..<8: return [number(1...5), number(1...6)]
    default: return [wide ? number(20...90) : number(1...12)]
    }
  }

  /// Layers and parts in order, and the shape that comes of them.
  mutating func sequential(of input: Shape, length: Int, depth: Int) -> (Sequential, Shape) {
    var layers = Sequential()
    var shape = input
    for _ in 0..<length {
      let r = random.index(below: 100)
      switch r {
      case 0..<12 where depth < 2: append(residual(of: shape, depth: depth + 1), "block", to: &layers, &shape)
      case 12..<22 where depth < 2: append(branches(of: shape, depth: depth + 1), "mixed", to: &layers, &shape)
      case 22..<25 where depth < 2:
        append(sequential(of: shape, length: number(0...2), depth: depth + 1), "inner", to: &layers, &shape)
      case 25..<50:
        for spec in motif(of: shape) {
          guard let output = output(of: spec, shape) else { break }
          layers.append(name(spec), spec)
          shape = output
        }
      default:
        let (spec, output) = fitting(shape)
        layers.append(name(spec), spec)
        shape = output
      }
    }
    return (layers, shape)
  }

  private mutating func append(
    _ part: (part: some Part, output: Shape), _ kind: String, to layers: inout Sequential, _ shape: inout Shape
  ) {
    names += 1
    layers.append("\(kind)\(names)", part.part)
    shape = part.output
  }

  private mutating func residual(of shape: Shape, depth: Int) -> (Residual, Shape) {
    var (body, output) = sequential(of: shape, length: number(1...3), depth: depth)
    if output == shape && !chance(0.3) { return (Residual(body), output) }
    if chance(0.5), let shortcut = adapter(from: shape, to: output) {
      return (Residual(body, shortcut: shortcut), output)
    }
    if let back = adapter(from: output, to: shape) {
      body.append(name("back"), AnyPart(back))
      return (Residual(body), shape)
    }
    return (Residual(mayMisfit && chance(0.5) ? body : [:]), shape)
  }

  private mutating func branches(of shape: Shape, depth: Int) -> (Branches, Shape) {
    let adds = chance(0.4)
    var branches = Sequential()
    var target: Shape?
    var channels = 0
    for i in 0..<(adds ? number(2...3) : number(1...3)) {
      var (layers, output) =
        chance(0.15) ? (Sequential(), shape) : sequential(of: shape, length: number(1...2), depth: depth)
      var wanted = target ?? output
      if !adds, output.rank == wanted.rank { wanted = wanted.element.batched(output[0]) }
      if output != wanted, !(mayMisfit && chance(0.2)) {
        guard let adapter = adapter(from: output, to: wanted) else { continue }
        layers.append(name("adapt"), AnyPart(adapter))
        output = wanted
      }
      target = target ?? output
      channels += output[0]
      branches.append("b\(i)", layers)
    }
    guard let target, branches.elements.count > 1 || !adds else {
      return (Branches(["a": Identity(), "b": Tanh()], merge: .add), shape)
    }
    return adds
      ? (Branches(branches, merge: .add), target)
      : (Branches(branches), target.element.batched(channels))
  }

  /// A part from one shape to another; nil where none was thought of.
  private mutating func adapter(from input: Shape, to output: Shape) -> (any Part)? {
    if input == output { return chance(0.5) ? Identity() : activation() }
    switch (input.rank, output.rank) {
    case (_, 1): return Affine(output[0], bias: chance(0.7))
    case (2, 2) where input[0] == output[0]:
      return chance(0.5) ? GRU(output[1]) : LSTM(output[1])
    case (3, 3):
      let conv = Conv2D(filters: output[0], kernel: 1, bias: chance(0.7))
      guard input.element != output.element else { return conv }
      let size = Size2D(output[1], output[2])
      var layers = Sequential()
      if chance(0.5) {
        layers.append("size", AdaptiveAveragePool2D(size))
      } else {
        layers.append("size", Upsample(size: size, mode: pick(UpsampleMode.allCases)))
      }
      layers.append("conv", conv)
      return layers
    default: return nil
    }
  }

  /// A random layer that fits, and the shape that it makes; now and then one that does not, where the design may have some.
  private mutating func fitting(_ shape: Shape) -> (any LayerSpec, Shape) {
    if mayMisfit, chance(0.1) {
      let spec = layer(of: pick([[3], [4, 3], [2, 5, 5]] as [Shape]))
      return (spec, (try? spec.trial(inputs: [shape], named: "layer").output) ?? shape)
    }
    for _ in 0..<8 {
      let spec = layer(of: shape)
      if let output = output(of: spec, shape) { return (spec, output) }
    }
    return (Identity(), shape)
  }

  /// The shape that a layer makes; nil where it does not fit, or would make a large one.
  private func output(of spec: any LayerSpec, _ shape: Shape) -> Shape? {
    guard let trial = try? spec.trial(inputs: [shape], named: "layer") else { return nil }
    let elements = trial.tensors.reduce(0) { $0 + $1.shape.count }
    return trial.output.count <= largest && elements <= 4 * largest ? trial.output : nil
  }
}

/// A part whose type is known at run time alone, where one of a known type is asked for.
struct AnyPart: Part {
  let part: any Part
  init(_ part: any Part) { self.part = part }
  func add(to graph: inout Graph, named name: String, _ x: Graph.Value) -> Graph.Value {
    part.add(to: &graph, named: name, x)
  }
}

/// A part in words.
private func describe(_ part: any Part) -> String {
  func list(_ layers: Sequential) -> String {
    layers.elements.map { "\($0.name) \(describe($0.part))" }.joined(separator: ", ")
  }
  return switch part {
  case let part as AnyPart: describe(part.part)
  case let layers as Sequential: "[\(list(layers))]"
  case let block as Residual:
    "Residual [\(list(block.body))]" + (block.shortcut.map { ", shortcut \(describe($0))" } ?? "")
  case let mixed as Branches: "Branches [\(list(mixed.branches))], \(mixed.merge)"
  default: "\(part)"
  }
}
