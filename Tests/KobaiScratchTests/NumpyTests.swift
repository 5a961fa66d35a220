import Foundation
import KobaiScratch
import TestSupport
import Testing

/// Arrays beside numpy's own, on random arrays.
@Suite(.enabled(if: Interop.python != nil, "set KOBAI_PYTHON to a Python that has numpy"))
struct NumpyTests {
  private struct Question: Encodable {
    struct Operand: Encodable {
      let shape: [Int]
      let values: [String]
    }
    let operation: String
    let arrays: [Operand]

    init(_ operation: String, _ arrays: NDArray...) {
      self.operation = operation
      self.arrays = arrays.map { .init(shape: $0.shape, values: $0.elements.map { "\($0)" }) }
    }
  }

  private struct Answer: Decodable {
    let text: String?
    let shape: [Int]?
    let values: [String]?
  }

  private func ask(_ questions: [Question]) throws -> [Answer] {
    let folder = try TemporaryFolder()
    try folder.write([UInt8](JSONEncoder().encode(questions)), to: "questions.json")
    let run = try Interop.run("numpy_check.py", [folder / "questions.json"])
    try #require(run.code == 0, "\(run.errors)")
    return try JSONDecoder().decode([Answer].self, from: Data(run.output.utf8))
  }

  /// An array of a random shape, its numbers of the kinds that numpy writes differently.
  private func array(_ random: inout TestRandom) -> NDArray {
    let rank = random.index(below: 5)
    let longest = [0: 1, 1: 1300, 2: 40, 3: 14, 4: 8][rank] ?? 1
    let shape = (0..<rank).map { _ in random.index(below: random.index(below: 4) == 0 ? longest : 5) }
    let kind = random.index(below: 10)
    let values = (0..<shape.reduce(1, *)).map { _ -> Double in
      let number = Double(random.float())
      switch kind {
      case 0: return (number * 100).rounded()
      case 1: return (number * 1000).rounded() / 8
      case 2: return number * pow(10, Double(random.index(below: 4)))
      case 3: return number * pow(10, Double(random.index(below: 40)) - 20)
      case 4: return number * pow(10, Double(random.index(below: 600)) - 300)
      case 5: return random.index(below: 3) == 0 ? [Double.nan, .infinity, -.infinity][random.index(below: 3)] : number
      case 6: return random.index(below: 2) == 0 ? 0 : number
      case 7: return number * 1e8
      case 8: return random.index(below: 9) == 0 ? -0.0 : (number * 20).rounded() / 10
      default: return number
      }
    }
    return NDArray(shape: shape, values)
  }

  @Test("400 random arrays print as numpy prints them, whole numbers and booleans too")
  func printing() throws {
    var random = TestRandom(1)
    let arrays = (0..<400).map { _ in array(&random) }
    let integers = (0..<100).map { _ in array(&random).map { $0.isFinite ? ($0 * 100).rounded() : 0 } }
      .filter { array in array.elements.allSatisfy { abs($0) < 1e15 } }
    let booleans = (0..<50).map { _ in array(&random).map { $0 > 0 ? 1 : 0 } }
    let answers = try ask(
      arrays.map { Question("print", $0) } + integers.map { Question("print integers", $0) }
        + booleans.map { Question("print booleans", $0) })
    let ours = arrays.map(\.description) + integers.map(\.integerDescription) + booleans.map(\.booleanDescription)
    for (ours, theirs) in zip(ours, answers) { #expect(ours == theirs.text) }
    #expect(Set(arrays.map(\.rank)) == [0, 1, 2, 3, 4] && arrays.contains { $0.count > 1000 })
  }

  @Test("broadcasting, dot, axes: the same results, and the same words where shapes do not fit")
  func operations() throws {
    var random = TestRandom(2)
    func whole(_ shape: [Int]) -> NDArray {
      NDArray(shape: shape, (0..<shape.reduce(1, *)).map { _ in Double(random.index(below: 19)) - 9 })
    }
    func shape(_ ranks: ClosedRange<Int>) -> [Int] {
      (0..<ranks.lowerBound + random.index(below: ranks.count)).map { _ in 1 + random.index(below: 3) }
    }
    var questions: [Question] = []
    var ours: [() -> (NDArray?, String?)] = []
    for _ in 0..<60 {
      let (a, b) = (whole(shape(0...4)), whole(shape(0...4)))
      let pairs: [(String, (NDArray, NDArray) -> NDArray)] = [("add", +), ("subtract", -), ("multiply", *)]
      for (name, operation) in pairs {
        questions.append(Question(name, a, b))
        ours.append {
          do {
            _ = try NDArray.broadcastShape(a.shape, b.shape)
            return (operation(a, b), nil)
          } catch { return (nil, "\(error)") }
        }
      }
      let (m, n) = (whole(shape(0...2)), whole(shape(0...2)))
      questions.append(Question("dot", m, n))
      ours.append {
        do {
          _ = try NDArray.dotShape(m.shape, n.shape)
          return (m.dot(n), nil)
        } catch { return (nil, "\(error)") }
      }
      let c = whole(shape(2...4))
      let single: [(String, (NDArray) -> NDArray)] = [
        ("transpose", \.transposed), ("sum 0", { $0.sum(axis: 0) }), ("sum -1", { $0.sum(axis: -1) }),
        ("sum 1 keepdims", { $0.sum(axis: 1, keepDims: true) }), ("max 1", { $0.max(axis: 1) }),
        ("mean 0", { $0.mean(axis: 0) }),
        (
          "argmax 1",
          { NDArray(shape: [$0.shape[0]] + $0.shape.dropFirst(2), $0.argmax(axis: 1).map(Double.init)) }
        ),
      ]
      for (name, operation) in single {
        questions.append(Question(name, c))
        ours.append { (operation(c), nil) }
      }
      let images = whole(shape(4...4))
      questions.append(Question("transpose 0312", images))
      ours.append { (images.transposed(0, 3, 1, 2), nil) }
    }
    let answers = try ask(questions)
    for (i, answer) in answers.enumerated() {
      let (array, words) = ours[i]()
      let label = "\(questions[i].operation) of \(questions[i].arrays.map(\.shape))"
      #expect(words == answer.text, "\(label)")
      #expect(array?.shape == answer.shape, "\(label)")
      #expect(array?.elements == answer.values?.compactMap { Double($0) }, "\(label)")
    }
    #expect(answers.contains { $0.text?.hasPrefix("operands") ?? false })
    #expect(answers.contains { $0.text?.hasPrefix("shapes") ?? false })
  }
}
