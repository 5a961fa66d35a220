import KobaiScratch
import Testing

/// Computational graphs: what runs along every edge, forward and backward.
@Suite("Computational graphs")
struct GraphTests {
  /// An expression, recorded anew by each test.
  struct Expression: Sendable, CustomTestStringConvertible {
    let name: String
    let record: @Sendable (Graph) -> Variable
    var testDescription: String { name }

    init(_ name: String, _ record: @escaping @Sendable (Graph) -> Variable) {
      (self.name, self.record) = (name, record)
    }
  }

  /// Every operation, with shapes that matter to it.
  static let expressions: [Expression] = [
    Expression("a + b") { $0.variable("a", 3) + $0.variable("b", 4) },
    Expression("a − b") { $0.variable("a", [3, 1]) - $0.variable("b", [4, 9]) },
    Expression("a × b") { $0.variable("a", [[3, 1], [2, 5]]) * $0.variable("b", [[4, 9], [-1, 2]]) },
    Expression("a / b") { $0.variable("a", [3, 1]) / $0.variable("b", [4, -2]) },
    Expression("numbers on either side") {
      let x = $0.variable("x", [0.5, -2])
      return (2 * x + 1) / 4 - (3 - x) * (1 / x) + 5 / x - (-x - 1)
    },
    Expression("exp, log, sqrt, square, tanh") {
      let x = $0.variable("x", [0.5, 2])
      return exp(x) + log(x) * sqrt(x) - square(x) * tanh(x)
    },
    Expression("relu") { relu($0.variable("x", [[1, -0.5], [-2, 3]])) },
    Expression("sigmoid") { sigmoid($0.variable("x", [0.3, -4])) },
    Expression("dot of vectors") { dot($0.variable("a", [1, 2, 3]), $0.variable("b", [4, -5, 6])) },
    Expression("vector · matrix") { dot($0.variable("a", [1, 2]), $0.variable("b", [[4, -5, 6], [1, 0, 2]])) },
    Expression("matrix · vector") { dot($0.variable("a", [[4, -5, 6], [1, 0, 2]]), $0.variable("b", [1, 2, 3])) },
    Expression("matrix · matrix") {
      dot($0.variable("a", [[4, -5, 6], [1, 0, 2]]), $0.variable("b", [[1, 2], [3, 4], [5, 7]]))
    },
    Expression("broadcast of a row, a column and a number") {
      let x = $0.variable("x", [[1, 2, 3], [4, 5, 6]])
      return x * $0.variable("row", [7, 8, 9]) + $0.variable("column", [[10], [20]]) - $0.variable("number", 3)
    },
    Expression("sum, mean and max of everything") {
      let x = $0.variable("x", [[1, 2, 3], [4, 8, 6]])
      return sum(x) * mean(x) - max(x)
    },
    Expression("sum, mean and max along axes") {
      let x = $0.variable("x", [[1, 2, 3], [4, 1, 6]])
      return sum(x, axis: 0) * mean(x, axis: -2) + max(x, axis: 0) * sum(max(x, axis: 1) * mean(x, axis: 1))
    },
    Expression("axes that stay") {
      let x = $0.variable("x", [[1, 2, 3], [4, 1, 6]])
      return x * sum(x, axis: 1, keepsAxis: true) + x * mean(x, keepsAxis: true) - max(x, axis: 0, keepsAxis: true)
    },
    Expression("sum of several") { graph in sum((1...3).map { graph.variable("x\($0)", NDArray(Double($0))) }) },
    Expression("softmax of a sample") { softmax($0.variable("x", [0.3, 2.9, 4])) },
    Expression("softmax of a batch, kept from overflowing") {
      let x = $0.variable("x", [[0.3, 2.9, 4], [1, 1.5, 0]])
      return softmax(x - max(x, axis: 1, keepsAxis: true))
    },
    Expression("affine and softmax with loss") {
      let x = $0.variable("X", [[1, 2], [3, 4]])
      let w = $0.variable("W", [[0.1, 0.2, -0.3], [0.4, 0.5, 0.6]])
      let scores = affine(x, w, $0.variable("b", [0.1, 0.2, 0.3]))
      return softmaxWithLoss(scores, $0.constant("T", [[0, 0, 1], [1, 0, 0]]))
    },
    Expression("batch normalisation") {
      batchNormalization(
        $0.variable("X", [[1, 2], [3, 5], [2, 8]]), gamma: $0.variable("γ", [1, 1.5]), beta: $0.variable("β", [0, 1]))
    },
  ]

  /// Weights that differ from element to element, so that no derivative hides behind a symmetry.
  private static func dout(_ shape: [Int]) -> NDArray {
    NDArray(shape: shape, (0..<shape.reduce(1, *)).map { 1 + 0.3 * Double($0) })
  }

  @Test("the derivative on every edge is the numerical one", arguments: expressions)
  func numerical(_ expression: Expression) {
    let graph = Graph()
    let output = expression.record(graph)
    let dout = Self.dout(output.shape)
    output.backward(dout)
    #expect(!graph.edges.isEmpty)
    for edge in graph.edges {
      let backward = graph.nodes[edge.target].inputDerivatives[edge.index]
      expectClose(
        backward, graph.numericalDerivative(of: output, along: [edge], dout: dout), 1e-6,
        "input \(edge.index) of \(graph.nodes[edge.target].operation)")
    }
    // All uses of a result together: what the result itself is worth.
    for source in graph.nodes.indices {
      let uses = graph.edges.filter { $0.source == source }
      guard !uses.isEmpty, let derivative = graph.nodes[source].derivative else { continue }
      expectClose(derivative, graph.numericalDerivative(of: output, along: uses, dout: dout), 1e-6, "node \(source)")
    }
  }

  @Test("apples and oranges, as in section 5.4.3")
  func shopping() {
    let graph = Graph()
    let apple = graph.variable("apple", 100)
    let appleCount = graph.variable("apples", 2)
    let orange = graph.variable("orange", 150)
    let orangeCount = graph.variable("oranges", 3)
    let tax = graph.variable("tax", 1.1)
    let price = (apple * appleCount + orange * orangeCount) * tax
    price.backward()
    expectClose(price.value, 715, 1e-12)
    let derivatives = [apple, appleCount, orange, orangeCount, tax].map { $0.derivative?.item ?? .nan }
    expectClose(NDArray(derivatives), [2.2, 110, 3.3, 165, 650], 1e-12)
  }

  @Test("a value used twice: each edge has its part, the value their sum")
  func usedTwice() throws {
    let graph = Graph()
    let x = graph.variable("x", 3)
    let y = x * x + 2 * x
    y.backward()
    #expect(x.derivative == 8)
    let parts = graph.edges.filter { $0.source == x.node }.map { graph.nodes[$0.target].inputDerivatives[$0.index] }
    #expect(parts == [3, 3, 2])
  }

  @Test("the derivative of a bias is the sum over the batch, through a broadcast node")
  func bias() {
    let graph = Graph()
    let products = graph.variable("XW", [[0, 0, 0], [10, 10, 10]])
    let b = graph.variable("B", [1, 2, 3])
    let y = products + b
    y.backward([[1, 2, 3], [4, 5, 6]])
    #expect(y.value == [[1, 2, 3], [11, 12, 13]])
    #expect(b.derivative == [5, 7, 9])
    #expect(graph.nodes.map(\.operation).contains(.broadcast(to: [2, 3])))
  }

  @Test("one maximum among equals gets the derivative, the first")
  func equalMaxima() {
    let graph = Graph()
    let x = graph.variable("x", [[2, 2], [1, 2]])
    max(x, axis: 1).backward([5, 7])
    #expect(x.derivative == [[5, 0], [0, 7]])
    max(x).backward()
    #expect(x.derivative == [[1, 0], [0, 0]])
  }

  @Test("softmax with loss sends back y − t: the numbers of section 5.6.3")
  func softmaxBackward() {
    let graph = Graph()
    let scores = [3.0, 2, 5].enumerated().map { graph.variable("a\($0)", log($1)) }
    softmaxWithLoss(scores, [0, 1, 0].map { graph.constant(nil, $0) }).backward()
    expectClose(NDArray(scores.map { $0.derivative?.item ?? .nan }), [0.3, -0.8, 0.5], 1e-12)
  }

  @Test("groups are as their layers are")
  func layers() {
    let graph = Graph()
    let x = graph.variable("X", [[1, 2], [3, 5], [2, 8]])
    let dout: NDArray = [[1, 2], [0.5, -1], [2, 3]]
    let norm = BatchNormalization(Parameter([1, 1.5]), Parameter([0, 1]))
    let y = batchNormalization(x, gamma: graph.variable("γ", [1, 1.5]), beta: graph.variable("β", [0, 1]))
    y.backward(dout)
    expectClose(y.value, norm.forward(x.value, train: true), 1e-6)
    expectClose(x.derivative ?? 0, norm.backward(dout), 1e-6)

    let scores = graph.variable("scores", [[0.3, 2.9, 4], [1, 1.5, 0]])
    let labels: NDArray = [[0, 0, 1], [1, 0, 0]]
    let loss = softmaxWithLoss(scores, graph.constant("T", labels))
    loss.backward()
    let layer = SoftmaxWithLoss(epsilon: 0)
    expectClose(loss.value, NDArray(layer.forward(scores.value, labels)), 1e-12)
    expectClose(scores.derivative ?? 0, layer.backward(), 1e-12)
    #expect(graph.groups.map(\.name) == ["Batch Normalization", "Softmax-with-Loss", "Softmax", "Cross Entropy Error"])
  }

  @Test("a second backward pass forgets the first")
  func again() {
    let graph = Graph()
    let x = graph.variable("x", 3)
    let square = x * x
    square.backward()
    square.backward()
    #expect(x.derivative == 6)
    (square * x).backward()
    #expect(x.derivative == 27)
  }

  @Test("a programmer's errors end the process with what is wrong")
  func errors() async {
    var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Graph().variable("x", 1) + Graph().variable("y", 2)
    }
    #expect(words(result).contains("add: its inputs belong to different graphs"))
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Graph().variable("x", [1, 2]).backward([1, 2, 3])
    }
    #expect(words(result).contains("backward: the derivative's shape (3,) is not the output's, (2,)"))
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let graph = Graph()
      _ = graph.variable("x", [1, 2]) * graph.variable("y", [1, 2, 3])
    }
    #expect(words(result).contains("operands could not be broadcast together with shapes (2,) (3,)"))
  }
}
